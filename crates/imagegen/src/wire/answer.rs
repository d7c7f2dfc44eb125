//! From an answer's JSON, through the generated types, to ours; tolerant of what gateways make
//! of it.

use bytes::Bytes;
use imagegen_api::types;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::lenient::{Kind, fit};
use crate::error::{Envelope, Pending};
use crate::read::{decode_text, payload_start, placeholder_number};
use crate::response::{BoundingBox, Completion, Image, ImageData, ImageFailure, Layer, Usage};
use crate::save::Picture;
use crate::size::Pixels;

/// A successful answer, read.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) images: Vec<Found>,
    pub(crate) failures: Vec<ImageFailure>,
    pub(crate) completion: Completion,
}

/// A picture of an answer, and where it is if it was decoded into a file or lost on the way to
/// one; the image's data is empty until that file has a name.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) image: Image,
    pub(crate) picture: Option<Picture>,
}

/// The pictures that were decoded while a document arrived, by their numbers in it.
#[derive(Debug, Default)]
pub(crate) struct Pictures(Vec<Option<Picture>>);

impl From<Vec<Picture>> for Pictures {
    fn from(pictures: Vec<Picture>) -> Self {
        Self(pictures.into_iter().map(Some).collect())
    }
}

impl Pictures {
    /// The pictures that nothing in the document led to.
    pub(crate) fn left(self) -> Vec<Picture> {
        self.0.into_iter().flatten().collect()
    }

    /// The picture a text of the document stands for, or is.
    fn take(&mut self, text: &str) -> Picture {
        let decoded =
            placeholder_number(text).and_then(|number| self.0.get_mut(number as usize)?.take());
        decoded.unwrap_or_else(|| decode(text))
    }
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
    /// It is JSON of another kind.
    Shape(&'static str),
}

/// Our code for an item with nothing in it.
const NO_CONTENT: &str = "no_content";
/// Our code for a picture whose base64 is damaged.
const UNDECODABLE: &str = "undecodable_image";

const ANSWER: &[(&str, Kind)] = &[
    ("background", Kind::Text),
    ("created", Kind::Timestamp),
    ("model", Kind::Text),
    ("output_format", Kind::Text),
    ("quality", Kind::Text),
    ("size", Kind::Text),
];

const ITEM: &[(&str, Kind)] = &[
    ("b64_json", Kind::Text),
    ("background", Kind::Text),
    ("description", Kind::Text),
    ("name", Kind::Text),
    ("output_format", Kind::Text),
    ("revised_prompt", Kind::Text),
    ("size", Kind::Text),
    ("url", Kind::Text),
    ("z_index", Kind::Integer),
];

/// The first JSON value of a text; some gateways send more behind it.
pub(crate) fn first_value(text: &[u8]) -> serde_json::Result<Value> {
    Value::deserialize(&mut serde_json::Deserializer::from_slice(text))
}

/// Reads an answer of either dialect.
pub(super) fn read(
    mut value: Value,
    pictures: &mut Pictures,
) -> Result<Box<Answer>, Box<Unreadable>> {
    let error = Envelope::find(&value);
    let Some(object) = value.as_object_mut() else {
        return Err(Box::new(Unreadable::Shape(
            "the answer is JSON, but no object",
        )));
    };
    let pending = Pending::find(object);
    let items = match object.remove("data") {
        Some(Value::Array(items)) => items,
        Some(item @ Value::Object(_)) => vec![item],
        Some(Value::Null) | None => Vec::new(),
        Some(other) => {
            object.insert("data".to_owned(), other);
            Vec::new()
        }
    };
    // Members that hold objects are taken out and read by themselves: whatever is in them, it
    // must not stop the rest.
    let usage = object.remove("usage");
    let tools = object.remove("tools");
    object.remove("error");
    let odd = fit(object, ANSWER);
    let Ok(mut response) = types::ImagesResponse::deserialize(value) else {
        return Err(Box::new(Unreadable::Shape(
            "the answer has none of the members of an image answer",
        )));
    };
    response.extra.extend(odd);
    if let Some(tools) = tools.filter(|tools| !tools.is_null()) {
        response.extra.insert("tools".to_owned(), tools);
    }
    let types::ImagesResponse {
        background,
        created,
        data: _,
        usage: _,
        error: _,
        tools: _,
        model,
        output_format,
        quality,
        size,
        extra,
    } = response;
    let mut answer = Box::new(Answer {
        images: Vec::with_capacity(items.len()),
        failures: Vec::new(),
        completion: Completion {
            usage: usage.as_ref().and_then(Usage::read),
            model,
            created: created.and_then(|seconds| u64::try_from(seconds).ok()),
            quality,
            warnings: Vec::new(),
            extra,
        },
    });
    let whole = Whole {
        size: size.as_deref().and_then(pixels),
        output_format,
        background,
    };
    for (item, index) in items.into_iter().flat_map(spread).zip(0..) {
        answer.add(read_image(item, index, pictures), &whole);
    }
    conclude(answer, error, pending)
}

/// What an answer says of all its pictures.
pub(super) struct Whole {
    pub(super) size: Option<Pixels>,
    pub(super) output_format: Option<String>,
    pub(super) background: Option<String>,
}

impl Answer {
    /// Adds what an item came to.
    pub(super) fn add(&mut self, item: Result<Found, ImageFailure>, whole: &Whole) {
        match item {
            Ok(mut found) => {
                let image = &mut found.image;
                image.size = image.size.or(whole.size);
                if image.output_format.is_none() {
                    image.output_format.clone_from(&whole.output_format);
                }
                if image.background.is_none() {
                    image.background.clone_from(&whole.background);
                }
                self.images.push(found);
            }
            Err(failure) => self.failures.push(failure),
        }
    }
}

/// What an answer comes to that may hold an error, or be a ticket, beside its pictures or without
/// any.
pub(super) fn conclude(
    mut answer: Box<Answer>,
    error: Option<Envelope>,
    pending: Option<Pending>,
) -> Result<Box<Answer>, Box<Unreadable>> {
    if answer.images.is_empty() {
        return Err(Box::new(no_images(*answer, error, pending)));
    }
    if let Some(envelope) = error {
        let index = (answer.images.len() + answer.failures.len()) as u32;
        answer.failures.push(ImageFailure {
            index,
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
    let is_empty = |failure: &ImageFailure| failure.code.as_deref() == Some(NO_CONTENT);
    if failures.iter().all(is_empty) {
        Unreadable::NoImages(usage)
    } else {
        Unreadable::AllFailed(failures, usage)
    }
}

/// One item as many pictures as it holds: a bare text is one, a list of links is several.
pub(super) fn spread(item: Value) -> Vec<Value> {
    let member = |name: &str, value: Value| Value::from(Map::from_iter([(name.to_owned(), value)]));
    match item {
        Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {
            vec![member("url", text.into())]
        }
        Value::String(text) => vec![member("b64_json", text.into())],
        Value::Object(mut object) => match object.remove("url") {
            Some(Value::Array(urls)) if !urls.is_empty() => urls
                .into_iter()
                .map(|url| {
                    let mut item = object.clone();
                    item.insert("url".to_owned(), url);
                    item.into()
                })
                .collect(),
            Some(url) => {
                object.insert("url".to_owned(), url);
                vec![object.into()]
            }
            None => vec![object.into()],
        },
        other => vec![member("item", other)],
    }
}

/// Reads one item of `data`, or one event that carries a picture.
pub(crate) fn read_image(
    mut item: Value,
    index: u32,
    pictures: &mut Pictures,
) -> Result<Found, ImageFailure> {
    let error = Envelope::find(&item);
    let mut bounding_box = None;
    let odd = match item.as_object_mut() {
        Some(object) => {
            object.remove("error");
            bounding_box = object.remove("bounding_box");
            fit(object, ITEM)
        }
        None => Map::new(),
    };
    let Ok(mut image) = types::Image::deserialize(item) else {
        return Err(no_picture(index, error));
    };
    image.extra.extend(odd);
    if let Some(given) = bounding_box.filter(|given| !given.is_null()) {
        match types::BoundingBox::deserialize(&given) {
            Ok(read) => image.bounding_box = Some(read),
            Err(_) => image.extra.extend([("bounding_box".to_owned(), given)]),
        }
    }
    let types::Image {
        b64_json,
        background,
        bounding_box,
        description,
        error: _,
        name,
        output_format,
        revised_prompt,
        size,
        url,
        z_index,
        mut extra,
    } = image;
    let mut found = picture_of(b64_json.as_deref(), url, index, pictures, error)?;
    // A link beside the picture itself is among them already.
    extra.append(&mut found.image.extra);
    found.image = Image {
        size: size.as_deref().and_then(pixels),
        revised_prompt,
        output_format,
        background,
        layer: z_index.map(|z_index| {
            Box::new(Layer {
                z_index,
                name,
                description,
                bounding_box: bounding_box.map(|given| BoundingBox {
                    absolute: given.absolute,
                    normalized: given.normalized,
                }),
            })
        }),
        extra,
        ..found.image
    };
    Ok(found)
}

fn no_picture(index: u32, error: Option<Envelope>) -> ImageFailure {
    let (code, message) = match error {
        Some(Envelope { code, message, .. }) => (code, message),
        None => (
            Some(NO_CONTENT.to_owned()),
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

/// The picture of an item, by its `b64_json` or its `url`, or what was said of it instead.
pub(super) fn picture_of(
    b64_json: Option<&str>,
    url: Option<String>,
    index: u32,
    pictures: &mut Pictures,
    error: Option<Envelope>,
) -> Result<Found, ImageFailure> {
    let is_link = |url: &str| !url.starts_with("data:") && placeholder_number(url).is_none();
    let (link, uri) = match url {
        Some(url) if is_link(&url) => (Some(url), None),
        uri => (None, uri),
    };
    let picture = b64_json.or(uri.as_deref()).map(|text| pictures.take(text));
    let found = |data, picture, link: Option<String>| {
        let mut image = Image::bare(index, data);
        // A link beside the picture itself is worth keeping, but no second copy of it.
        if let Some(link) = link {
            image.extra.insert("url".to_owned(), link.into());
        }
        Ok(Found { image, picture })
    };
    match (picture, link) {
        (Some(Picture::Memory(bytes)), link) => found(ImageData::Inline(bytes), None, link),
        (Some(Picture::Written(written)), link) => found(ImageData::Written(written), None, link),
        (Some(Picture::Damaged(_) | Picture::Lost(_)) | None, Some(link)) => {
            found(ImageData::Url(link), None, None)
        }
        (Some(Picture::Damaged(raw)), None) => Err(damaged(index, raw)),
        (Some(picture @ (Picture::File(_) | Picture::Lost(_))), link) => {
            found(ImageData::Inline(Bytes::new()), Some(picture), link)
        }
        (None, None) => Err(no_picture(index, error)),
    }
}

/// The failure of a picture whose base64 is damaged.
pub(crate) fn damaged(index: u32, raw: Bytes) -> ImageFailure {
    ImageFailure {
        index,
        code: Some(UNDECODABLE.to_owned()),
        message: Some("its base64 is damaged".to_owned()),
        raw: Some(raw),
    }
}

/// Decodes a short text that stayed in the document.
fn decode(text: &str) -> Picture {
    let text = text.trim_ascii();
    let start = payload_start(text.as_bytes()).unwrap_or(text.len());
    match decode_text(&text[start..]) {
        Ok(bytes) => Picture::Memory(bytes.into()),
        // Nothing was decoded of an empty text; the text itself is what there is.
        Err(left) if left.is_empty() => Picture::Damaged(Bytes::copy_from_slice(text.as_bytes())),
        Err(left) => Picture::Damaged(left.into()),
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

    /// A PNG signature, in base64.
    const PNG: &str = "iVBORw0KGgo=";

    fn read(value: Value) -> Result<Box<Answer>, Box<Unreadable>> {
        super::read(value, &mut Pictures::default())
    }

    fn inline(answer: &Answer) -> Vec<usize> {
        answer
            .images
            .iter()
            .filter_map(|found| found.image.bytes())
            .map(|bytes| bytes.len())
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
        assert_eq!(inline(&answer), [8]);
        assert_eq!(answer.images[0].image.size, Some(Pixels::new(1024, 1024)));
        assert_eq!(answer.images[0].image.background.as_deref(), Some("opaque"));
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
        assert_eq!(answer.images[0].image.size, Some(Pixels::new(2048, 2048)));
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
        assert!(matches!(
            *read(json!([])).unwrap_err(),
            Unreadable::Shape(_)
        ));
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
        assert_eq!(answer.images[0].image.index, 1);
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
                answer.images.iter().any(|found| found.image.bytes().is_some_and(|b| b.len() == 8))
            });
            prop_assert!(found, "{answer}");
        }

        #[test]
        fn no_answer_panics(answer in any_json()) {
            let _ = read(answer.clone());
            let _ = read(json!({ "data": answer }));
            let _ = super::super::read_event(None, answer, &mut Pictures::default(), 0);
        }
    }
}
