//! YAML in and out: strict reading, and writing with the keys in the order people expect.

use anyhow::{Context, Result};
use serde_json::Value;
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
    "type",
    "format",
    "nullable",
    "deprecated",
    "required",
    "parameters",
    "requestBody",
    "responses",
];

/// Reads YAML into JSON, refusing what JSON cannot hold and keys that occur twice.
pub(crate) fn read(text: &str) -> Result<Value> {
    let yaml: yaml_serde::Value = yaml_serde::from_str(text).context("is not valid YAML")?;
    serde_json::to_value(yaml).context("holds a YAML value that JSON has no form for")
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
