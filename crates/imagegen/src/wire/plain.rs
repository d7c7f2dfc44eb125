//! Answers as most calls get them, read straight into what they say.

use std::borrow::Cow;

use imagegen_api::types;
use serde::Deserialize;
use serde_json::Map;

use super::answer::{Answer, Pictures, Unreadable, conclude, first_value, image_of, read};
use crate::Usage;

/// Reads an answer of either dialect.
///
/// # Errors
///
/// If the text is no JSON.
pub(crate) fn read_text(
    text: &[u8],
    pictures: &mut Pictures,
) -> serde_json::Result<Result<Answer, Box<Unreadable>>> {
    match read_plain(text, pictures) {
        Some(read) => Ok(read),
        None => first_value(text).map(|value| read(value, pictures)),
    }
}

/// An answer with the members that most have. One with any other, or with one of another type,
/// is none of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainAnswer<'a> {
    background: Option<Text<'a>>,
    created: Option<i64>,
    #[serde(borrow)]
    data: Vec<PlainImage<'a>>,
    model: Option<Text<'a>>,
    output_format: Option<Text<'a>>,
    quality: Option<Text<'a>>,
    size: Option<Text<'a>>,
    usage: Option<PlainUsage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainImage<'a> {
    #[serde(borrow)]
    b64_json: Option<Text<'a>>,
    background: Option<Text<'a>>,
    output_format: Option<Text<'a>>,
    revised_prompt: Option<Text<'a>>,
    size: Option<Text<'a>>,
    url: Option<Text<'a>>,
}

#[derive(Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PlainUsage {
    generated_images: Option<u64>,
    input_images: Option<u64>,
    input_tokens: Option<u64>,
    input_tokens_details: Option<PlainDetails>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<PlainDetails>,
    tool_usage: Option<PlainTools>,
    total_tokens: Option<u64>,
}

#[derive(Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainDetails {
    image_tokens: Option<u64>,
    text_tokens: Option<u64>,
}

#[derive(Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainTools {
    web_search: Option<u64>,
}

/// A text, borrowed where it has no escapes; without this an optional one never is.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads an answer in which nothing is odd; `None` where something is, for [`read`] to see.
///
/// It finds what [`read`] finds, without a tree of JSON values between the text and the types:
/// most answers are small, and that tree is most of what they cost.
fn read_plain(text: &[u8], pictures: &mut Pictures) -> Option<Result<Answer, Box<Unreadable>>> {
    // What follows the document is nobody's business, as in `first_value`.
    let mut json = serde_json::Deserializer::from_str(str::from_utf8(text).ok()?);
    let answer = PlainAnswer::deserialize(&mut json).ok()?;
    let is_plain = answer.created != Some(0)
        && answer.usage.as_ref() != Some(&PlainUsage::default())
        && !answer.data.is_empty()
        && answer.says_something()
        && answer.data.iter().all(PlainImage::is_plain);
    if !is_plain {
        return None;
    }
    let usage = answer.usage.map(Usage::from);
    let items = answer.data.into_iter().enumerate();
    let items = items.map(|(index, item)| image_of(item.into(), index as u32, pictures, None));
    let response = types::ImagesResponse {
        background: string(answer.background),
        created: answer.created,
        data: None,
        error: None,
        model: string(answer.model),
        output_format: string(answer.output_format),
        quality: string(answer.quality),
        size: string(answer.size),
        tools: None,
        usage: None,
        extra: Map::new(),
    };
    Some(conclude(response, usage, items, None, None))
}

impl PlainAnswer<'_> {
    fn says_something(&self) -> bool {
        says_something(&self.background)
            && says_something(&self.model)
            && says_something(&self.output_format)
            && says_something(&self.quality)
            && says_something(&self.size)
    }
}

impl PlainImage<'_> {
    fn is_plain(&self) -> bool {
        (self.b64_json.is_some() || self.url.is_some())
            && says_something(&self.b64_json)
            && says_something(&self.background)
            && says_something(&self.output_format)
            && says_something(&self.revised_prompt)
            && says_something(&self.size)
            && says_something(&self.url)
    }
}

impl From<PlainImage<'_>> for types::Image {
    fn from(image: PlainImage<'_>) -> Self {
        Self {
            b64_json: string(image.b64_json),
            background: string(image.background),
            bounding_box: None,
            description: None,
            error: None,
            name: None,
            output_format: string(image.output_format),
            revised_prompt: string(image.revised_prompt),
            size: string(image.size),
            url: string(image.url),
            z_index: None,
            extra: Map::new(),
        }
    }
}

impl From<PlainUsage> for Usage {
    fn from(usage: PlainUsage) -> Self {
        let input = usage.input_tokens_details.unwrap_or_default();
        let output = usage.output_tokens_details.unwrap_or_default();
        Self {
            input_tokens: usage.input_tokens,
            input_text_tokens: input.text_tokens,
            input_image_tokens: input.image_tokens,
            output_tokens: usage.output_tokens,
            output_image_tokens: output.image_tokens,
            output_text_tokens: output.text_tokens,
            total_tokens: usage.total_tokens,
            generated_images: usage.generated_images,
            input_images: usage.input_images,
            web_searches: usage.tool_usage.and_then(|tools| tools.web_search),
            extra: Map::new(),
        }
    }
}

/// Whether a text, if it is there, is not empty: gateways put empty ones where nothing is.
fn says_something(text: &Option<Text<'_>>) -> bool {
    text.as_ref().is_none_or(|text| !text.0.is_empty())
}

fn string(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::{Completion, ImageData};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// What an answer says, comparable.
    fn said(answer: Result<Answer, Box<Unreadable>>) -> String {
        match answer {
            Ok(answer) => {
                let images: Vec<_> = answer
                    .images
                    .iter()
                    .map(|found| {
                        let image = &found.image;
                        let link = match &image.data {
                            ImageData::Url(link) => Some(link),
                            _ => None,
                        };
                        let layer = image.layer.as_ref().map(|layer| {
                            (
                                layer.z_index,
                                &layer.name,
                                &layer.description,
                                &layer.bounding_box,
                            )
                        });
                        let texts = (
                            &image.revised_prompt,
                            &image.output_format,
                            &image.background,
                        );
                        format!(
                            "{} {:?} {:?} {:?} {texts:?} {layer:?} {:?}",
                            image.index,
                            image.bytes(),
                            link,
                            image.size,
                            image.extra
                        )
                    })
                    .collect();
                let Completion {
                    usage,
                    model,
                    created,
                    quality,
                    extra,
                } = &answer.completion;
                format!(
                    "{images:?} {:?} {usage:?} {model:?} {created:?} {quality:?} {extra:?}",
                    answer.failures
                )
            }
            Err(unreadable) => format!("{unreadable:?}"),
        }
    }

    fn full() -> Value {
        json!({
            "created": 1, "model": "m", "background": "b", "output_format": "png",
            "quality": "q", "size": "2048×2048",
            "usage": {
                "input_tokens": 1, "output_tokens": 2, "total_tokens": 3, "generated_images": 1,
                "input_images": 4, "input_tokens_details": {"text_tokens": 5, "image_tokens": 6},
                "output_tokens_details": {"text_tokens": 7, "image_tokens": 8},
                "tool_usage": {"web_search": 9},
            },
            "data": [
                {"b64_json": "iVBORw0KGgo=", "url": "https://example.com/0", "size": "1x1",
                 "revised_prompt": "r", "output_format": "webp", "background": "c"},
                {"url": "https://example.com/1"},
                {"b64_json": "?"},
            ],
        })
    }

    #[test]
    fn an_answer_with_all_usual_members_is_plain() {
        let text = full().to_string();
        let plain = read_plain(text.as_bytes(), &mut Pictures::default()).map(said);
        assert_eq!(plain, Some(said(read(full(), &mut Pictures::default()))));
    }

    /// Values of every kind gateways were seen to put somewhere.
    fn odd() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(json!(null)),
            Just(json!("")),
            Just(json!(0)),
            Just(json!(-1)),
            Just(json!(7)),
            Just(json!(1.5)),
            Just(json!("7")),
            Just(json!("text")),
            Just(json!(true)),
            Just(json!([])),
            Just(json!({})),
            Just(json!(["https://example.com/2"])),
            Just(json!({"message": "m"})),
            Just(json!(i64::MAX)),
            Just(json!(u64::MAX)),
        ]
    }

    const PLACES: &[&str] = &[
        "",
        "/created",
        "/model",
        "/background",
        "/output_format",
        "/quality",
        "/size",
        "/usage",
        "/usage/input_tokens",
        "/usage/generated_images",
        "/usage/input_tokens_details",
        "/usage/output_tokens_details/text_tokens",
        "/usage/tool_usage/web_search",
        "/data",
        "/data/0",
        "/data/0/b64_json",
        "/data/0/url",
        "/data/0/size",
        "/data/0/revised_prompt",
        "/data/0/output_format",
        "/data/0/background",
        "/data/1",
        "/data/1/url",
        "/data/2/b64_json",
    ];
    const NEW: &[&str] = &[
        "error",
        "code",
        "message",
        "success",
        "status",
        "task_id",
        "tools",
        "id",
        "prompt_tokens",
        "url",
        "b64_json",
        "z_index",
        "bounding_box",
    ];

    proptest! {
        #[test]
        fn what_is_read_as_plain_is_what_the_tolerant_reading_finds(
            changes in proptest::collection::vec(
                (proptest::sample::select(PLACES), odd()), 0..3),
            additions in proptest::collection::vec(
                (proptest::sample::select(PLACES), proptest::sample::select(NEW), odd()), 0..2),
            removed in proptest::collection::vec(proptest::sample::select(PLACES), 0..4),
        ) {
            let mut answer = full();
            for (place, value) in changes {
                if let Some(member) = answer.pointer_mut(place).filter(|_| !place.is_empty()) {
                    *member = value;
                }
            }
            for (place, name, value) in additions {
                if let Some(Value::Object(object)) = answer.pointer_mut(place) {
                    object.insert(name.to_owned(), value);
                }
            }
            for place in removed {
                let (parent, name) = place.rsplit_once('/').unwrap_or_default();
                if let Some(Value::Object(object)) = answer.pointer_mut(parent) {
                    object.remove(name);
                }
            }
            let text = answer.to_string();
            if let Some(plain) = read_plain(text.as_bytes(), &mut Pictures::default()) {
                let value = first_value(text.as_bytes()).unwrap();
                prop_assert_eq!(said(plain), said(read(value, &mut Pictures::default())));
            }
        }
    }
}
