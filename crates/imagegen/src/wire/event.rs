//! From one event's JSON to what it means, in either dialect.

use serde_json::{Map, Value};

use super::answer::{Unreadable, answer, read_item, with_document};
use super::document::{Document, Slots};
use super::error_body::find_error;
use super::found::{Found, Pictures};
use super::members::{Count, Text};
use super::search::{Links, search};
use crate::error::Envelope;
use crate::response::{Completion, ImageFailure};

/// What an event means.
#[derive(Debug)]
pub(crate) enum Happened {
    Partial { preview: Found, partial_index: u32 },
    Image(Found),
    Failed(ImageFailure),
    Completed(Completion),
    Unknown { kind: String, data: Value },
}

/// Reads an event; `done` is how many pictures came before it.
///
/// # Errors
///
/// If the text is no JSON, nor can be made any; within, if the event says that the whole call
/// failed.
pub(crate) fn read_event(
    name: Option<&str>,
    text: &[u8],
    pictures: &mut Pictures,
    done: u32,
) -> serde_json::Result<Result<Vec<Happened>, Box<Unreadable>>> {
    with_document(text, |document| {
        let kind = document.whole.text(Text::Type).or(name);
        let kind = kind.unwrap_or_default().to_owned();
        meaning(name, &kind, document, text, pictures, done)
    })
    .map(|(read, broken)| {
        // The half of an event that was cut off is no end.
        let is_cut = broken.is_some_and(|broken| !broken.is_whole);
        read.map(|mut happened| {
            happened.retain(|happened| !is_cut || !matches!(happened, Happened::Completed(_)));
            happened
        })
    })
}

fn meaning(
    name: Option<&str>,
    kind: &str,
    document: Document<'_>,
    text: &[u8],
    pictures: &mut Pictures,
    done: u32,
) -> Result<Vec<Happened>, Box<Unreadable>> {
    let whole = &document.whole;
    let index = whole.count(Count::Index);
    let index = index
        .and_then(|index| u16::try_from(index).ok())
        // A larger one is no place in an answer.
        .map_or(done, u32::from);
    // What the event is goes before whether it holds an error: one picture's failure is not the
    // end of the others.
    if kind.ends_with("partial_failed") {
        let envelope = find_error(whole, false).unwrap_or_else(|| Envelope::of_text(text));
        return Ok(vec![Happened::Failed(ImageFailure {
            index,
            code: envelope.code,
            message: envelope.message,
            raw: None,
        })]);
    }
    if kind.ends_with("partial_image") {
        let partial_index = whole.count(Count::PartialImageIndex).unwrap_or(0) as u32;
        let mut item = document.whole;
        // A preview that cannot be shown is no loss.
        let shown = read_item(std::mem::take(&mut item), index, pictures)
            .into_iter()
            .find_map(Result::ok);
        return Ok(Vec::from_iter(shown.map(|preview| Happened::Partial {
            preview,
            partial_index,
        })));
    }
    let completed = kind.ends_with("completed") || kind.ends_with("result");
    // The type within may be the kind of error.
    let is_error = [name, Some(kind)]
        .into_iter()
        .flatten()
        .any(|word| matches!(word, "error" | "upstream_error"));
    if is_error && !whole.has_picture() {
        return Err(Box::new(Unreadable::Error(
            Box::new(Envelope::of_text(text)),
            None,
        )));
    }
    if !document.items.is_empty() || document.whole.has_picture() {
        return whole_answer(document, completed, pictures, index);
    }
    if let Some(error) = find_error(whole, false) {
        return Err(Box::new(Unreadable::Error(Box::new(error), None)));
    }
    let mut document = document;
    let mut found = Vec::new();
    if !document.whole.extra.is_empty() {
        // Another API's events carry their pictures in places of their own.
        found = search(&mut document.whole.extra, "", Links::All, pictures);
    }
    let mut happened: Vec<_> = (index..)
        .zip(found)
        .map(|(index, mut found)| {
            found.about.index = index;
            Happened::Image(found)
        })
        .collect();
    if completed {
        happened.push(Happened::Completed(completion(&mut document.whole)));
    } else if happened.is_empty() {
        happened.push(Happened::Unknown {
            kind: kind.to_owned(),
            data: serde_json::from_slice(text).unwrap_or_default(),
        });
    }
    Ok(happened)
}

/// The pictures of an event that is one, or that holds a whole answer; and its end, if it says
/// so or is one.
fn whole_answer(
    document: Document<'_>,
    completed: bool,
    pictures: &mut Pictures,
    index: u32,
) -> Result<Vec<Happened>, Box<Unreadable>> {
    let ends = completed || !document.items.is_empty();
    let answer = answer(document, pictures)?;
    let mut happened: Vec<_> = answer
        .images
        .into_iter()
        .map(|mut found| {
            found.about.index += index;
            Happened::Image(found)
        })
        .collect();
    happened.extend(answer.failures.into_iter().map(Happened::Failed));
    if ends {
        happened.push(Happened::Completed(answer.completion));
    }
    Ok(happened)
}

/// What an event says of the call as a whole.
fn completion(whole: &mut Slots<'_>) -> Completion {
    let mut extra = std::mem::replace(&mut whole.extra, Map::new());
    extra.remove("error");
    Completion {
        usage: whole.usage(),
        model: whole.take(Text::Model),
        created: whole.count(Count::Created),
        quality: whole.take(Text::Quality),
        warnings: Vec::new(),
        extra,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_index_that_cannot_be_one_is_not_taken() {
        for (stated, index) in [(json!(3), 3), (json!(u32::MAX), 7), (json!(null), 7)] {
            let event = json!({"image_index": stated, "b64_json": "/////////////w=="}).to_string();
            let happened = read_event(None, event.as_bytes(), &mut Pictures::default(), 7);
            let happened = happened.unwrap().unwrap();
            let [Happened::Image(found)] = &happened[..] else {
                panic!("{happened:?}");
            };
            assert_eq!(found.about.index, index, "{stated}");
        }
    }
}
