//! What a call consumed, in one type for both dialects.

use serde::Serialize;
use serde_json::{Map, Value};

/// What a call consumed. Every figure is absent where the vendor did not state it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of prompt and input images (OpenAI).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// The part of the input tokens that was text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_text_tokens: Option<u64>,
    /// The part of the input tokens that was images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_image_tokens: Option<u64>,
    /// Tokens of the output. Seedream: the area of all pictures over 256, informational.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// The part of the output tokens that was images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_image_tokens: Option<u64>,
    /// The part of the output tokens that was text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_text_tokens: Option<u64>,
    /// Input and output tokens together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<u64>,
    /// Pictures that came out and are billed (Seedream).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated_images: Option<u64>,
    /// Pictures that went in (Seedream 5.0 pro and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_images: Option<u64>,
    /// Web searches made (Seedream 5.0 lite).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_searches: Option<u64>,
    /// What else the answer said of usage, as it said it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Usage {
    /// What two calls consumed together; what only one states is that one's.
    pub(crate) fn sum(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (mut sum, other) = match (one, other) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other),
        };
        for (figure, more) in [
            (&mut sum.input_tokens, other.input_tokens),
            (&mut sum.input_text_tokens, other.input_text_tokens),
            (&mut sum.input_image_tokens, other.input_image_tokens),
            (&mut sum.output_tokens, other.output_tokens),
            (&mut sum.output_image_tokens, other.output_image_tokens),
            (&mut sum.output_text_tokens, other.output_text_tokens),
            (&mut sum.total_tokens, other.total_tokens),
            (&mut sum.generated_images, other.generated_images),
            (&mut sum.input_images, other.input_images),
            (&mut sum.web_searches, other.web_searches),
        ] {
            *figure = match (*figure, more) {
                (Some(one), Some(other)) => Some(one.saturating_add(other)),
                (one, other) => one.or(other),
            };
        }
        Some(sum)
    }

    /// Reads a usage object of either dialect, or of chat (`prompt_tokens`), leniently: a
    /// number may be a float or a text. `None` where there is nothing in it.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let object = value.as_object().filter(|object| !object.is_empty())?;
        let mut usage = Self::default();
        for (name, value) in object {
            let slot = match name.as_str() {
                "input_tokens" | "prompt_tokens" => &mut usage.input_tokens,
                "output_tokens" | "completion_tokens" => &mut usage.output_tokens,
                "total_tokens" => &mut usage.total_tokens,
                "generated_images" => &mut usage.generated_images,
                "input_images" => &mut usage.input_images,
                "input_tokens_details" | "prompt_tokens_details" => {
                    usage.input_text_tokens = member(value, "text_tokens");
                    usage.input_image_tokens = member(value, "image_tokens");
                    usage.keep_others(name, value, &["text_tokens", "image_tokens"]);
                    continue;
                }
                "output_tokens_details" | "completion_tokens_details" => {
                    usage.output_text_tokens = member(value, "text_tokens");
                    usage.output_image_tokens = member(value, "image_tokens");
                    usage.keep_others(name, value, &["text_tokens", "image_tokens"]);
                    continue;
                }
                "tool_usage" => {
                    usage.web_searches = member(value, "web_search");
                    usage.keep_others(name, value, &["web_search"]);
                    continue;
                }
                _ => {
                    usage.extra.insert(name.clone(), value.clone());
                    continue;
                }
            };
            match number(value) {
                Some(figure) => *slot = slot.or(Some(figure)),
                None if value.is_null() => {}
                None => {
                    usage.extra.insert(name.clone(), value.clone());
                }
            }
        }
        Some(usage)
    }

    /// Keeps the members of an object that no field has.
    fn keep_others(&mut self, name: &str, object: &Value, known: &[&str]) {
        let others = object.as_object().into_iter().flatten();
        let others: Map<_, _> = others
            .filter(|(name, _)| !known.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !others.is_empty() {
            self.extra.insert(name.to_owned(), others.into());
        }
    }
}

fn member(value: &Value, name: &str) -> Option<u64> {
    number(value.get(name)?)
}

/// A count that may come as an integer, a float or a text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

fn whole(number: f64) -> Option<u64> {
    (number.is_finite() && (0.0..=9e15).contains(&number)).then(|| number.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_dialects_and_chat_read_into_one_type() {
        let openai = Usage::read(&json!({
            "input_tokens": 10, "output_tokens": 272, "total_tokens": 282,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 0, "cached_tokens": 4},
            "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
        }))
        .unwrap();
        assert_eq!(
            (openai.input_tokens, openai.output_image_tokens),
            (Some(10), Some(272))
        );
        assert_eq!(openai.extra["input_tokens_details"]["cached_tokens"], 4);

        let ark = Usage::read(&json!({
            "generated_images": 1, "output_tokens": 16384, "total_tokens": 16384,
            "tool_usage": {"web_search": 2},
        }))
        .unwrap();
        assert_eq!((ark.generated_images, ark.web_searches), (Some(1), Some(2)));

        let chat = Usage::read(&json!({"prompt_tokens": 3, "completion_tokens": 4.0, "cost": 0.1}))
            .unwrap();
        assert_eq!((chat.input_tokens, chat.output_tokens), (Some(3), Some(4)));
        assert_eq!(chat.extra["cost"], 0.1);
    }

    #[test]
    fn odd_numbers_are_read_or_kept() {
        let usage = Usage::read(
            &json!({"input_tokens": "12", "output_tokens": "many", "total_tokens": null}),
        )
        .unwrap();
        assert_eq!(usage.input_tokens, Some(12));
        assert_eq!(usage.extra["output_tokens"], "many");
        assert_eq!(Usage::read(&json!({})), None);
        assert_eq!(Usage::read(&json!(null)), None);
    }
}
