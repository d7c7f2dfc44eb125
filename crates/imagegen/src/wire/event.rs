//! From one event's JSON to what it means, in either dialect.

use imagegen_api::types;
use serde_json::{Map, Value};

use super::answer::{Found, Pictures, Unreadable, read, read_image, spread};
use super::lenient::{Kind, fit};
use crate::error::Envelope;
use crate::response::{Completion, ImageFailure, Usage, number};

/// What an event means.
#[derive(Debug)]
pub(crate) enum Happened {
    Partial { preview: Found, partial_index: u32 },
    Image(Found),
    Failed(ImageFailure),
    Completed(Completion),
    Unknown { kind: String, data: Value },
}

impl Happened {
    /// Whether it brings a picture, finished or not.
    pub(crate) fn is_picture(&self) -> bool {
        matches!(self, Self::Image(_) | Self::Partial { .. })
    }
}

const EVENT: &[(&str, Kind)] = &[
    ("created", Kind::Timestamp),
    ("created_at", Kind::Timestamp),
    ("model", Kind::Text),
    ("quality", Kind::Text),
    ("type", Kind::Text),
];

/// Reads an event; `done` is how many pictures came before it.
///
/// # Errors
///
/// If the event says that the whole call failed.
pub(crate) fn read_event(
    name: Option<&str>,
    mut value: Value,
    pictures: &mut Pictures,
    done: u32,
) -> Result<Vec<Happened>, Box<Unreadable>> {
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .or(name)
        .unwrap_or_default()
        .to_owned();
    let index = ["image_index", "index"]
        .iter()
        .find_map(|name| number(value.get(*name)?))
        .and_then(|index| u16::try_from(index).ok())
        // A larger one is no place in an answer.
        .map_or(done, u32::from);
    // What the event is goes before whether it holds an error: one picture's failure is not the
    // end of the others.
    if kind.ends_with("partial_failed") {
        let envelope = Envelope::find(&value).unwrap_or_else(|| Envelope::read(&value));
        return Ok(vec![Happened::Failed(ImageFailure {
            index,
            code: envelope.code,
            message: envelope.message,
            raw: None,
        })]);
    }
    if kind.ends_with("partial_image") {
        let partial_index = value
            .get("partial_image_index")
            .and_then(number)
            .unwrap_or(0);
        return Ok(match read_image(value, index, pictures) {
            Ok(preview) => {
                vec![Happened::Partial {
                    preview,
                    partial_index: partial_index as u32,
                }]
            }
            // A preview that cannot be shown is no loss.
            Err(_) => Vec::new(),
        });
    }
    let holds_picture = ["b64_json", "url"].iter().any(|name| {
        value
            .get(*name)
            .is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    });
    if value
        .get("data")
        .is_some_and(|data| data.is_array() || data.is_object())
    {
        // A gateway put a whole answer into one event.
        let answer = read(value, pictures)?;
        let mut happened: Vec<_> = answer.images.into_iter().map(Happened::Image).collect();
        happened.extend(answer.failures.into_iter().map(Happened::Failed));
        happened.push(Happened::Completed(answer.completion));
        return Ok(happened);
    }
    let completed = kind.ends_with("completed");
    // The type within may be the kind of error.
    let is_error = [name, Some(&kind)]
        .into_iter()
        .flatten()
        .any(|word| matches!(word, "error" | "upstream_error"));
    let error = Envelope::find(&value).or_else(|| is_error.then(|| Envelope::read(&value)));
    if let Some(error) = error
        && !holds_picture
    {
        return Err(Box::new(Unreadable::Error(Box::new(error), None)));
    }
    let completion = completed.then(|| completion(&mut value));
    let mut happened = Vec::new();
    if holds_picture {
        for (at, picture) in (index..).zip(spread(value)) {
            happened.push(match read_image(picture, at, pictures) {
                Ok(found) => Happened::Image(found),
                Err(failure) => Happened::Failed(failure),
            });
        }
    } else if !completed {
        happened.push(Happened::Unknown { kind, data: value });
    }
    happened.extend(completion.map(Happened::Completed));
    Ok(happened)
}

/// What a completion event says of the call as a whole.
fn completion(value: &mut Value) -> Completion {
    let usage = value.get("usage").and_then(Usage::read);
    let mut object = value.as_object().cloned().unwrap_or_default();
    for picture in ["b64_json", "url", "usage", "error"] {
        object.remove(picture);
    }
    let mut odd = fit(&mut object, EVENT);
    // Everything else stays as it is said, so that one odd member costs nothing.
    let mut known = Map::new();
    for (name, _) in EVENT {
        known.extend(object.remove_entry(*name));
    }
    odd.extend(object);
    let types::ImageStreamEvent {
        created,
        created_at,
        model,
        quality,
        ..
    } = serde_json::from_value(known.into()).unwrap_or_default();
    Completion {
        usage,
        model,
        created: created
            .or(created_at)
            .and_then(|seconds| u64::try_from(seconds).ok()),
        quality,
        warnings: Vec::new(),
        extra: odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_index_that_cannot_be_one_is_not_taken() {
        for (stated, index) in [(json!(3), 3), (json!(u32::MAX), 7), (json!(null), 7)] {
            let event = json!({"image_index": stated, "b64_json": "AAAA"});
            let happened = read_event(None, event, &mut Pictures::default(), 7).unwrap();
            let [Happened::Image(Found { image, .. })] = &happened[..] else {
                panic!("{happened:?}");
            };
            assert_eq!(image.index, index, "{stated}");
        }
    }
}
