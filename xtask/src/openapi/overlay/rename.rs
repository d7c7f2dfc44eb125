//! Names of schemas that are no names for types: editors name them in any language.

use std::collections::BTreeMap;

use serde_json::Value;

const PREFIX: &str = "#/components/schemas/";

/// Whether a name can be that of a type.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// Gives such a schema the name of its title, if that is one and nothing else has it.
pub(super) fn schemas(contract: &mut Value) {
    let Some(schemas) = contract
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let mut names = BTreeMap::new();
    for (name, schema) in schemas.iter() {
        if let Some(title) = schema["title"].as_str()
            && !is_name(name)
            && is_name(title)
            && !schemas.contains_key(title)
        {
            names.insert(name.clone(), title.to_owned());
        }
    }
    for (old, new) in &names {
        if let Some(schema) = schemas.remove(old) {
            schemas.insert(new.clone(), schema);
        }
    }
    if !names.is_empty() {
        references(contract, &names);
    }
}

fn references(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let new = match value.as_str().and_then(|text| text.strip_prefix(PREFIX)) {
                    Some(name) if key == "$ref" => names.get(name),
                    _ => None,
                };
                match new {
                    Some(new) => *value = format!("{PREFIX}{new}").into(),
                    None => references(value, names),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                references(item, names);
            }
        }
        _ => {}
    }
}
