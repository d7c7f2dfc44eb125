//! Keeps secrets out of everything that is printed or noted.

/// Shorter secrets are guessed sooner than read, and blot out words.
const SHORTEST: usize = 8;

/// The secrets of a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    secrets: Vec<String>,
    /// The same as they stand within JSON.
    escaped: Vec<String>,
}

impl Mask {
    /// Masks these from now on.
    pub(crate) fn add<'a>(&mut self, secrets: impl IntoIterator<Item = &'a str>) {
        for secret in secrets {
            let secret = secret.trim();
            let bare = secret.strip_prefix("Bearer ").unwrap_or(secret).trim();
            if bare.len() < SHORTEST {
                continue;
            }
            let quoted = serde_json::Value::from(bare).to_string();
            let escaped = &quoted[1..quoted.len() - 1];
            self.secrets.push(bare.to_owned());
            self.escaped.push(escaped.to_owned());
        }
    }

    /// The text without the secrets; one that was cut goes as well.
    pub(crate) fn hide(&self, text: &str) -> String {
        hide_all(text, &self.secrets)
    }

    /// JSON without the secrets in any of its values; the names of members stay.
    pub(crate) fn hide_in_json(&self, json: &str) -> String {
        if !self
            .escaped
            .iter()
            .any(|secret| json.contains(beginning(secret)))
        {
            return json.to_owned();
        }
        let mut shown = String::with_capacity(json.len());
        let mut rest = json;
        while let Some(open) = rest.find('"') {
            let (before, from) = rest.split_at(open + 1);
            shown.push_str(before);
            let end = end_of_text(from);
            let (text, behind) = from.split_at(end);
            let is_name = behind
                .get(1..)
                .is_some_and(|behind| behind.trim_start().starts_with(':'));
            if is_name {
                shown.push_str(text);
            } else {
                shown.push_str(&hide_all(text, &self.escaped));
            }
            let (quote, behind) = behind.split_at(behind.len().min(1));
            shown.push_str(quote);
            rest = behind;
        }
        shown + rest
    }
}

/// Where the text of a JSON string ends, whose opening quote is behind.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// So much of a secret is taken for a part of it, and for no word of ours.
fn beginning(secret: &str) -> &str {
    let mut end = (secret.len() / 2).max(SHORTEST).min(secret.len());
    while !secret.is_char_boundary(end) {
        end += 1;
    }
    &secret[..end]
}

fn hide_all(text: &str, secrets: &[String]) -> String {
    let mut shown = text.to_owned();
    for secret in secrets {
        shown = hide_one(&shown, secret);
    }
    shown
}

fn hide_one(text: &str, secret: &str) -> String {
    let beginning = beginning(secret);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(beginning) {
        shown.push_str(&rest[..at]);
        shown.push_str("***");
        // As much of it as stands there.
        let behind = &rest[at..];
        let alike = behind
            .char_indices()
            .zip(secret.chars())
            .take_while(|((_, here), there)| here == there)
            .map(|((at, c), _)| at + c.len_utf8())
            .last();
        rest = &behind[alike.unwrap_or(behind.len())..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(secret: &str) -> Mask {
        let mut mask = Mask::default();
        mask.add([secret]);
        mask
    }

    #[test]
    fn a_secret_goes_whole_or_cut_and_short_ones_stay() {
        let key = "sk-test-0123456789";
        for (text, shown) in [
            ("key sk-test-0123456789 is wrong", "key *** is wrong"),
            ("sk-test-0123456789sk-test-0123456789", "******"),
            ("cut: sk-test-0123 ..", "cut: *** .."),
            ("sk-test", "sk-test"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(mask(key).hide(text), shown);
        }
        assert_eq!(mask("key").hide("the key"), "the key");
        assert_eq!(
            mask("Bearer sk-test-0123456789").hide("x sk-test-0123456789"),
            "x ***"
        );
        assert_eq!(
            mask("钥匙钥匙钥匙钥匙").hide("a 钥匙钥匙钥匙钥匙 b"),
            "a *** b"
        );
    }

    #[test]
    fn json_keeps_its_members() {
        let mask = mask("failures\"quoted");
        assert_eq!(
            mask.hide_in_json(r#"{"failures\"quoted":1,"a":["failures\"quoted x",2]}"#),
            r#"{"failures\"quoted":1,"a":["*** x",2]}"#
        );
    }
}
