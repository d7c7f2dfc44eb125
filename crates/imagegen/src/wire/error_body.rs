//! What an error says of itself, in the envelopes vendors and gateways use.

use crate::error::Envelope;
use serde_json::Value;

impl Envelope {
    /// Finds an error in a JSON answer; `None` where it is no error.
    ///
    /// Seen in the field: `{"error": {..}}`, `{"error": "text"}`, `{"success": false}`,
    /// `{"status": "failure"}`, `{"html-message": ".."}`, `{"code": .., "message": ..}`.
    pub(crate) fn find(answer: &Value) -> Option<Self> {
        let object = answer.as_object()?;
        match object.get("error") {
            Some(error @ Value::Object(inner)) if !inner.is_empty() => {
                return Some(Self::read(error));
            }
            Some(Value::String(text)) if !text.is_empty() => {
                return Some(Self {
                    message: Some(text.clone()),
                    ..Self::read(answer)
                });
            }
            _ => {}
        }
        let failed = object.get("success") == Some(&Value::Bool(false))
            || matches!(
                object.get("status").and_then(Value::as_str),
                Some("failure" | "failed" | "error")
            )
            || object.get("error") == Some(&Value::Bool(true))
            || object.contains_key("html-message")
            || (object.contains_key("code")
                && !object.contains_key("data")
                && message_of(answer).is_some());
        failed.then(|| Self::read(answer))
    }

    /// Reads whatever an object says of itself as an error.
    pub(crate) fn read(object: &Value) -> Self {
        if let Some(inner) = object.pointer("/response/error").filter(|e| e.is_object()) {
            return Self::read(inner);
        }
        Self {
            message: message_of(object),
            kind: object.get("type").and_then(text),
            code: object.get("code").and_then(text),
            param: object.get("param").and_then(text),
        }
    }
}

/// What an object says, in the word its gateway has for it.
fn message_of(object: &Value) -> Option<String> {
    const WORDS: [&str; 7] = [
        "/message",
        "/msg",
        "/err",
        "/error_msg",
        "/detail",
        "/html-message",
        "/header/message",
    ];
    WORDS.iter().find_map(|word| text(object.pointer(word)?))
}

/// A text, or a number or list as text; nothing for null and for empty ones.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) if !items.is_empty() => Some(
            items
                .iter()
                .map(|item| {
                    text(item)
                        .or_else(|| text(item.get("msg")?))
                        .unwrap_or_default()
                })
                .collect::<Vec<_>>()
                .join("; "),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            assert_eq!(
                Envelope::find(&body).unwrap().message.as_deref(),
                Some("m"),
                "{body}"
            );
        }
        for body in [
            json!({"data": []}),
            json!({"error": null}),
            json!({"error": {}, "data": []}),
            json!([]),
        ] {
            assert_eq!(Envelope::find(&body), None, "{body}");
        }
    }
}
