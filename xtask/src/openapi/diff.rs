//! `cargo xtask openapi diff`: what a new document changes, by operation, property and word rather than by line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::lower::{METHODS, PER_MEDIA_TYPE, schema_reference};

/// What a contract says, one fact for each thing that has a name.
type Facts = BTreeMap<String, Fact>;

#[derive(Clone, Debug, PartialEq)]
enum Fact {
    /// A property, an operation or a body, in a few words.
    Shape(String),
    /// The known words of a string.
    Words(BTreeSet<String>),
}

/// Reports what differs between two contracts, one line for each thing.
pub(crate) fn report(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (facts(old), facts(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (old.get(name), new.get(name)) {
            (None, Some(fact)) => Some(format!("added    {name}: {}", fact.text())),
            (Some(fact), None) => Some(format!("removed  {name}: {}", fact.text())),
            (Some(old), Some(new)) if old != new => {
                Some(format!("changed  {name}: {}", old.change_to(new)))
            }
            _ => None,
        })
        .collect()
}

impl Fact {
    fn text(&self) -> String {
        match self {
            Self::Shape(text) => text.clone(),
            Self::Words(words) => list(words),
        }
    }

    fn change_to(&self, new: &Self) -> String {
        let (Self::Words(old), Self::Words(new)) = (self, new) else {
            return format!("{} -> {}", self.text(), new.text());
        };
        let more = new.difference(old).map(|word| format!("+{word}"));
        let fewer = old.difference(new).map(|word| format!("-{word}"));
        list(more.chain(fewer))
    }
}

fn list<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .collect();
    words.join(", ")
}

fn facts(contract: &Value) -> Facts {
    let mut facts = Facts::new();
    for (path, item) in members(&contract["paths"]) {
        for (method, operation) in
            members(item).filter(|(method, _)| METHODS.contains(&method.as_str()))
        {
            let name = format!("{} {path}", method.to_uppercase());
            let id = operation["operationId"]
                .as_str()
                .unwrap_or("no operationId");
            facts.insert(name.clone(), Fact::Shape(id.to_owned()));
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let (place, key) = (text(&parameter["in"]), text(&parameter["name"]));
                let required = parameter["required"] == true;
                let schema = &parameter["schema"];
                add(
                    &mut facts,
                    &format!("{name} {place} parameter {key}"),
                    schema,
                    required,
                );
            }
            for (media_type, media) in members(&operation["requestBody"]["content"]) {
                let id = operation[PER_MEDIA_TYPE][media_type].as_str();
                let id = id.map(|id| format!(" ({id})")).unwrap_or_default();
                let kind = add_body(&mut facts, &media["schema"]);
                facts.insert(
                    format!("{name} takes {media_type}"),
                    Fact::Shape(kind + &id),
                );
            }
            for (status, response) in members(&operation["responses"]) {
                for (media_type, media) in members(&response["content"]) {
                    let kind = add_body(&mut facts, &media["schema"]);
                    facts.insert(
                        format!("{name} answers {status} {media_type}"),
                        Fact::Shape(kind),
                    );
                }
            }
        }
    }
    for (name, schema) in members(&contract["components"]["schemas"]) {
        add(&mut facts, name, schema, true);
    }
    facts
}

/// Adds a body that stands in line, under its title, and says what kind it is.
fn add_body(facts: &mut Facts, schema: &Value) -> String {
    match schema["title"].as_str() {
        Some(title) if schema_reference(schema).is_none() => {
            add(facts, title, schema, true);
            title.to_owned()
        }
        _ => kind(schema),
    }
}

fn add(facts: &mut Facts, name: &str, schema: &Value, required: bool) {
    let optional = if required { "" } else { ", optional" };
    let null = if schema["nullable"] == true {
        ", nullable"
    } else {
        ""
    };
    facts.insert(
        name.to_owned(),
        Fact::Shape(format!("{}{optional}{null}", kind(schema))),
    );

    let words = [&schema["enum"], &schema["x-known-values"]];
    let words: BTreeSet<String> = words
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .map(text)
        .collect();
    if !words.is_empty() {
        facts.insert(format!("{name} words"), Fact::Words(words));
    }
    for (property, inner) in members(&schema["properties"]) {
        let required = schema["required"]
            .as_array()
            .is_some_and(|required| required.iter().any(|name| name == property));
        add(facts, &format!("{name}.{property}"), inner, required);
    }
    if schema["items"]["properties"].is_object() {
        add(facts, &format!("{name}[]"), &schema["items"], true);
    }
}

/// The type of a schema, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema_reference(schema) {
        return name.to_owned();
    }
    for combination in ["allOf", "anyOf", "oneOf"] {
        if let Some(members) = schema[combination].as_array() {
            return list(members.iter().map(kind)).replace(", ", " or ");
        }
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some(kind) => match schema["format"].as_str() {
            Some(format) => format!("{kind} ({format})"),
            None => kind.to_owned(),
        },
        None => "anything".to_owned(),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contract() -> Value {
        json!({
            "paths": { "/a": { "post": {
                "operationId": "a",
                "requestBody": { "content": { "application/json": { "schema": {
                    "title": "Request",
                    "type": "object",
                    "required": ["model"],
                    "properties": {
                        "model": { "type": "string", "x-known-values": ["one", "two"] },
                        "n": { "type": "integer" },
                    },
                } } } },
                "responses": { "200": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Answer" },
                } } } },
            } } },
            "components": { "schemas": { "Answer": {
                "type": "object",
                "properties": { "data": { "type": "array", "items": { "type": "string" } } },
            } } },
        })
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Value), expected: &[&str]) {
        let mut new = contract();
        change(&mut new);
        assert_eq!(report(&contract(), &new), expected);
    }

    const SCHEMA: &str = "/paths/~1a/post/requestBody/content/application~1json/schema";

    #[test]
    fn the_same_contract_has_nothing_to_report() {
        check(|_| {}, &[]);
    }

    #[test]
    fn a_new_property_is_reported_with_its_type() {
        check(
            |new| {
                new.pointer_mut(SCHEMA).unwrap()["properties"]["seed"] = json!({"type": "integer"});
            },
            &["added    Request.seed: integer, optional"],
        );
    }

    #[test]
    fn a_property_that_goes_is_reported() {
        check(
            |new| new["components"]["schemas"]["Answer"]["properties"] = json!({}),
            &["removed  Answer.data: list of string, optional"],
        );
    }

    #[test]
    fn a_property_that_becomes_required_is_reported() {
        check(
            |new| new.pointer_mut(SCHEMA).unwrap()["required"] = json!(["model", "n"]),
            &["changed  Request.n: integer, optional -> integer"],
        );
    }

    #[test]
    fn words_that_come_and_go_are_reported() {
        check(
            |new| {
                new.pointer_mut(SCHEMA).unwrap()["properties"]["model"]["x-known-values"] =
                    json!(["two", "three"]);
            },
            &["changed  Request.model words: +three, -one"],
        );
    }

    #[test]
    fn a_new_operation_is_reported_with_what_it_answers() {
        check(
            |new| {
                new["paths"]["/b"] = json!({ "get": {
                    "operationId": "b",
                    "parameters": [{ "in": "query", "name": "after", "schema": { "type": "string" } }],
                    "responses": { "200": { "content": { "text/plain": { "schema": {} } } } },
                } });
            },
            &[
                "added    GET /b: b",
                "added    GET /b answers 200 text/plain: anything",
                "added    GET /b query parameter after: string, optional",
            ],
        );
    }

    #[test]
    fn an_operation_that_moves_is_reported_twice() {
        check(
            |new| {
                let paths = new["paths"].as_object_mut().unwrap();
                let item = paths.remove("/a").unwrap();
                paths.insert("/c".into(), item);
            },
            &[
                "removed  POST /a: a",
                "removed  POST /a answers 200 application/json: Answer",
                "removed  POST /a takes application/json: Request",
                "added    POST /c: a",
                "added    POST /c answers 200 application/json: Answer",
                "added    POST /c takes application/json: Request",
            ],
        );
    }

    #[test]
    fn a_change_of_type_is_reported() {
        check(
            |new| {
                new["components"]["schemas"]["Answer"]["properties"]["data"]["items"] =
                    json!({"type": "number"});
            },
            &["changed  Answer.data: list of string, optional -> list of number, optional"],
        );
    }
}
