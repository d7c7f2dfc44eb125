//! Reads any JSON a server answers with, whole or one event, into the members the contract knows
//! and everything else as it came.
//!
//! Gateways answer with numbers as texts, texts as numbers, objects where a list belongs. A known
//! member of the expected kind goes to its slot; anything else is bent there and then, or kept
//! under its own name, so that one odd member never costs the picture beside it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::members::{
    COUNTS, Count, DOCUMENT, ITEM, Member, Members, TEXTS, Text, USAGE, USAGE_BEGINS,
};
use crate::response::{Usage, number};
use crate::time::rfc3339;

/// What a document says.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    /// The members of the document itself.
    pub(super) whole: Slots<'a>,
    /// The pictures of the list `data`, or of a list that is the document.
    pub(super) items: Vec<Slots<'a>>,
    /// Whether it has a member `data`, whatever is in it.
    pub(super) has_data: bool,
    /// Whether it is an object, or a list with one or with a text in it.
    pub(super) is_answer: bool,
}

/// The members of one object.
#[derive(Debug, Default)]
pub(super) struct Slots<'a> {
    texts: [Option<Cow<'a, str>>; TEXTS],
    counts: [Option<i64>; COUNTS],
    /// The members no slot has, or whose value fits none.
    pub(super) extra: Map<String, Value>,
    usage_extra: Map<String, Value>,
}

impl<'a> Document<'a> {
    /// Reads the first JSON value of a text; some gateways send more behind it.
    ///
    /// # Errors
    ///
    /// If the text is no JSON.
    pub(super) fn read(text: &'a str) -> serde_json::Result<Self> {
        let mut document = Self::default();
        Top(&mut document).deserialize(&mut serde_json::Deserializer::from_str(text))?;
        Ok(document)
    }
}

impl Slots<'_> {
    pub(super) fn text(&self, text: Text) -> Option<&str> {
        self.texts[text as usize].as_deref()
    }

    #[inline(never)] // One copy of the code: what runs once a call costs its length.
    pub(super) fn take(&mut self, text: Text) -> Option<String> {
        self.texts[text as usize].take().map(Cow::into_owned)
    }

    pub(super) fn integer(&self, count: Count) -> Option<i64> {
        self.counts[count as usize]
    }

    pub(super) fn count(&self, count: Count) -> Option<u64> {
        self.integer(count)
            .and_then(|count| u64::try_from(count).ok())
    }

    /// Whether it names a picture, whatever it is worth.
    pub(super) fn has_picture(&self) -> bool {
        self.text(Text::B64Json).is_some() || self.text(Text::Url).is_some()
    }

    /// What the call consumed; `None` where there is nothing in it.
    pub(super) fn usage(&mut self) -> Option<Usage> {
        let figures = &self.counts[USAGE_BEGINS..];
        if figures.iter().all(Option::is_none) && self.usage_extra.is_empty() {
            return None;
        }
        Some(Usage {
            input_tokens: self.count(Count::InputTokens),
            input_text_tokens: self.count(Count::InputTextTokens),
            input_image_tokens: self.count(Count::InputImageTokens),
            output_tokens: self.count(Count::OutputTokens),
            output_image_tokens: self.count(Count::OutputImageTokens),
            output_text_tokens: self.count(Count::OutputTextTokens),
            total_tokens: self.count(Count::TotalTokens),
            generated_images: self.count(Count::GeneratedImages),
            input_images: self.count(Count::InputImages),
            web_searches: self.count(Count::WebSearches),
            extra: std::mem::take(&mut self.usage_extra),
        })
    }
}

impl<'a> Slots<'a> {
    /// A picture that is a bare text: a link or base64.
    fn of_text(text: Cow<'a, str>) -> Self {
        let slot = match text.starts_with("http://") || text.starts_with("https://") {
            true => Text::Url,
            false => Text::B64Json,
        };
        let mut slots = Self::default();
        slots.texts[slot as usize] = Some(text);
        slots
    }

    /// Puts a value into the slot of a text, or gives it back.
    fn put_text(&mut self, text: Text, value: Scalar<'a>) -> Option<Value> {
        let slot = &mut self.texts[text as usize];
        match value {
            // Gateways put an empty text where nothing is.
            Scalar::Null => None,
            Scalar::Text(value) if value.is_empty() => None,
            Scalar::Text(value) if slot.is_none() => {
                *slot = Some(value);
                None
            }
            Scalar::Number(value) if slot.is_none() => {
                *slot = Some(value.to_string().into());
                None
            }
            Scalar::Text(value) => Some(value.into()),
            Scalar::Number(value) => Some(value.into()),
            Scalar::Other(Value::Number(value)) if slot.is_none() => {
                *slot = Some(value.to_string().into());
                None
            }
            Scalar::Other(value) => Some(value),
        }
    }

    /// Puts a value into the slot of a number, or gives it back.
    fn put_count(&mut self, member: Member, value: Scalar<'a>) -> Option<Value> {
        let (Member::Count(count) | Member::Integer(count) | Member::Time(count)) = member else {
            return None;
        };
        let (read, value) = match value {
            Scalar::Null => return None,
            Scalar::Number(read) => (i64::try_from(read).ok(), Value::from(read)),
            Scalar::Text(text) => {
                let value = Value::from(text);
                let seconds = match member {
                    Member::Time(_) => value.as_str().and_then(rfc3339),
                    _ => None,
                };
                (seconds.or_else(|| whole(&value)), value)
            }
            Scalar::Other(value) => (whole(&value), value),
        };
        let Some(read) = read else { return Some(value) };
        match member {
            // Zero stands for no time.
            Member::Time(_) if read == 0 => return None,
            Member::Count(_) if read < 0 => return Some(value),
            _ => {}
        }
        self.counts[count as usize].get_or_insert(read);
        None
    }
}

/// A number that may come as a float or a text.
fn whole(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| number(value).and_then(|number| i64::try_from(number).ok()))
}

/// Reads the document, whatever kind of value it is.
struct Top<'d, 'a>(&'d mut Document<'a>);

impl<'a> DeserializeSeed<'a> for Top<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Top<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<M: MapAccess<'a>>(self, map: M) -> Result<(), M::Error> {
        let Document {
            whole,
            items,
            has_data,
            is_answer,
        } = self.0;
        *is_answer = true;
        let mut extra = Map::new();
        let mut object = Object {
            members: DOCUMENT,
            slots: whole,
            extra: &mut extra,
            items: Some((items, has_data)),
        };
        object.read(map)?;
        whole.extra = extra;
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut seq: S) -> Result<(), S::Error> {
        self.0.has_data = true;
        while let Some(item) = seq.next_element_seed(Item)? {
            self.0.is_answer |= item.has_picture() || !item.extra.contains_key("item");
            self.0.items.push(item);
        }
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.0.is_answer = true;
        self.0.items.push(Slots::of_text(text.into()));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.is_answer = true;
        self.0.items.push(Slots::of_text(text.to_owned().into()));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

/// Reads an object by its table.
///
/// One piece of code reads every object: what runs once a call costs its length, for it has to
/// come from memory.
struct Object<'s, 'a> {
    members: Members,
    slots: &'s mut Slots<'a>,
    extra: &'s mut Map<String, Value>,
    items: Option<(&'s mut Vec<Slots<'a>>, &'s mut bool)>,
}

impl<'a> Object<'_, 'a> {
    fn read<M: MapAccess<'a>>(&mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key_seed(Name(self.members))? {
            let (name, member) = match key {
                Key::Known(at) => self.members[at],
                Key::Other(name) => {
                    let value = map.next_value()?;
                    self.keep(name, value);
                    continue;
                }
            };
            let left = match member {
                Member::Text(text) => self.slots.put_text(text, map.next_value()?),
                Member::Count(_) | Member::Integer(_) | Member::Time(_) => {
                    self.slots.put_count(member, map.next_value()?)
                }
                Member::Usage | Member::Details(_) => {
                    let (members, mut extra) = match member {
                        Member::Details(members) => (members, Map::new()),
                        _ => (USAGE, std::mem::take(&mut self.slots.usage_extra)),
                    };
                    let left = map.next_value_seed(Part::Object(Object {
                        members,
                        slots: self.slots,
                        extra: &mut extra,
                        items: None,
                    }))?;
                    match member {
                        Member::Details(_) if extra.is_empty() => {}
                        Member::Details(_) => self.keep(name.to_owned(), extra.into()),
                        _ => self.slots.usage_extra = extra,
                    }
                    left
                }
                Member::Items => match &mut self.items {
                    Some((items, has_data)) => {
                        **has_data = true;
                        map.next_value_seed(Part::Items(items))?
                    }
                    None => Some(map.next_value()?),
                },
            };
            if let Some(value) = left {
                self.keep(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Keeps a member that has no slot; of two with one name both, for either may be the picture.
    fn keep(&mut self, name: String, value: Value) {
        match self.extra.entry(name) {
            serde_json::map::Entry::Vacant(vacant) => drop(vacant.insert(value)),
            serde_json::map::Entry::Occupied(mut known) => {
                let first = known.get_mut().take();
                known.insert(match first {
                    Value::Null => value,
                    first if value.is_null() => first,
                    first => Value::from(vec![first, value]),
                });
            }
        }
    }
}

/// Reads a member that is to be an object, or the list of the pictures; what is neither is given
/// back.
enum Part<'s, 'a> {
    Object(Object<'s, 'a>),
    /// One picture may stand in place of the list.
    Items(&'s mut Vec<Slots<'a>>),
}

impl<'a> DeserializeSeed<'a> for Part<'_, 'a> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Option<Value>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Part<'_, 'a> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<M: MapAccess<'a>>(self, map: M) -> Result<Option<Value>, M::Error> {
        match self {
            Self::Object(mut object) => object.read(map)?,
            Self::Items(items) => items.push(Item.visit_map(map)?),
        }
        Ok(None)
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut seq: S) -> Result<Option<Value>, S::Error> {
        let Self::Items(items) = self else {
            let list = Vec::<Value>::deserialize(SeqAccessDeserializer::new(seq))?;
            return Ok((!list.is_empty()).then(|| list.into()));
        };
        while let Some(item) = seq.next_element_seed(Item)? {
            items.push(item);
        }
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Option<Value>, E> {
        Ok((!value.is_empty()).then(|| value.into()))
    }
}

/// Reads one picture of the list, whatever kind of value it is.
struct Item;

impl<'a> DeserializeSeed<'a> for Item {
    type Value = Slots<'a>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Slots<'a>, D::Error> {
        json.deserialize_any(self)
    }
}

impl Item {
    /// An item that is none: whatever it is, it may hold a picture.
    fn odd<'a>(value: Value) -> Slots<'a> {
        Slots {
            extra: Map::from_iter([("item".to_owned(), value)]),
            ..Slots::default()
        }
    }
}

impl<'a> Visitor<'a> for Item {
    type Value = Slots<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a picture")
    }

    fn visit_map<M: MapAccess<'a>>(self, map: M) -> Result<Slots<'a>, M::Error> {
        let (mut slots, mut extra) = (Slots::default(), Map::new());
        let mut object = Object {
            members: ITEM,
            slots: &mut slots,
            extra: &mut extra,
            items: None,
        };
        object.read(map)?;
        slots.extra = extra;
        Ok(slots)
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Slots<'a>, E> {
        Ok(Slots::of_text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Slots<'a>, E> {
        Ok(Slots::of_text(text.to_owned().into()))
    }

    fn visit_seq<S: SeqAccess<'a>>(self, seq: S) -> Result<Slots<'a>, S::Error> {
        Vec::<Value>::deserialize(SeqAccessDeserializer::new(seq))
            .map(|list| Self::odd(list.into()))
    }

    fn visit_unit<E>(self) -> Result<Slots<'a>, E> {
        Ok(Self::odd(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Slots<'a>, E> {
        Ok(Self::odd(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Slots<'a>, E> {
        Ok(Self::odd(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Slots<'a>, E> {
        Ok(Self::odd(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Slots<'a>, E> {
        Ok(Self::odd(value.into()))
    }
}

/// The name of a member.
enum Key {
    /// The place in the table.
    Known(usize),
    Other(String),
}

/// Finds the member of a name.
struct Name(Members);

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Key;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Key, D::Error> {
        json.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        let at = self.0.iter().position(|(known, _)| *known == name);
        Ok(at.map_or_else(|| Key::Other(name.to_owned()), Key::Known))
    }
}

/// A value as it came; a text is borrowed where it has no escapes.
enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(u64),
    Other(Value),
}

impl<'a> Deserialize<'a> for Scalar<'a> {
    fn deserialize<D: Deserializer<'a>>(json: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'a> Visitor<'a> for Any {
            type Value = Scalar<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Text(text.to_owned().into()))
            }

            fn visit_unit<E>(self) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Null)
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Other(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Other(number.into()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Other(value.into()))
            }

            fn visit_seq<S: SeqAccess<'a>>(self, seq: S) -> Result<Scalar<'a>, S::Error> {
                Value::deserialize(SeqAccessDeserializer::new(seq)).map(Scalar::Other)
            }

            fn visit_map<M: MapAccess<'a>>(self, map: M) -> Result<Scalar<'a>, M::Error> {
                Value::deserialize(MapAccessDeserializer::new(map)).map(Scalar::Other)
            }
        }

        json.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests;
