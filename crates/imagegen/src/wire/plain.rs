//! Answers as most calls get them, read straight into what they say.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Map;

use super::answer::{
    Answer, Found, Pictures, Unreadable, Whole, conclude, first_value, picture_of, pixels, read,
};
use crate::response::{Completion, ImageFailure, Usage};

/// Reads an answer of either dialect.
///
/// # Errors
///
/// If the text is no JSON.
pub(crate) fn read_text(
    text: &[u8],
    pictures: &mut Pictures,
) -> serde_json::Result<Result<Box<Answer>, Box<Unreadable>>> {
    match read_plain(text, pictures) {
        Some(read) => Ok(read),
        None => first_value(text).map(|value| read(value, pictures)),
    }
}

/// Reads an answer in which nothing is odd; `None` where something is, for [`read`] to see.
///
/// It finds what [`read`] finds, without a tree of JSON values between the text and the types:
/// most answers are small, and that tree is most of what they cost.
fn read_plain(
    text: &[u8],
    pictures: &mut Pictures,
) -> Option<Result<Box<Answer>, Box<Unreadable>>> {
    // What follows the document is nobody's business, as in `first_value`.
    let mut json = serde_json::Deserializer::from_str(str::from_utf8(text).ok()?);
    let (mut texts, mut numbers, mut items) = (Texts::default(), Numbers::default(), Vec::new());
    let whole = Object {
        members: ANSWER,
        texts: &mut texts,
        numbers: &mut numbers,
        items: &mut items,
    };
    whole.deserialize(&mut json).ok()?;
    let created = numbers.get(Number::Created);
    // The contract's timestamps are signed; zero stands for none.
    let is_odd = created.is_some_and(|seconds| seconds == 0 || i64::try_from(seconds).is_err());
    if items.is_empty() || !items.iter().all(Texts::have_picture) || is_odd {
        return None;
    }
    let mut answer = Box::new(Answer {
        images: Vec::with_capacity(items.len()),
        failures: Vec::new(),
        completion: Completion {
            usage: numbers.usage(),
            model: texts.take(Text::Model),
            created,
            quality: texts.take(Text::Quality),
            warnings: Vec::new(),
            extra: Map::new(),
        },
    });
    let whole = Whole {
        size: texts.get(Text::Size).and_then(pixels),
        output_format: texts.take(Text::OutputFormat),
        background: texts.take(Text::Background),
    };
    for (item, index) in items.into_iter().zip(0..) {
        answer.add(item.found(index, pictures), &whole);
    }
    Some(conclude(answer, None, None))
}

/// The members an object may have to be plain.
type Members = &'static [(&'static str, Member)];

#[derive(Clone, Copy)]
enum Member {
    Text(Text),
    Number(Number),
    Object(Members),
    /// The array of the pictures.
    Items,
}

#[derive(Clone, Copy)]
enum Text {
    B64Json,
    Background,
    Model,
    OutputFormat,
    Quality,
    RevisedPrompt,
    Size,
    Url,
}

#[derive(Clone, Copy)]
enum Number {
    Created,
    GeneratedImages,
    InputImageTokens,
    InputImages,
    InputTextTokens,
    InputTokens,
    OutputImageTokens,
    OutputTextTokens,
    OutputTokens,
    TotalTokens,
    WebSearches,
}

const ANSWER: Members = &[
    ("created", Member::Number(Number::Created)),
    ("data", Member::Items),
    ("usage", Member::Object(USAGE)),
    ("model", Member::Text(Text::Model)),
    ("size", Member::Text(Text::Size)),
    ("quality", Member::Text(Text::Quality)),
    ("background", Member::Text(Text::Background)),
    ("output_format", Member::Text(Text::OutputFormat)),
];

const ITEM: Members = &[
    ("url", Member::Text(Text::Url)),
    ("b64_json", Member::Text(Text::B64Json)),
    ("size", Member::Text(Text::Size)),
    ("revised_prompt", Member::Text(Text::RevisedPrompt)),
    ("background", Member::Text(Text::Background)),
    ("output_format", Member::Text(Text::OutputFormat)),
];

const USAGE: Members = &[
    ("input_tokens", Member::Number(Number::InputTokens)),
    ("output_tokens", Member::Number(Number::OutputTokens)),
    ("total_tokens", Member::Number(Number::TotalTokens)),
    ("input_tokens_details", Member::Object(INPUT)),
    ("output_tokens_details", Member::Object(OUTPUT)),
    ("generated_images", Member::Number(Number::GeneratedImages)),
    ("input_images", Member::Number(Number::InputImages)),
    ("tool_usage", Member::Object(TOOLS)),
];

const INPUT: Members = &[
    ("text_tokens", Member::Number(Number::InputTextTokens)),
    ("image_tokens", Member::Number(Number::InputImageTokens)),
];

const OUTPUT: Members = &[
    ("text_tokens", Member::Number(Number::OutputTextTokens)),
    ("image_tokens", Member::Number(Number::OutputImageTokens)),
];

const TOOLS: Members = &[("web_search", Member::Number(Number::WebSearches))];

/// The texts of an answer or of an item, borrowed where they have no escapes.
#[derive(Default)]
struct Texts<'a>([Option<Cow<'a, str>>; 8]);

impl Texts<'_> {
    fn get(&self, text: Text) -> Option<&str> {
        self.0[text as usize].as_deref()
    }

    #[inline(never)] // One copy of the code, for what is said of `Object`.
    fn take(&mut self, text: Text) -> Option<String> {
        self.0[text as usize].take().map(Cow::into_owned)
    }

    fn have_picture(&self) -> bool {
        self.get(Text::Url).is_some() || self.get(Text::B64Json).is_some()
    }

    /// The picture of an item.
    fn found(mut self, index: u32, pictures: &mut Pictures) -> Result<Found, ImageFailure> {
        let url = self.take(Text::Url);
        let mut found = picture_of(self.get(Text::B64Json), url, index, pictures, None)?;
        let image = &mut found.image;
        image.size = self.get(Text::Size).and_then(pixels);
        image.revised_prompt = self.take(Text::RevisedPrompt);
        image.output_format = self.take(Text::OutputFormat);
        image.background = self.take(Text::Background);
        Ok(found)
    }
}

/// The numbers of an answer.
#[derive(Default)]
struct Numbers([Option<u64>; 11]);

impl Numbers {
    fn get(&self, number: Number) -> Option<u64> {
        self.0[number as usize]
    }

    fn usage(&self) -> Option<Usage> {
        // All but `created` are of it, and one with nothing in it is not plain.
        let is_there = self.0[Number::Created as usize + 1..]
            .iter()
            .any(Option::is_some);
        is_there.then(|| Usage {
            input_tokens: self.get(Number::InputTokens),
            input_text_tokens: self.get(Number::InputTextTokens),
            input_image_tokens: self.get(Number::InputImageTokens),
            output_tokens: self.get(Number::OutputTokens),
            output_image_tokens: self.get(Number::OutputImageTokens),
            output_text_tokens: self.get(Number::OutputTextTokens),
            total_tokens: self.get(Number::TotalTokens),
            generated_images: self.get(Number::GeneratedImages),
            input_images: self.get(Number::InputImages),
            web_searches: self.get(Number::WebSearches),
            extra: Map::new(),
        })
    }
}

/// Reads an object, or `null`; whether it says anything. Fails at whatever is odd.
///
/// One piece of code reads every object by its table: what runs once a call costs its length, for
/// it has to come from memory.
struct Object<'s, 'a> {
    members: Members,
    texts: &'s mut Texts<'a>,
    numbers: &'s mut Numbers,
    items: &'s mut Vec<Texts<'a>>,
}

impl<'a> DeserializeSeed<'a> for Object<'_, 'a> {
    type Value = bool;

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_option(self)
    }
}

impl<'a> Visitor<'a> for Object<'_, 'a> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    #[inline]
    fn visit_none<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    #[inline]
    fn visit_some<D: Deserializer<'a>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_map(self)
    }

    #[inline]
    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<bool, M::Error> {
        let (mut seen, mut says_something) = (0_u32, false);
        while let Some(at) = map.next_key_seed(Name(self.members))? {
            if seen & 1 << at != 0 {
                return Err(odd());
            }
            seen |= 1 << at;
            says_something |= match self.members[at].1 {
                Member::Text(text) => {
                    let value = map.next_value::<Option<Borrowed<'a>>>()?;
                    let text = &mut self.texts.0[text as usize];
                    *text = value.map(|value| value.0);
                    if text.as_ref().is_some_and(|text| text.is_empty()) {
                        // Gateways put these where nothing is.
                        return Err(odd());
                    }
                    text.is_some()
                }
                Member::Number(number) => {
                    let number = &mut self.numbers.0[number as usize];
                    *number = map.next_value()?;
                    number.is_some()
                }
                Member::Object(members) => map.next_value_seed(Object {
                    members,
                    texts: self.texts,
                    numbers: self.numbers,
                    items: self.items,
                })?,
                Member::Items => {
                    map.next_value_seed(Items(self.numbers, self.items))?;
                    true
                }
            };
        }
        if says_something { Ok(true) } else { Err(odd()) }
    }
}

/// Reads the array of the pictures.
struct Items<'s, 'a>(&'s mut Numbers, &'s mut Vec<Texts<'a>>);

impl<'a> DeserializeSeed<'a> for Items<'_, 'a> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Items<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    #[inline]
    fn visit_seq<S: SeqAccess<'a>>(self, mut seq: S) -> Result<(), S::Error> {
        let Self(numbers, items) = self;
        let mut texts = Texts::default();
        loop {
            let item = Object {
                members: ITEM,
                texts: &mut texts,
                numbers,
                items,
            };
            if seq.next_element_seed(item)?.is_none() {
                return Ok(());
            }
            items.push(std::mem::take(&mut texts));
        }
    }
}

/// Finds the member of a name; fails where there is none.
struct Name(Members);

impl<'a> DeserializeSeed<'a> for Name {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<usize, D::Error> {
        json.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let at = self.0.iter().position(|(known, _)| *known == name);
        at.ok_or_else(odd)
    }
}

/// A text, borrowed where it has no escapes; without this an optional one never is.
#[derive(Deserialize)]
#[serde(transparent)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

#[cold]
fn odd<E: Error>() -> E {
    E::custom("this is not plain")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Completion;
    use crate::response::ImageData;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// What an answer says, comparable.
    fn said(answer: Result<Box<Answer>, Box<Unreadable>>) -> String {
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
                    ..
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

    #[test]
    fn a_timestamp_that_is_none_is_not_plain() {
        for created in [json!(0), json!(-1), json!(1.5), json!(u64::MAX), json!("1")] {
            let mut answer = full();
            answer["created"] = created;
            let text = answer.to_string();
            assert!(read_plain(text.as_bytes(), &mut Pictures::default()).is_none());
        }
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
