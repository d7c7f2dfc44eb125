//! Answers that are as the contract has them, read straight into the generated types.

use imagegen_api::types;
use serde::Deserialize as _;

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

/// Reads an answer in which nothing is odd; `None` where something is, for [`read`] to see.
///
/// It finds what [`read`] finds, without a tree of JSON values between the text and the types:
/// most answers are small, and that tree is most of what they cost.
fn read_plain(text: &[u8], pictures: &mut Pictures) -> Option<Result<Answer, Box<Unreadable>>> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let mut answer = types::ImagesResponse::deserialize(&mut json).ok()?;
    let items = answer.data.take()?;
    let usage = answer.usage.take().map(plain_usage);
    let is_plain = answer.error.is_none()
        && answer.tools.is_none()
        && answer.extra.is_empty()
        && answer.created != Some(0)
        && says_something(&[
            &answer.background,
            &answer.model,
            &answer.output_format,
            &answer.quality,
            &answer.size,
        ])
        && usage != Some(None)
        && !items.is_empty()
        && items.iter().all(is_plain_item);
    if !is_plain {
        return None;
    }
    let items = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| image_of(item, index as u32, pictures, None));
    Some(conclude(answer, usage.flatten(), items, None, None))
}

fn is_plain_item(item: &types::Image) -> bool {
    (item.b64_json.is_some() || item.url.is_some())
        && item.error.is_none()
        && item.extra.is_empty()
        && says_something(&[
            &item.b64_json,
            &item.background,
            &item.description,
            &item.name,
            &item.output_format,
            &item.revised_prompt,
            &item.size,
            &item.url,
        ])
}

/// Whether no text that is there is empty: gateways put empty ones where nothing is.
fn says_something(texts: &[&Option<String>]) -> bool {
    texts.iter().all(|text| text.as_deref() != Some(""))
}

fn plain_usage(usage: types::Usage) -> Option<Usage> {
    if usage == types::Usage::default() || !usage.extra.is_empty() {
        return None;
    }
    let details = [&usage.input_tokens_details, &usage.output_tokens_details];
    let odd = |details: &types::TokenDetails| !details.extra.is_empty();
    let tools = usage.tool_usage.as_ref();
    if details.into_iter().flatten().any(odd) || tools.is_some_and(|tools| !tools.extra.is_empty())
    {
        return None;
    }
    let count = |figure: Option<i64>| figure.map(u64::try_from).transpose().ok();
    let input = usage.input_tokens_details.unwrap_or_default();
    let output = usage.output_tokens_details.unwrap_or_default();
    Some(Usage {
        input_tokens: count(usage.input_tokens)?,
        input_text_tokens: count(input.text_tokens)?,
        input_image_tokens: count(input.image_tokens)?,
        output_tokens: count(usage.output_tokens)?,
        output_image_tokens: count(output.image_tokens)?,
        output_text_tokens: count(output.text_tokens)?,
        total_tokens: count(usage.total_tokens)?,
        generated_images: count(usage.generated_images)?,
        input_images: count(usage.input_images)?,
        web_searches: count(usage.tool_usage.unwrap_or_default().web_search)?,
        ..Usage::default()
    })
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
                 "revised_prompt": "r", "output_format": "webp", "background": "c", "z_index": 0,
                 "name": "n", "description": "d",
                 "bounding_box": {"absolute": [1, 2, 3, 4]}},
                {"url": "https://example.com/1"},
                {"b64_json": "?"},
            ],
        })
    }

    #[test]
    fn an_answer_with_everything_in_it_is_plain() {
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
        "/data/0/z_index",
        "/data/0/name",
        "/data/0/bounding_box",
        "/data/0/bounding_box/absolute",
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
