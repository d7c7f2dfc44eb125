//! Model ids in a document, held against those it had and against the rows of the SDK.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::{Value, json};

use super::{
    code,
    report::{Action, Finding},
};
use crate::openapi::{actions::action, document::Document, place::Place};

/// Where the rows are.
const ROWS: &str = "crates/imagegen/src/models";

/// Beginnings of the ids of models that make images, with any house in front.
const FAMILIES: [&str; 9] = [
    "gpt-image",
    "chatgpt-image",
    "doubao-seed",
    "dola-seed",
    "seedream",
    "seededit",
    "dall-e",
    "imagen-",
    "byteplus-seed",
];

/// The ids that a document names, with the first place of each.
pub(crate) fn ids(document: &Value) -> BTreeMap<String, Place> {
    let mut found = BTreeMap::new();
    walk(document, &Place::default(), false, &mut found);
    found
}

/// `named` says that this belongs to a property or a parameter called model.
fn walk(value: &Value, at: &Place, named: bool, found: &mut BTreeMap<String, Place>) {
    match value {
        Value::Object(members) => {
            let is_parameter = members.get("name").is_some_and(|name| name == "model");
            for (key, value) in members {
                // Whose ids these are is no question of names of schemas and paths.
                walk(
                    value,
                    &at.join(key),
                    named || is_parameter || key == "model",
                    found,
                );
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &at.join(index), named, found);
            }
        }
        Value::String(text) => {
            let is_word = |c: char| c.is_ascii_alphanumeric() || "-./_:".contains(c);
            // An address holds words that are no ids.
            for word in text
                .split(|c| !is_word(c))
                .filter(|word| !word.contains("//"))
            {
                let word = word.trim_matches(['.', ':', '/', '-', '_']);
                if is_id(word, named) {
                    found.entry(word.to_owned()).or_insert_with(|| at.clone());
                }
            }
        }
        _ => {}
    }
}

fn is_id(word: &str, named: bool) -> bool {
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    let own = word.rsplit('/').next().unwrap_or(word);
    let is_family = FAMILIES.iter().any(|family| own.starts_with(family));
    let in_place = named && own.contains('-') && own.starts_with(|c: char| c.is_ascii_lowercase());
    has_digit && own.len() >= 6 && (is_family && own.contains('-') || in_place)
        || is_family && own.ends_with("-latest")
}

/// Every id that is new, that has no row, or that the document no longer names.
pub(super) fn findings(
    root: &Path,
    old: &Document,
    new: &Document,
    contract: &Value,
) -> Vec<Finding> {
    let (before, after) = (ids(&old.value), ids(&new.value));
    let rows = rows(root);
    let known = words(contract);
    let listed = place_of_words(contract);
    let mut findings = Vec::new();
    for (id, at) in &after {
        let is_new = !before.contains_key(id);
        let has_row = rows.contains(id);
        let is_known = listed.is_none() || known.contains(id);
        if !is_new && has_row && is_known {
            continue;
        }
        let mut text = if is_new {
            format!("{id} is named for the first time")
        } else {
            id.clone()
        };
        let mut actions = Vec::new();
        if !has_row {
            text += &format!("; it has no row in {ROWS} (see CONTRIBUTING.md, Add a model)");
        }
        if !is_known && let Some(target) = &listed {
            text += "; the contract does not list it";
            let paste = action(
                &format!("The gateway names {id}."),
                target,
                &json!({ "x-known-values": [id] }),
            );
            actions.push(Action {
                does: "to list it, add to openapi/overlay.yaml:".to_owned(),
                paste,
            });
        }
        findings.push(Finding {
            place: new.line(at).map(|line| format!("{}:{line}", new.name)),
            pointer: Some(at.pointer()),
            actions,
            ..Finding::new(if has_row { "new" } else { "no-row" }, text)
        });
    }
    for (id, at) in &before {
        if after.contains_key(id) {
            continue;
        }
        let kept: Vec<&str> = [
            (rows.contains(id), "a row"),
            (known.contains(id), "a word of the contract"),
        ]
        .into_iter()
        .filter_map(|(is, what)| is.then_some(what))
        .collect();
        let rest = if kept.is_empty() {
            String::new()
        } else {
            format!("; it is still {}", kept.join(" and "))
        };
        findings.push(Finding {
            place: old.line(at).map(|line| format!("{}:{line}", old.name)),
            pointer: Some(at.pointer()),
            ..Finding::new("gone", format!("{id} is no longer named{rest}"))
        });
    }
    findings
}

/// The ids that have a row: the texts of the tables.
fn rows(root: &Path) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for path in code::rust_files(&root.join(ROWS)) {
        if let Ok(text) = fs::read_to_string(path) {
            ids.extend(code::texts(&text).into_iter().map(|(text, _)| text));
        }
    }
    ids
}

fn words(contract: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Some(place) = place_of_words(contract) else {
        return found;
    };
    if let Some(schema) = place.get(contract) {
        for key in ["x-known-values", "enum"] {
            let list = schema[key].as_array().into_iter().flatten();
            found.extend(list.filter_map(|word| word.as_str().map(str::to_owned)));
        }
    }
    found
}

/// The first property called model that lists its words.
fn place_of_words(contract: &Value) -> Option<Place> {
    fn search(value: &Value, at: &Place) -> Option<Place> {
        match value {
            Value::Object(members) => members.iter().find_map(|(key, value)| {
                let at = at.join(key);
                if key == "model" && value["x-known-values"].is_array() {
                    return Some(at);
                }
                search(value, &at)
            }),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| search(item, &at.join(index))),
            _ => None,
        }
    }
    search(&contract["paths"], &Place::of(&["paths"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_texts_enums_and_examples() {
        let document = json!({
            "info": { "description": "See https://a.example/doubao-seedream-9-9 and gpt-4o; new: openai/gpt-image-3." },
            "properties": { "model": { "description": "模型gpt-image-1、doubao-seedream-4-0-250828", "enum": ["flux-1.1-pro"] } },
            "x-run-in-apifox": "https://app.apifox.com/web/project/5443699/apis/api-386885375-run",
            "size": { "example": "1024x1024" },
        });
        let found: Vec<String> = ids(&document).into_keys().collect();
        assert_eq!(
            found,
            [
                "doubao-seedream-4-0-250828",
                "flux-1.1-pro",
                "gpt-image-1",
                "openai/gpt-image-3"
            ]
        );
    }
}
