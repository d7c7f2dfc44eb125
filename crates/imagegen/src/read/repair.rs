//! Makes JSON of a text that is nearly some: what JSON forbids costs only itself, and what was cut
//! off ends where it is.

/// The deepest nesting that is mended; serde_json's own limit.
const MAX_DEPTH: usize = 127;

/// What was made of a text.
pub(crate) struct Mended {
    /// It as JSON.
    pub(crate) text: String,
    /// Whether it came to its end.
    pub(crate) is_whole: bool,
}

/// JSON with what is whole in a text; `None` where it does not begin as an object or a list.
///
/// A text with control characters, broken escapes or bytes that are no UTF-8 keeps the rest of
/// itself; a word or a number that JSON does not have becomes `null`; what the end cuts off is left
/// out: a text, a number and a name that may go on, and the member that has no value yet.
pub(crate) fn repair(text: &[u8]) -> Option<Mended> {
    let text = text.trim_ascii_start();
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return None;
    }
    let mut mender = Mender {
        text,
        at: 0,
        out: String::with_capacity(text.len() + 16),
    };
    let is_whole = mender.value(0);
    Some(Mended {
        text: mender.out,
        is_whole,
    })
}

struct Mender<'a> {
    text: &'a [u8],
    at: usize,
    out: String,
}

impl Mender<'_> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while self
            .text
            .get(self.at)
            .is_some_and(|byte| byte.is_ascii_whitespace() || *byte == 0)
        {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Copies a value; whether it is whole. Of one that is not, nothing is left unless it is a
    /// list or an object.
    fn value(&mut self, depth: usize) -> bool {
        match self.peek() {
            Some(b'{') if depth < MAX_DEPTH => self.object(depth),
            Some(b'[') if depth < MAX_DEPTH => self.list(depth),
            Some(b'"') => self.string(),
            Some(_) => self.word(),
            None => false,
        }
    }

    fn object(&mut self, depth: usize) -> bool {
        self.at += 1;
        self.out.push('{');
        let mut first = true;
        let whole = loop {
            match self.peek() {
                None => break false,
                Some(b'}') => {
                    self.at += 1;
                    break true;
                }
                Some(b'"') => {
                    let mark = self.out.len();
                    if !first {
                        self.out.push(',');
                    }
                    let named = self.string() && self.peek() == Some(b':');
                    if named {
                        self.at += 1;
                        self.out.push(':');
                        let before = self.out.len();
                        let whole = self.value(depth + 1);
                        if self.out.len() > before {
                            first = false;
                        } else {
                            self.out.truncate(mark);
                        }
                        if !whole && self.peek().is_none() {
                            break false;
                        }
                    } else {
                        self.out.truncate(mark);
                    }
                }
                Some(_) => self.at += 1,
            }
        };
        self.out.push('}');
        whole
    }

    fn list(&mut self, depth: usize) -> bool {
        self.at += 1;
        self.out.push('[');
        let mut first = true;
        let whole = loop {
            match self.peek() {
                None => break false,
                Some(b']') => {
                    self.at += 1;
                    break true;
                }
                Some(b',' | b':' | b'}') => self.at += 1,
                Some(_) => {
                    let mark = self.out.len();
                    if !first {
                        self.out.push(',');
                    }
                    let before = self.out.len();
                    self.value(depth + 1);
                    if self.out.len() > before {
                        first = false;
                    } else {
                        self.out.truncate(mark);
                    }
                }
            }
        };
        self.out.push(']');
        whole
    }

    /// Copies a text; one that does not end is left out.
    fn string(&mut self) -> bool {
        let mark = self.out.len();
        self.at += 1;
        self.out.push('"');
        loop {
            let run = self.text[self.at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\') || *byte < 0x20);
            let Some(run) = run else {
                self.at = self.text.len();
                self.out.truncate(mark);
                return false;
            };
            let plain = &self.text[self.at..self.at + run];
            self.out.push_str(&String::from_utf8_lossy(plain));
            self.at += run;
            match self.text[self.at] {
                b'"' => {
                    self.at += 1;
                    self.out.push('"');
                    return true;
                }
                b'\\' => self.escape(),
                control => {
                    self.at += 1;
                    self.out.push_str(&format!("\\u{control:04x}"));
                }
            }
        }
    }

    /// Copies an escape; one that JSON does not have stands for itself, and half a surrogate for
    /// what cannot be shown.
    fn escape(&mut self) {
        self.at += 1;
        let Some(&byte) = self.text.get(self.at) else {
            return;
        };
        if byte != b'u' {
            if matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') {
                self.out.push('\\');
                self.out.push(char::from(byte));
                self.at += 1;
            } else {
                self.out.push_str("\\\\");
            }
            return;
        }
        match self.unit(self.at + 1) {
            Some(high @ 0xd800..0xdc00) => {
                let low = (self.text.get(self.at + 5..self.at + 7) == Some(b"\\u"))
                    .then(|| self.unit(self.at + 7))
                    .flatten();
                match low {
                    Some(low @ 0xdc00..0xe000) => {
                        self.out.push_str(&format!("\\u{high:04x}\\u{low:04x}"));
                        self.at += 11;
                    }
                    _ => self.replace(5),
                }
            }
            Some(0xdc00..0xe000) => self.replace(5),
            Some(unit) => {
                self.out.push_str(&format!("\\u{unit:04x}"));
                self.at += 5;
            }
            None => self.replace(1),
        }
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = str::from_utf8(self.text.get(at..at + 4)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    }

    fn replace(&mut self, used: usize) {
        self.out.push(char::REPLACEMENT_CHARACTER);
        self.at += used;
    }

    /// Copies a word or a number; one that JSON does not have becomes `null`, one that the end may
    /// have cut is left out.
    fn word(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b'[' | b'{'));
        let Some(end) = end else {
            self.at = self.text.len();
            return false;
        };
        let word = rest[..end].trim_ascii();
        self.at += end.max(usize::from(word.is_empty()));
        let is_json = serde_json::from_slice::<serde_json::Value>(word).is_ok();
        match str::from_utf8(word) {
            Ok(word) if is_json => self.out.push_str(word),
            _ => self.out.push_str("null"),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn mended(text: &[u8]) -> Value {
        serde_json::from_str(&repair(text).unwrap().text).unwrap()
    }

    #[test]
    fn what_json_forbids_costs_only_itself() {
        for (text, value) in [
            (&b"{\"a\":NaN,\"b\":1}"[..], json!({"a": null, "b": 1})),
            (b"{\"a\":\"x\ty\",\"b\":1}", json!({"a": "x\ty", "b": 1})),
            (
                b"{\"a\":\"\\ud800\",\"b\":1}",
                json!({"a": "\u{fffd}", "b": 1}),
            ),
            (
                b"{\"a\":\"\xff\",\"b\":1}",
                json!({"a": "\u{fffd}", "b": 1}),
            ),
            (b"{\"a\":\"\\x\",\"b\":1}", json!({"a": "\\x", "b": 1})),
            (b"{\"a\":1,}", json!({"a": 1})),
            (b"[1,,2]", json!([1, 2])),
            (
                b"{\"a\":01,\"b\":1e999,\"c\":+1}",
                json!({"a": null, "b": null, "c": null}),
            ),
            (b"{\"\xff\":1,\"b\":2}", json!({"\u{fffd}": 1, "b": 2})),
            (b"{\"a\":\"\\ud83d\\ude00\"}", json!({"a": "\u{1f600}"})),
        ] {
            assert_eq!(mended(text), value, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn what_is_cut_off_ends_where_it_is() {
        for (text, value) in [
            (
                r#"{"data":[{"url":"a"},{"url":"b"#,
                json!({"data": [{"url": "a"}, {}]}),
            ),
            (
                r#"{"data":[{"url":"a"},{"ur"#,
                json!({"data": [{"url": "a"}, {}]}),
            ),
            (r#"{"created":17"#, json!({})),
            (
                r#"{"data":[{"url":"a"}],"usage":{"total_tokens":1"#,
                json!({"data": [{"url": "a"}], "usage": {}}),
            ),
            ("[", json!([])),
        ] {
            assert_eq!(mended(text.as_bytes()), value, "{text}");
        }
        assert!(repair(b"no JSON").is_none());
    }

    proptest! {
        #[test]
        fn whatever_begins_as_json_becomes_some(text in "[\\[{][\\PC\\x00-\\x1f]{0,60}") {
            let mended = repair(text.as_bytes()).unwrap().text;
            prop_assert!(serde_json::from_str::<Value>(&mended).is_ok(), "{mended}");
        }

        #[test]
        fn json_stays_what_it_is(text in r#"\{"a":(null|true|-1\.5e3|"x\\n")(,"b":\[1,\{\}\])?\}"#) {
            let value: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(mended(text.as_bytes()), value);
        }
    }
}
