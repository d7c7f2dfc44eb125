//! From OpenAPI 3.1 to 3.0, as far as 3.0 has a form for it.

use serde_json::{Map, Value, json};

use super::{Place, Unreadable};

/// Keywords of 3.1 schemas that 3.0 has no form for.
const FOREIGN: [&str; 18] = [
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Members whose values are data and hold no schema.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// What it took to make a document one of 3.0.
pub(super) struct Lowered {
    /// What has no form in 3.0.
    pub(super) foreign: Vec<(Place, String)>,
    /// What was done.
    pub(super) notes: Vec<String>,
}

/// Makes a document one of 3.0.
pub(super) fn to_3_0(document: &mut Value) -> Result<Lowered, Unreadable> {
    let mut notes = Vec::new();
    for place in [&["openapi"][..], &["info", "version"]] {
        let place = Place::of(place);
        if let Some(value) = document.pointer_mut(&place.pointer())
            && value.is_number()
        {
            notes.push(format!(
                "{place} is a number, taken as the text \"{value}\""
            ));
            *value = value.to_string().into();
        }
    }
    let version = document["openapi"].as_str().unwrap_or_default().to_owned();
    let is = |start: &str| version == start || version.starts_with(&format!("{start}."));
    if is("3.0") {
        if version == "3.0" {
            document["openapi"] = "3.0.0".into();
        }
        let foreign = Vec::new();
        return Ok(Lowered { foreign, notes });
    }
    if !is("3.1") {
        let text = format!("is OpenAPI {version}: export it as 3.0 (3.1 is read too)");
        return Err(Unreadable::new(text));
    }
    document["openapi"] = "3.0.3".into();
    notes.push(format!("OpenAPI {version}, read as 3.0"));
    if let Some(members) = document.as_object_mut() {
        for key in ["webhooks", "jsonSchemaDialect"] {
            if members.remove(key).is_some() {
                notes.push(format!("{key} is left out: 3.0 has none"));
            }
        }
    }
    if let Some(info) = document["info"].as_object_mut() {
        info.remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
    let mut foreign = Vec::new();
    walk(document, &Place::default(), false, &mut foreign);
    Ok(Lowered { foreign, notes })
}

/// Lowers every schema below a value, the innermost first.
fn walk(value: &mut Value, at: &Place, is_schema: bool, foreign: &mut Vec<(Place, String)>) {
    match value {
        Value::Object(members) => {
            for (key, inner) in members.iter_mut() {
                if key.starts_with("x-") {
                    continue;
                }
                let at = at.join(key);
                let holds = match key.as_str() {
                    "schema" | "items" | "not" | "additionalProperties" => Holds::Schema,
                    "properties" | "schemas" if inner.is_object() => Holds::Schemas,
                    "allOf" | "anyOf" | "oneOf" if inner.is_array() => Holds::Schemas,
                    key if DATA.contains(&key) => continue,
                    _ => Holds::Other,
                };
                match (holds, inner) {
                    (Holds::Schemas, Value::Object(members)) => {
                        for (name, schema) in members {
                            walk(schema, &at.join(name), true, foreign);
                        }
                    }
                    (Holds::Schemas, Value::Array(items)) => {
                        for (index, schema) in items.iter_mut().enumerate() {
                            walk(schema, &at.join(index), true, foreign);
                        }
                    }
                    (Holds::Schema, inner) => {
                        let is_flag = key == "additionalProperties" && inner.is_boolean();
                        walk(inner, &at, !is_flag, foreign);
                    }
                    (_, inner) => walk(inner, &at, false, foreign),
                }
            }
            if is_schema {
                schema(members, at, foreign);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                walk(item, &at.join(index), false, foreign);
            }
        }
        Value::Bool(true) if is_schema => *value = json!({}),
        Value::Bool(false) if is_schema => {
            foreign.push((at.clone(), "a schema that nothing fits".to_owned()));
        }
        _ => {}
    }
}

enum Holds {
    Schema,
    Schemas,
    Other,
}

/// Lowers one schema whose inner ones are lowered.
fn schema(members: &mut Map<String, Value>, at: &Place, foreign: &mut Vec<(Place, String)>) {
    for key in FOREIGN {
        if members.contains_key(key) {
            let text = format!("`{key}` has no form in OpenAPI 3.0");
            foreign.push((at.join(key), text));
        }
    }
    for key in ["$comment", "$schema"] {
        members.remove(key);
    }
    if let Some(value) = members.remove("const") {
        members.insert("enum".into(), json!([value]));
    }
    if let Some(Value::Array(examples)) = members.get("examples")
        && let Some(first) = examples.first().cloned()
    {
        members.remove("examples");
        members.entry("example").or_insert(first);
    }
    for (limit, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if members.get(limit).is_some_and(Value::is_number)
            && let Some(value) = members.insert(limit.into(), true.into())
        {
            members.insert(bound.into(), value);
        }
    }
    match members.remove("contentEncoding") {
        Some(encoding) if encoding == "base64" => {
            members.entry("format").or_insert("byte".into());
        }
        _ => {}
    }
    if members
        .remove("contentMediaType")
        .is_some_and(|kind| kind == "application/octet-stream")
        && members.get("type").is_some_and(|kind| kind == "string")
    {
        members.entry("format").or_insert("binary".into());
    }
    without_null(members);
    if let Some(Value::Array(types)) = members.get("type") {
        types_of_many(types.clone(), members);
    }
    // What stands beside a reference counts in 3.1.
    if members.len() > 1
        && let Some(reference) = members.remove("$ref")
    {
        members.insert("allOf".into(), json!([{ "$ref": reference }]));
    }
}

/// Takes the branch for null out of a choice.
fn without_null(members: &mut Map<String, Value>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = members.get_mut(key) else {
            continue;
        };
        let before = branches.len();
        branches.retain(|branch| {
            *branch != json!({ "type": "null" }) && *branch != json!({ "nullable": true })
        });
        if branches.len() == before {
            continue;
        }
        if let [only] = branches.as_slice() {
            let only = only.clone();
            members.remove(key);
            match only {
                Value::Object(inner) if !inner.contains_key("$ref") => {
                    for (key, value) in inner {
                        members.entry(key).or_insert(value);
                    }
                }
                reference => {
                    members.insert("allOf".into(), json!([reference]));
                }
            }
        }
        members.insert("nullable".into(), true.into());
    }
}

/// Makes one type of a list of them, or a choice.
fn types_of_many(types: Vec<Value>, members: &mut Map<String, Value>) {
    let mut others: Vec<Value> = types
        .iter()
        .filter(|kind| **kind != "null")
        .cloned()
        .collect();
    if others.len() < types.len() {
        members.insert("nullable".into(), true.into());
    }
    if others.len() <= 1 {
        match others.pop() {
            Some(only) => members.insert("type".into(), only),
            None => members.remove("type"),
        };
        return;
    }
    members.remove("type");
    let mut branches = Vec::new();
    for kind in others {
        let mut branch = Map::new();
        let own: &[&str] = match kind.as_str() {
            Some("array") => &["items", "maxItems", "minItems", "uniqueItems"],
            Some("string") => &["enum", "format", "maxLength", "minLength", "pattern"],
            Some("object") => &["additionalProperties", "properties", "required"],
            _ => &["maximum", "minimum", "multipleOf"],
        };
        for key in own {
            if let Some(value) = members.get(*key) {
                branch.insert((*key).to_owned(), value.clone());
            }
        }
        branch.insert("type".into(), kind);
        branches.push(branch.into());
    }
    for key in [
        "additionalProperties",
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
        "properties",
        "required",
        "uniqueItems",
    ] {
        members.remove(key);
    }
    members.insert("oneOf".into(), Value::Array(branches));
}
