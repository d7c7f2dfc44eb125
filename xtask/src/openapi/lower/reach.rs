//! Which named schemas the operations lead to: an export carries others too, which nobody has to decide about.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Place, schema::schema_reference};

/// The named schemas that are used, each with its place.
pub(super) fn schemas(contract: &Value) -> BTreeMap<String, (Place, Value)> {
    let mut used = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![&contract["paths"]];
    while let Some(value) = open.pop() {
        if let Some(reference) = value["$ref"].as_str()
            && seen.insert(reference)
            && let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| contract.pointer(pointer))
        {
            open.push(target);
            if let Some(name) = schema_reference(value) {
                let place = Place::of(&["components", "schemas", name]);
                used.insert(name.to_owned(), (place, target.clone()));
            }
        }
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    used
}
