//! What a server says of a failure, in the envelopes vendors and gateways use, and the tickets of
//! gateways that answer later.

use serde_json::{Map, Value};

use super::document::Slots;
use super::members::Text;
use crate::error::{Envelope, Pending};

/// Members that hold what an object says of its failure, the innermost reason first.
const CONTAINERS: [&str; 9] = [
    "error",
    "errors",
    "Error",
    "fault",
    "detail",
    "response",
    "header",
    "innererror",
    "body",
];
/// Members that say in words what went wrong.
const MESSAGES: [&str; 15] = [
    "message",
    "msg",
    "err",
    "error_msg",
    "error_message",
    "errorMessage",
    "error_description",
    "Message",
    "faultstring",
    "description",
    "reason",
    "title",
    "html-message",
    "detail",
    "text",
];
/// Members that say it in a word.
const CODES: [&str; 8] = [
    "code",
    "error_code",
    "errorCode",
    "Code",
    "errcode",
    "faultcode",
    "status_code",
    "errorcode",
];
/// How deep a reason may be wrapped.
const DEEPEST: usize = 6;

/// Finds an error in what a document or an item says of itself; `None` where it is none.
pub(super) fn find_error(slots: &Slots<'_>, has_data: bool) -> Option<Envelope> {
    let members = &slots.extra;
    if members.is_empty() {
        return None;
    }
    let says_more = |name: &str| match members.get(name) {
        Some(Value::Object(inner)) => !inner.is_empty(),
        Some(Value::Array(inner)) => !inner.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        _ => false,
    };
    let failed = ["error", "errors", "fault"].into_iter().any(says_more)
        || members.get("success") == Some(&Value::Bool(false))
        || matches!(
            members.get("status").and_then(Value::as_str),
            Some("failure" | "failed" | "error")
        )
        || members.get("error") == Some(&Value::Bool(true))
        || members.contains_key("html-message")
        || (members.contains_key("code") && !has_data && word(members, &MESSAGES).is_some());
    failed.then(|| {
        let mut envelope = of_object(members, 0);
        let kind = slots.text(Text::Type).map(str::to_owned);
        envelope.kind = envelope.kind.or(kind);
        envelope
    })
}

/// Finds a ticket in an answer, at the top, in `data` or in `task`.
pub(super) fn find_ticket(whole: &Map<String, Value>, items: &[Slots<'_>]) -> Option<Pending> {
    let task = whole.get("task").and_then(Value::as_object);
    let mut places = items
        .iter()
        .map(|item| &item.extra)
        .chain(task)
        .chain([whole]);
    places.find_map(|members| {
        let task_id = match members.get("task_id")? {
            Value::String(id) if !id.is_empty() => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        let status = ["status", "task_status"]
            .iter()
            .find_map(|name| members.get(*name)?.as_str())
            .map(str::to_owned);
        Some(Pending {
            task_id,
            status,
            request_id: None,
        })
    })
}

impl Envelope {
    /// Reads whatever a text says of itself as an error: JSON in any wrapping, XML, a page, words.
    pub(crate) fn of_text(text: &[u8]) -> Self {
        let text = text.trim_ascii();
        match serde_json::from_slice::<Value>(text) {
            Ok(value) => of_value(&value, 0),
            Err(_) => of_page(text),
        }
    }
}

impl Envelope {
    /// What documents without a picture say in words, the last of them first: a model that refuses
    /// tells why where another has the picture.
    pub(crate) fn of_words(came: &[u8]) -> Self {
        let documents = came.rsplit(|byte| *byte == b'\n');
        let mut said = documents.filter_map(|document| {
            let value: Value = serde_json::from_slice(document).ok()?;
            let envelope = of_value(&value, 0);
            let words = envelope.message.clone().or_else(|| prose(&value, 0));
            words.map(|words| Self {
                message: Some(words),
                ..envelope
            })
        });
        said.next().unwrap_or_default()
    }
}

/// The first words for a person, however deep they stand.
fn prose(value: &Value, depth: usize) -> Option<String> {
    const WORDS: [&str; 6] = ["text", "content", "message", "reason", "refusal", "detail"];
    if depth > DEEPEST {
        return None;
    }
    match value {
        Value::Array(items) => items.iter().find_map(|item| prose(item, depth + 1)),
        Value::Object(members) => WORDS
            .iter()
            .find_map(|name| members.get(*name)?.as_str())
            .filter(|words| !words.is_empty() && !words.starts_with('\0'))
            .map(str::to_owned)
            .or_else(|| members.values().find_map(|value| prose(value, depth + 1))),
        _ => None,
    }
}

fn of_value(value: &Value, depth: usize) -> Envelope {
    match value {
        Value::Object(members) => of_object(members, depth),
        Value::Array(items) => of_list(items, depth),
        Value::String(text) => of_message(text, depth),
        _ => Envelope::default(),
    }
}

fn of_object(members: &Map<String, Value>, depth: usize) -> Envelope {
    let mut envelope = Envelope::default();
    if depth < DEEPEST {
        for name in CONTAINERS {
            if let Some(inner @ (Value::Object(_) | Value::Array(_))) = members.get(name) {
                envelope = envelope.or(of_value(inner, depth + 1));
            }
        }
    }
    let said = word(members, &MESSAGES);
    let mut code = word(members, &CODES);
    // A word beside a message is a code, alone it is the message.
    let mut message = said;
    if let Some(Value::String(error)) = members.get("error").filter(|error| *error != "") {
        match &message {
            Some(_) => code = code.or_else(|| Some(error.clone())),
            None => message = Some(error.clone()),
        }
    }
    let nested = message.map_or_else(Envelope::default, |text| of_message(&text, depth + 1));
    envelope.or(nested).or(Envelope {
        message: None,
        kind: members.get("type").and_then(text),
        code,
        param: parameter(members),
    })
}

/// Several reasons as one: the words of all, what else there is of the first.
fn of_list(items: &[Value], depth: usize) -> Envelope {
    let all: Vec<_> = items
        .iter()
        .take(20)
        .map(|item| of_value(item, depth + 1))
        .collect();
    let words: Vec<_> = all
        .iter()
        .filter_map(|envelope| {
            let message = envelope.message.as_deref()?;
            Some(match &envelope.param {
                Some(param) if !message.contains(param.as_str()) => format!("{param}: {message}"),
                _ => message.to_owned(),
            })
        })
        .collect();
    let mut first = all.into_iter().next().unwrap_or_default();
    first.message = (!words.is_empty()).then(|| words.join("; "));
    first
}

/// A message, which may itself be the JSON of a server behind the one that answers.
fn of_message(text: &str, depth: usize) -> Envelope {
    let whole = Envelope {
        message: (!text.is_empty()).then(|| text.to_owned()),
        ..Envelope::default()
    };
    if depth >= DEEPEST {
        return whole;
    }
    let inner = text
        .find('{')
        .and_then(|at| serde_json::from_str::<Value>(text[at..].trim_end()).ok());
    match inner {
        Some(inner) => of_value(&inner, depth + 1).or(whole),
        None => whole,
    }
}

/// XML, a page or a plain text in a line: what a tag for it says, the title, the first words.
fn of_page(text: &[u8]) -> Envelope {
    let text = String::from_utf8_lossy(&text[..text.len().min(16 * 1024)]);
    let tagged = |names: &[&str]| names.iter().find_map(|name| tag(&text, name));
    let message = tagged(&["message", "faultstring", "title", "h1"]).or_else(|| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        (!text.starts_with('<')).then(|| line.to_owned())
    });
    Envelope {
        message: message.map(|line| line.chars().take(500).collect()),
        code: text
            .starts_with('<')
            .then(|| tagged(&["code", "faultcode"]))
            .flatten(),
        ..Envelope::default()
    }
}

/// What stands between a tag and its end.
fn tag(text: &str, name: &str) -> Option<String> {
    // ASCII only, so that places are the same in both.
    let lower = text.to_ascii_lowercase();
    let start = lower.find(&format!("<{name}>"))? + name.len() + 2;
    let end = start + lower[start..].find("</")?;
    let inner = text.get(start..end)?.trim();
    (!inner.is_empty()).then(|| inner.to_owned())
}

/// The parameter an object names, by its name or by the path to it.
fn parameter(members: &Map<String, Value>) -> Option<String> {
    let named = ["param", "parameter", "field", "path"]
        .iter()
        .find_map(|name| text(members.get(*name)?));
    named.or_else(|| {
        let path = members.get("loc")?.as_array()?;
        let parts = path.iter().filter(|part| *part != "body").filter_map(text);
        let path = parts.collect::<Vec<_>>().join(".");
        (!path.is_empty()).then_some(path)
    })
}

/// The first of these members that says something.
fn word(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text(members.get(*name)?))
}

/// A text, or a number as text; nothing for null and for empty ones.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) if items.iter().all(Value::is_string) && !items.is_empty() => {
            let words: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            Some(words.join("; "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::document::Document;
    use serde_json::json;

    fn find(body: &Value) -> Option<Envelope> {
        let text = body.to_string();
        let document = Document::read(&text).unwrap();
        find_error(&document.whole, document.has_data)
    }

    #[test]
    fn every_envelope_of_the_field_is_found() {
        for body in [
            json!({"error": {"message": "m", "code": 7}}),
            json!({"error": "m"}),
            json!({"success": false, "message": "m"}),
            json!({"status": "failure", "message": "m"}),
            json!({"html-message": "m"}),
            json!({"code": "x", "message": "m"}),
            json!({"code": 1001, "msg": "m"}),
            json!({"error": true, "message": "m"}),
            json!({"success": false, "header": {"message": "m"}}),
            json!({"status": "failed", "response": {"error": {"message": "m"}}}),
        ] {
            assert_eq!(find(&body).unwrap().message.as_deref(), Some("m"), "{body}");
        }
        for body in [
            json!({"data": []}),
            json!({"error": null}),
            json!({"error": {}, "data": []}),
            json!([]),
        ] {
            assert_eq!(find(&body), None, "{body}");
        }
    }

    #[test]
    fn the_reason_is_found_in_whatever_wraps_it() {
        for (body, code, message) in [
            (
                r#"{"errors":[{"message":"m","code":5006}],"success":false}"#,
                Some("5006"),
                "m",
            ),
            (
                r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#,
                Some("400"),
                "m",
            ),
            (r#"{"detail":{"code":"c","message":"m"}}"#, Some("c"), "m"),
            (
                r#"{"detail":[{"loc":["body","size"],"msg":"m","type":"missing"}]}"#,
                None,
                "size: m",
            ),
            (r#"{"Message":"m"}"#, None, "m"),
            (
                r#"{"fault":{"faultstring":"m","detail":{"errorcode":"c"}}}"#,
                Some("c"),
                "m",
            ),
            (
                r#"{"type":"about:blank","title":"m","status":400}"#,
                None,
                "m",
            ),
            (
                r#"{"error":"invalid_token","error_description":"m"}"#,
                Some("invalid_token"),
                "m",
            ),
            (
                r#"{"error":{"message":"upstream said {\"error\":{\"message\":\"m\",\"code\":\"c\"}}"}}"#,
                Some("c"),
                "m",
            ),
            (
                "<?xml version='1.0'?><Error><Code>c</Code><Message>m</Message></Error>",
                Some("c"),
                "m",
            ),
            ("<html><head><title>m</title></head></html>", None, "m"),
            ("m", None, "m"),
        ] {
            let envelope = Envelope::of_text(body.as_bytes());
            assert_eq!(
                (envelope.code.as_deref(), envelope.message.as_deref()),
                (code, Some(message)),
                "{body}"
            );
        }
    }
}
