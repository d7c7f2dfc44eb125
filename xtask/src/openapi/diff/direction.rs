//! Which way the components of a document travel.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Direction;

/// Directions by reference.
pub(super) struct Directions(BTreeMap<String, Direction>);

impl Directions {
    pub(super) fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Those of two documents together.
    pub(super) fn of(old: &Value, new: &Value) -> Self {
        let mut directions = Self(BTreeMap::new());
        for document in [old, new] {
            for item in document["paths"].as_object().into_iter().flatten() {
                for (key, operation) in item.1.as_object().into_iter().flatten() {
                    if key == "parameters" {
                        directions.add(document, operation, Direction::REQUEST);
                    }
                    for key in ["parameters", "requestBody"] {
                        directions.add(document, &operation[key], Direction::REQUEST);
                    }
                    directions.add(document, &operation["responses"], Direction::ANSWER);
                }
            }
        }
        directions
    }

    /// Which way a component travels.
    pub(super) fn get(&self, kind: &str, name: &str) -> Direction {
        let name = name.replace('~', "~0").replace('/', "~1");
        let reference = format!("#/components/{kind}/{name}");
        self.0.get(&reference).copied().unwrap_or_default()
    }

    fn add(&mut self, document: &Value, value: &Value, direction: Direction) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let known = self.0.entry(reference.to_owned()).or_default();
                    let is_new =
                        direction.request && !known.request || direction.answer && !known.answer;
                    known.request |= direction.request;
                    known.answer |= direction.answer;
                    let target = reference
                        .strip_prefix('#')
                        .and_then(|pointer| document.pointer(pointer));
                    if is_new && let Some(target) = target {
                        self.add(document, target, direction);
                    }
                }
                for value in members.values() {
                    self.add(document, value, direction);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.add(document, item, direction);
                }
            }
            _ => {}
        }
    }
}
