//! The parameters of a request, in the wire's words.

use clap::Args;
use serde_json::Value;

/// The parameters of a request in the wire's words. Their values are checked by the model's row.
#[derive(Debug, Args)]
pub(crate) struct Parameters {
    /// low, medium, high, auto; from 2.5 on also xhigh, max
    #[arg(long, value_name = "WORD", help_heading = GPT_IMAGE)]
    pub(crate) quality: Option<String>,
    /// 0 to 100; jpeg and webp only
    #[arg(long, value_name = "PERCENT", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) output_compression: Option<i64>,
    /// auto, low
    #[arg(long, value_name = "WORD", help_heading = GPT_IMAGE)]
    pub(crate) moderation: Option<String>,
    /// Your own id of the end user
    #[arg(long, value_name = "ID", help_heading = GPT_IMAGE)]
    pub(crate) user: Option<String>,
    /// A stable, hashed id of the end user, for the vendor's safety checks
    #[arg(long, value_name = "ID", help_heading = GPT_IMAGE)]
    pub(crate) safety_identifier: Option<String>,
    /// Planning effort: low, medium, high; 2.6
    #[arg(long, value_name = "WORD", help_heading = GPT_IMAGE)]
    pub(crate) complexity: Option<String>,
    /// Frames of a gif, 2 to 16; 2.6
    #[arg(long, value_name = "COUNT", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) frame_count: Option<i64>,
    /// How long a gif shows each frame, 20 to 655350 ms; 2.6
    #[arg(long, value_name = "MS", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) frame_duration_ms: Option<i64>,
    /// Author of an svg as an object: {"model": .., "reasoning": {"effort": ..}}; 2.6
    #[arg(long, value_name = "JSON", help_heading = GPT_IMAGE, value_parser = json)]
    pub(crate) svg: Option<Value>,

    /// url, b64_json
    #[arg(long, value_name = "WORD", help_heading = SEEDREAM)]
    pub(crate) response_format: Option<String>,
    /// Text mark in the corner, true or false; the vendor's default is true
    #[arg(long, value_name = "BOOL", help_heading = SEEDREAM)]
    pub(crate) watermark: Option<bool>,
    /// auto lets the model answer with a group, disabled does not; 4.0, 4.5, 5.0 lite
    #[arg(long, value_name = "WORD", help_heading = SEEDREAM)]
    pub(crate) sequential_image_generation: Option<String>,
    /// A group of at most this many, 1 to 15, in one call; 4.0, 4.5, 5.0 lite
    #[arg(long, value_name = "COUNT", help_heading = SEEDREAM, allow_negative_numbers = true)]
    pub(crate) max_images: Option<i64>,
    /// How the prompt is rewritten: standard, fast (4.0, 5.0 pro)
    #[arg(long, value_name = "WORD", help_heading = SEEDREAM)]
    pub(crate) optimize_prompt: Option<String>,
    /// Lets the model search the web; 5.0 lite
    #[arg(long, help_heading = SEEDREAM)]
    pub(crate) web_search: bool,
    /// Takes the one --image apart into layers; 5.0 pro, 5.0 flash, 5.5
    #[arg(long, help_heading = SEEDREAM)]
    pub(crate) layer_decomposition: bool,

    /// transparent, opaque, auto; GPT Image, Seedream 5.0 pro, 5.0 flash, 5.5
    #[arg(long, value_name = "WORD", help_heading = BOTH)]
    pub(crate) background: Option<String>,
    /// png, jpeg, webp (2.6 also gif, svg); Seedream 5.x: png, jpeg
    #[arg(long, value_name = "WORD", help_heading = BOTH)]
    pub(crate) output_format: Option<String>,
    /// Any other parameter, its value in JSON, or a text; repeatable
    #[arg(long = "param", value_name = "NAME=VALUE", help_heading = BOTH, value_parser = parameter)]
    pub(crate) others: Vec<(String, Value)>,
}

pub(super) const GPT_IMAGE: &str = "GPT Image parameters";
const SEEDREAM: &str = "Seedream parameters";
const BOTH: &str = "Parameters of both";

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

fn parameter(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or("it is written NAME=VALUE, such as seed=7")?;
    // Text that begins like JSON and is none was meant as JSON.
    let structured = value.starts_with(['{', '[', '"']);
    let value = match serde_json::from_str(value) {
        Ok(value) => value,
        Err(error) if structured => return Err(format!("the value is not JSON: {error}")),
        Err(_) if value.is_empty() => return Err("the value is missing".to_owned()),
        Err(_) => Value::from(value),
    };
    Ok((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_is_json_or_a_text() {
        for (text, name, value) in [
            ("seed=7", "seed", json!(7)),
            ("style=vivid", "style", json!("vivid")),
            ("style=\"vivid\"", "style", json!("vivid")),
            ("hd=true", "hd", json!(true)),
            ("a={\"b\": [1]}", "a", json!({"b": [1]})),
            ("q=\"a=b\"", "q", json!("a=b")),
            ("aspect_ratio=16:9", "aspect_ratio", json!("16:9")),
            ("a=two words", "a", json!("two words")),
            ("a=-", "a", json!("-")),
        ] {
            assert_eq!(parameter(text).unwrap(), (name.to_owned(), value));
        }
        for text in ["seed", "=1", "a={b", "a=[1,", "a=\"b", "a="] {
            assert!(parameter(text).is_err(), "{text}");
        }
    }
}
