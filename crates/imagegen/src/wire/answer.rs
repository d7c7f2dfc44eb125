//! From an answer's JSON to the pictures in it, tolerant of what gateways make of it.

use bytes::Bytes;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::document::{Document, Slots};
use super::error_body::{find_error, find_ticket};
use super::found::{About, Found, Pictures};
use super::members::{Count, Text};
use super::search::{Links, search};
use crate::error::{Envelope, Pending};
use crate::read::{placeholder_number, repair};
use crate::response::{BoundingBox, Completion, ImageFailure, Layer, Usage};
use crate::save::{Flaw, Picture};
use crate::size::Pixels;

/// A successful answer, read.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) images: Vec<Found>,
    pub(crate) failures: Vec<ImageFailure>,
    pub(crate) completion: Completion,
    /// Whether it breaks off before its end.
    pub(crate) is_cut: bool,
}

/// An answer that is no success.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It says so itself.
    Error(Box<Envelope>, Option<Usage>),
    /// It is a ticket for an answer to come.
    Pending(Pending),
    /// There is no picture in it, and nothing that says why.
    NoImages(Option<Usage>),
    /// Every picture failed.
    AllFailed(Vec<ImageFailure>, Option<Usage>),
    /// It is JSON, but no answer.
    Shape,
}

/// Our code for a picture that is damaged.
const UNDECODABLE: &str = "undecodable_image";

/// Reads an answer of either dialect.
///
/// # Errors
///
/// If the text is no JSON, nor any with a picture or a reason in it can be made of it.
pub(crate) fn read_answer(
    text: &[u8],
    pictures: &mut Pictures,
) -> serde_json::Result<Result<Box<Answer>, Box<Unreadable>>> {
    let (read, broken) = with_document(text, |document| answer(document, pictures))?;
    match (read, broken) {
        (Err(unreadable), Some(broken)) if unreadable.says_nothing() => Err(broken.error),
        (Ok(mut answer), Some(broken)) => {
            answer.is_cut = !broken.is_whole;
            Ok(Ok(answer))
        }
        (read, _) => Ok(read),
    }
}

/// Why a text that was read is no JSON.
pub(super) struct BrokenJson {
    pub(super) error: serde_json::Error,
    /// Whether it came to its end all the same.
    pub(super) is_whole: bool,
}

/// Reads a document, mended where it is no JSON: then the reason comes with it.
pub(super) fn with_document<T>(
    text: &[u8],
    read: impl FnOnce(Document<'_>) -> T,
) -> serde_json::Result<(T, Option<BrokenJson>)> {
    let error = match str::from_utf8(text).map(Document::read) {
        Ok(Ok(document)) => return Ok((read(document), None)),
        Ok(Err(error)) => error,
        Err(error) => serde::de::Error::custom(error),
    };
    match repair(text) {
        Some(mended) => {
            let is_whole = mended.is_whole;
            let read = read(Document::read(&mended.text)?);
            Ok((read, Some(BrokenJson { error, is_whole })))
        }
        None => Err(error),
    }
}

impl Unreadable {
    /// Whether there is neither a picture in it nor a word about one.
    fn says_nothing(&self) -> bool {
        matches!(self, Self::NoImages(_) | Self::Shape)
    }
}

/// What an answer says.
pub(super) fn answer(
    document: Document<'_>,
    pictures: &mut Pictures,
) -> Result<Box<Answer>, Box<Unreadable>> {
    if !document.is_answer {
        return Err(Box::new(Unreadable::Shape));
    }
    let Document {
        mut whole,
        mut items,
        has_data,
        ..
    } = document;
    let error = find_error(&whole, has_data);
    let pending = find_ticket(&whole.extra, &items);
    whole.extra.remove("error");
    let mut answer = Box::new(Answer {
        images: Vec::with_capacity(items.len()),
        failures: Vec::new(),
        completion: Completion {
            usage: whole.usage(),
            model: whole.take(Text::Model),
            created: whole.count(Count::Created),
            quality: whole.take(Text::Quality),
            warnings: Vec::new(),
            extra: Map::new(),
        },
        is_cut: false,
    });
    let said = Said {
        size: whole.text(Text::Size).and_then(pixels),
        output_format: whole.take(Text::OutputFormat),
        background: whole.take(Text::Background),
    };
    if whole.has_picture() {
        // The answer is itself what an item is.
        items.push(std::mem::take(&mut whole));
    }
    for item in items {
        answer.add(item, &said, pictures);
    }
    if !whole.extra.is_empty() {
        for found in search(&mut whole.extra, "", Links::All, pictures) {
            answer.find(found, &said);
        }
    }
    answer.completion.extra = whole.extra;
    answer.completion.extra.retain(|_, value| !value.is_null());
    conclude(answer, error, pending)
}

/// What an answer says of all its pictures.
struct Said {
    size: Option<Pixels>,
    output_format: Option<String>,
    background: Option<String>,
}

impl Answer {
    fn next_index(&self) -> u32 {
        (self.images.len() + self.failures.len()) as u32
    }

    /// Adds the pictures of an item, or why it has none.
    fn add(&mut self, item: Slots<'_>, said: &Said, pictures: &mut Pictures) {
        for picture in read_item(item, self.next_index(), pictures) {
            match picture {
                Ok(found) => self.find(found, said),
                Err(mut failure) => {
                    failure.index = self.next_index();
                    self.failures.push(failure);
                }
            }
        }
    }

    fn find(&mut self, mut found: Found, said: &Said) {
        let index = self.next_index();
        if let Picture::Damaged(raw, flaw) = found.picture {
            self.failures.push(damaged(index, raw, flaw));
            return;
        }
        let about = &mut found.about;
        about.index = index;
        about.size = about.size.or(said.size);
        if about.output_format.is_none() {
            about.output_format.clone_from(&said.output_format);
        }
        if about.background.is_none() {
            about.background.clone_from(&said.background);
        }
        self.images.push(found);
    }
}

/// What an answer comes to that may hold an error, or be a ticket, beside its pictures or without
/// any.
fn conclude(
    mut answer: Box<Answer>,
    error: Option<Envelope>,
    pending: Option<Pending>,
) -> Result<Box<Answer>, Box<Unreadable>> {
    if answer.images.is_empty() {
        return Err(Box::new(no_images(*answer, error, pending)));
    }
    if let Some(envelope) = error {
        answer.failures.push(ImageFailure {
            index: answer.next_index(),
            code: envelope.code,
            message: envelope.message,
            raw: None,
        });
    }
    Ok(answer)
}

fn no_images(answer: Answer, error: Option<Envelope>, pending: Option<Pending>) -> Unreadable {
    let Answer {
        failures,
        completion: Completion { usage, .. },
        ..
    } = answer;
    if let Some(envelope) = error {
        return Unreadable::Error(Box::new(envelope), usage);
    }
    if let Some(pending) = pending {
        return Unreadable::Pending(pending);
    }
    let is_empty = |failure: &ImageFailure| !failure.is_told();
    if failures.iter().all(is_empty) {
        Unreadable::NoImages(usage)
    } else {
        Unreadable::AllFailed(failures, usage)
    }
}

/// The pictures of one item of `data`, or of one event that carries some; or why there is none.
pub(super) fn read_item(
    mut item: Slots<'_>,
    index: u32,
    pictures: &mut Pictures,
) -> Vec<Result<Found, ImageFailure>> {
    let error = find_error(&item, false);
    item.extra.remove("error");
    let about = about(&mut item, index);
    let own = picture_of(item.text(Text::B64Json), item.text(Text::Url), pictures);
    let links = match own {
        Some(_) => Links::Below,
        None => Links::All,
    };
    let mut beside = Vec::new();
    if !item.extra.is_empty() {
        beside = search(&mut item.extra, &format!("data[{index}]"), links, pictures);
    }
    item.extra.retain(|_, value| !value.is_null());
    let mut about = about;
    about.extra = item.extra;
    let mut all = Vec::with_capacity(1 + beside.len());
    match own {
        Some((Picture::Damaged(raw, flaw), _)) => all.push(Err(damaged(index, raw, flaw))),
        Some((picture, link)) => {
            // A link beside the picture itself is worth keeping, but no second copy of it.
            if let Some(link) = link {
                about.extra.insert("url".to_owned(), link.into());
            }
            all.push(Ok(Found {
                picture,
                about,
                place: None,
            }));
        }
        None if beside.is_empty() => all.push(Err(no_picture(index, error))),
        None => {}
    }
    all.extend(beside.into_iter().map(Ok));
    all
}

/// What an item says of its picture.
fn about(item: &mut Slots<'_>, index: u32) -> About {
    About {
        index,
        size: item.text(Text::Size).and_then(pixels),
        revised_prompt: item.take(Text::RevisedPrompt),
        output_format: item.take(Text::OutputFormat),
        background: item.take(Text::Background),
        layer: item.integer(Count::ZIndex).map(|z_index| {
            Box::new(Layer {
                z_index,
                name: item.take(Text::Name),
                description: item.take(Text::Description),
                bounding_box: bounding_box(&mut item.extra),
            })
        }),
        extra: Map::new(),
    }
}

fn bounding_box(extra: &mut Map<String, Value>) -> Option<BoundingBox> {
    let given = extra.get("bounding_box")?;
    let read = imagegen_api::types::BoundingBox::deserialize(given).ok()?;
    extra.remove("bounding_box");
    Some(BoundingBox {
        absolute: read.absolute,
        normalized: read.normalized,
    })
}

fn no_picture(index: u32, error: Option<Envelope>) -> ImageFailure {
    let (code, message) = match error {
        Some(Envelope { code, message, .. }) => (code, message),
        None => (
            Some(ImageFailure::NO_CONTENT.to_owned()),
            Some("the item holds neither a picture nor an error".to_owned()),
        ),
    };
    ImageFailure {
        index,
        code,
        message,
        raw: None,
    }
}

/// The picture of an item, by its `b64_json` or its `url`, and a link beside it.
fn picture_of(
    b64_json: Option<&str>,
    url: Option<&str>,
    pictures: &mut Pictures,
) -> Option<(Picture, Option<String>)> {
    let is_link = |url: &&str| !url.starts_with("data:") && placeholder_number(url).is_none();
    let link = url.filter(is_link).map(str::to_owned);
    let text = b64_json.or_else(|| url.filter(|url| !is_link(url)));
    match (text.map(|text| pictures.take(text)), link) {
        (Some(Picture::Damaged(..) | Picture::Lost(_)) | None, Some(link)) => {
            Some((Picture::Link(link), None))
        }
        (Some(picture), link) => Some((picture, link)),
        (None, None) => None,
    }
}

/// The failure of a picture that is damaged.
pub(crate) fn damaged(index: u32, raw: Bytes, flaw: Flaw) -> ImageFailure {
    ImageFailure {
        index,
        code: Some(UNDECODABLE.to_owned()),
        message: Some(flaw.to_string()),
        raw: Some(raw),
    }
}

/// A stated size; Ark's page prints it with a multiplication sign.
pub(super) fn pixels(text: &str) -> Option<Pixels> {
    text.replace('×', "x").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// A PNG of one pixel, in base64.
    const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP438EAAAQRAYhPXesHAAAAAElFTkSuQmCC";

    fn read(value: Value) -> Result<Box<Answer>, Box<Unreadable>> {
        read_answer(value.to_string().as_bytes(), &mut Pictures::default()).unwrap()
    }

    fn inline(answer: &Answer) -> Vec<usize> {
        answer
            .images
            .iter()
            .filter_map(|found| match &found.picture {
                Picture::Memory(bytes) => Some(bytes.len()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn an_openai_answer_is_read() {
        let answer = read(json!({
            "created": 1, "background": "opaque", "output_format": "png", "quality": "low",
            "size": "1024x1024", "data": [{"b64_json": PNG, "revised_prompt": "p"}],
            "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        }))
        .unwrap();
        assert_eq!(inline(&answer), [69]);
        assert_eq!(answer.images[0].about.size, Some(Pixels::new(1024, 1024)));
        assert_eq!(answer.images[0].about.background.as_deref(), Some("opaque"));
        assert_eq!(answer.completion.usage.unwrap().total_tokens, Some(3));
    }

    #[test]
    fn a_partly_failed_group_keeps_its_pictures() {
        let answer = read(json!({
            "model": "doubao-seedream-4-5", "created": 1,
            "data": [
                {"url": "https://example.com/1.jpeg", "size": "2048×2048"},
                {"error": {"code": "OutputImageSensitiveContentDetected", "message": "m"}},
            ],
            "usage": {"generated_images": 1},
        }))
        .unwrap();
        assert_eq!(answer.images[0].about.size, Some(Pixels::new(2048, 2048)));
        assert_eq!(answer.failures[0].index, 1);
        assert_eq!(
            answer.failures[0].code.as_deref(),
            Some("OutputImageSensitiveContentDetected")
        );
    }

    #[test]
    fn pictures_are_found_wherever_gateways_put_them() {
        for (data, count) in [
            (json!([PNG]), 1),
            (json!({"b64_json": PNG}), 1),
            (json!([format!(" {PNG}\n")]), 1),
            (json!([{"url": "", "b64_json": PNG}]), 1),
            (json!([{"url": format!("data:image/png;base64,{PNG}")}]), 1),
            (
                json!([{"b64_json": format!("data:image/png;base64,{PNG}"), "size": 7, "created": {}}]),
                1,
            ),
            (
                json!([{"url": ["https://example.com/1", "https://example.com/2"]}]),
                2,
            ),
        ] {
            let answer = read(json!({"data": data, "created": "?", "usage": []})).unwrap();
            assert_eq!(answer.images.len(), count, "{data}");
        }
    }

    #[test]
    fn what_is_no_success_says_what_it_is() {
        assert!(matches!(
            *read(json!({"error": {"message": "m"}})).unwrap_err(),
            Unreadable::Error(..)
        ));
        assert!(matches!(
            *read(json!({"success": false})).unwrap_err(),
            Unreadable::Error(..)
        ));
        assert!(matches!(
            *read(json!({"data": null})).unwrap_err(),
            Unreadable::NoImages(_)
        ));
        assert!(matches!(
            *read(json!({"data": [{"url": null, "b64_json": ""}]})).unwrap_err(),
            Unreadable::NoImages(_)
        ));
        assert!(matches!(
            *read(json!({"data": [{"task_id": "t", "status": "submitted"}]})).unwrap_err(),
            Unreadable::Pending(_)
        ));
        assert!(matches!(*read(json!([])).unwrap_err(), Unreadable::Shape));
    }

    #[test]
    fn a_text_that_begins_as_a_link_does_may_be_base64() {
        let answer = read(json!({"data": ["httpAAAA", "http://example.com/1"]})).unwrap();
        assert_eq!(inline(&answer), [6]);
        assert_eq!(answer.images.len(), 2);
    }

    #[test]
    fn undecodable_base64_is_handed_over() {
        let data = json!([{"b64_json": "***"}, {"b64_json": PNG}]);
        let answer = read(json!({ "data": data })).unwrap();
        assert_eq!(answer.images[0].about.index, 1);
        assert_eq!(answer.failures[0].raw.as_deref(), Some(&b"***"[..]));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            // NUL begins the mark that stands for a decoded picture.
            "\0[0-9]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    /// Every member beside the picture that the contract has, and one that it has not.
    const OPTIONAL: &[&str] = &[
        "/created",
        "/model",
        "/background",
        "/output_format",
        "/quality",
        "/size",
        "/tools",
        "/usage",
        "/error",
        "/zzz",
        "/data/0/url",
        "/data/0/revised_prompt",
        "/data/0/size",
        "/data/0/output_format",
        "/data/0/background",
        "/data/0/error",
        "/data/0/z_index",
        "/data/0/name",
        "/data/0/description",
        "/data/0/bounding_box",
        "/data/0/zzz",
        "/usage/input_tokens",
        "/usage/input_tokens_details",
        "/usage/tool_usage",
        "/data/1",
    ];

    proptest! {
        #[test]
        fn no_value_of_any_optional_member_loses_a_picture(
            members in proptest::collection::vec((proptest::sample::select(OPTIONAL), any_json()), 0..5),
        ) {
            let mut answer = json!({
                "created": 1, "model": "m", "background": "b", "output_format": "png",
                "quality": "q", "size": "1x1", "tools": [], "error": null, "zzz": 0,
                "usage": {"input_tokens": 1, "input_tokens_details": {}, "tool_usage": {}},
                "data": [
                    {"b64_json": PNG, "url": "", "revised_prompt": "r", "size": "1x1",
                     "output_format": "png", "background": "b", "error": null, "z_index": 0,
                     "name": "n", "description": "d", "bounding_box": {}, "zzz": 0},
                    {"url": "https://example.com/1"},
                ],
            });
            for (place, value) in members {
                if let Some(member) = answer.pointer_mut(place) {
                    *member = value;
                }
            }
            let read = read(answer.clone());
            let found = read.as_ref().is_ok_and(|answer| {
                inline(answer).contains(&69)
            });
            prop_assert!(found, "{answer}");
        }

        #[test]
        fn no_answer_panics(answer in any_json()) {
            let _ = read(answer.clone());
            let _ = read(json!({ "data": answer }));
            let text = answer.to_string();
            let _ = super::super::read_event(None, text.as_bytes(), &mut Pictures::default(), 0);
        }
    }
}
