//! YAML in and out: strict reading, and writing with the keys in the order people expect.

use std::fmt;

use anyhow::{Context, Result};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use yaml_serde::Mapping;

/// Keys that are written first, in this order; the others follow alphabetically and extensions come last.
///
/// The order is stated here because a JSON map keeps none, and because two runs must give the same bytes.
const FIRST: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "security",
    "tags",
    "paths",
    "components",
    "$ref",
    "operationId",
    "name",
    "in",
    "title",
    "version",
    "summary",
    "description",
    "target",
    "type",
    "format",
    "nullable",
    "deprecated",
    "required",
    "parameters",
    "requestBody",
    "responses",
];

/// Reads YAML or JSON, refusing what JSON cannot hold and keys that occur twice.
pub(crate) fn read(text: &str) -> Result<Value> {
    if text.trim_start().starts_with('{')
        && let Ok(Strict(value)) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let Strict(value) = yaml_serde::from_str(text).context("is not valid YAML")?;
    Ok(value)
}

/// A value whose keys occur once. A number that is too large for an integer is a float, as it is in JSON.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has a form for")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok((value as f64).into())
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok((value as f64).into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(number.into()),
            None => Err(E::custom(format!("{value} is no number in JSON"))),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(Strict(key)) = members.next_key()? {
            let key = match key {
                Value::String(key) => key,
                Value::Number(_) | Value::Bool(_) => key.to_string(),
                _ => return Err(de::Error::custom("a key has to be text")),
            };
            if object.contains_key(&key) {
                let text = format!("duplicate entry with key {key:?}");
                return Err(de::Error::custom(text));
            }
            let Strict(value) = members.next_value()?;
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

/// Writes JSON as YAML.
pub(crate) fn write(value: &Value) -> Result<String> {
    Ok(yaml_serde::to_string(&ordered(value, false)?)?)
}

/// `named` says that the keys of this object are names somebody chose, for example of properties: those are data
/// and are sorted, even where one of them happens to be spelled like a keyword.
fn ordered(value: &Value, named: bool) -> Result<yaml_serde::Value> {
    Ok(match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort_by_key(|key| (if named { 0 } else { rank(key) }, key.as_str()));
            let mut mapping = Mapping::new();
            for key in keys {
                let holds_names =
                    !named && matches!(key.as_str(), "properties" | "schemas" | "paths");
                mapping.insert(key.as_str().into(), ordered(&object[key], holds_names)?);
            }
            mapping.into()
        }
        Value::Array(items) => yaml_serde::Value::Sequence(
            items
                .iter()
                .map(|item| ordered(item, false))
                .collect::<Result<_>>()?,
        ),
        scalar => yaml_serde::to_value(scalar)?,
    })
}

fn rank(key: &str) -> usize {
    let position = FIRST.iter().position(|first| *first == key);
    position.unwrap_or(FIRST.len() + usize::from(key.starts_with("x-")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_repeated_key_is_refused() {
        assert!(read("a: 1\na: 2\n").is_err());
    }

    #[test]
    fn json_is_read_as_such() {
        assert_eq!(
            read("{\"a\": \"\\ud83d\\ude00\",\n\t\"b\": 1}").unwrap(),
            json!({"a": "\u{1f600}", "b": 1})
        );
        assert!(read("{\"a\": 1, \"a\": 2}").is_err());
    }

    #[test]
    fn numbers_beyond_integers_are_floats_and_numbers_may_be_keys() {
        assert_eq!(
            read("a: -9223372036854776000\n200: 1\n").unwrap(),
            json!({"a": -9223372036854776000.0, "200": 1})
        );
        assert!(read("a: .nan").is_err());
    }

    #[test]
    fn keywords_come_first_and_extensions_last() {
        let schema = json!({"x-known-as": "A", "items": {}, "type": "array", "description": "d"});
        assert_eq!(
            write(&schema).unwrap(),
            "description: d\ntype: array\nitems: {}\nx-known-as: A\n"
        );
    }

    #[test]
    fn names_are_sorted_even_when_they_look_like_keywords() {
        let schema = json!({"properties": {"type": {}, "model": {}, "x-y": {}}});
        assert_eq!(
            write(&schema).unwrap(),
            "properties:\n  model: {}\n  type: {}\n  x-y: {}\n"
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let value =
            json!({"200": "yes", "n": 1.5, "s": "true", "t": "a\nb: c", "l": ["1", 1, null]});
        assert_eq!(read(&write(&value).unwrap()).unwrap(), value);
    }
}
