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
