//! Actions of an overlay, ready to be pasted.

use serde_json::{Value, json};

use super::{place::Place, yaml};

/// An action that merges something into a place.
pub(crate) fn action(description: &str, target: &Place, update: &Value) -> String {
    written(&json!({ "description": description, "target": target.json_path(), "update": update }))
}

/// An action that takes away what is at a place.
pub(crate) fn removal(description: &str, target: &Place) -> String {
    written(&json!({ "description": description, "target": target.json_path(), "remove": true }))
}

fn written(action: &Value) -> String {
    let text = yaml::write(&json!([action])).unwrap_or_default();
    text.trim_end().to_owned()
}
