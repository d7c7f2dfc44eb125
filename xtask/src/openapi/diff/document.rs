//! Everything in a document but its schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Breaks, Change, Comparison, Direction, Pair, Place, kind, shown};
use crate::openapi::lower::METHODS;

/// Methods that OpenAPI knows beside those that can be generated.
const RARE_METHODS: [&str; 3] = ["head", "options", "trace"];

const TEXTS: [&str; 6] = [
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
];

fn is_text(key: &str) -> bool {
    TEXTS.contains(&key) || key.starts_with("x-")
}

impl<'a> Comparison<'a> {
    pub(super) fn document(&mut self) {
        let root = Pair {
            old: self.old,
            new: self.new,
            old_at: Place::default(),
            new_at: Place::default(),
            what: String::new(),
            direction: Direction::BOTH,
        };
        for key in root.keys() {
            let pair = root.member(key, key.to_owned());
            match key {
                "paths" => self.paths(&pair),
                "components" => self.components(&pair),
                "security" => self.security(&pair),
                "servers" => self.servers(&pair),
                "openapi" | "tags" | "externalDocs" => self.noted(&pair),
                "info" => {
                    for key in pair.keys() {
                        self.noted(&pair.member(key, format!("info.{key}")));
                    }
                }
                key if is_text(key) => self.noted(&pair),
                _ => self.not_understood(&pair),
            }
        }
    }

    fn paths(&mut self, paths: &Pair<'a>) {
        let empty = serde_json::Map::new();
        let items = |value: &'a Value| value.as_object();
        let (old, new) = (
            items(paths.old)
                .unwrap_or(&empty)
                .keys()
                .cloned()
                .collect::<BTreeSet<_>>(),
            items(paths.new)
                .unwrap_or(&empty)
                .keys()
                .cloned()
                .collect::<BTreeSet<_>>(),
        );
        let added: Vec<&String> = new.difference(&old).collect();
        let mut moved: BTreeMap<&String, &String> = BTreeMap::new();
        for gone in old.difference(&new) {
            let same = added
                .iter()
                .find(|path| tail(path) == tail(gone) && !moved.values().any(|to| to == *path));
            if let Some(path) = same {
                moved.insert(gone, path);
            }
        }
        for path in old.union(&new) {
            if path.starts_with("x-") {
                self.noted(&paths.member(path, format!("paths.{path}")));
            } else if let Some(to) = moved.get(path) {
                let pair = Pair {
                    old: &paths.old[path.as_str()],
                    new: &paths.new[to.as_str()],
                    old_at: paths.old_at.join(path),
                    new_at: paths.new_at.join(to),
                    what: path.clone(),
                    direction: Direction::BOTH,
                };
                self.add(
                    Change::Moved,
                    &pair,
                    format!("to {to}"),
                    Direction::BOTH.other(),
                );
                self.path(to, &pair);
            } else if !moved.values().any(|to| *to == path) {
                self.path(path, &paths.member(path, path.clone()));
            }
        }
    }

    fn path(&mut self, path: &str, item: &Pair<'a>) {
        for key in item.keys() {
            let name = format!("{} {path}", key.to_uppercase());
            let pair = item.member(key, name.clone());
            if METHODS.contains(&key) || RARE_METHODS.contains(&key) {
                match (pair.old, pair.new) {
                    (Value::Null, new) => {
                        self.add(
                            Change::Added,
                            &pair,
                            operation_in_words(new),
                            Breaks::default(),
                        );
                    }
                    (old, Value::Null) => {
                        let breaks = Direction::BOTH.other();
                        self.add(Change::Removed, &pair, operation_in_words(old), breaks);
                    }
                    _ => self.operation(&pair),
                }
                continue;
            }
            let pair = item.member(key, format!("{path} {key}"));
            match key {
                "parameters" => self.parameters(&pair, path),
                "servers" => self.servers(&pair),
                key if is_text(key) => self.noted(&pair),
                _ => self.not_understood(&pair),
            }
        }
    }

    fn operation(&mut self, operation: &Pair<'a>) {
        let name = &operation.what;
        for key in operation.keys() {
            let pair = operation.member(key, format!("{name} {key}"));
            match key {
                "parameters" => self.parameters(&pair, name),
                "requestBody" => self.body(pair.towards(Direction::REQUEST)),
                "responses" => self.responses(&pair, name),
                "security" => self.security(&pair),
                "servers" => self.servers(&pair),
                "deprecated" => self.flag(&pair),
                "operationId" | "tags" => self.noted(&pair),
                key if is_text(key) => self.noted(&pair),
                _ => self.not_understood(&pair),
            }
        }
    }

    /// A flag that says nothing about what is sent; absent means false.
    fn flag(&mut self, pair: &Pair<'a>) {
        let (old, new) = (pair.old == true, pair.new == true);
        if old != new {
            self.add(
                Change::Changed,
                pair,
                format!("{old} -> {new}"),
                Breaks::default(),
            );
        }
    }

    fn parameters(&mut self, list: &Pair<'a>, operation: &str) {
        let old = identified(self.old, list.old, &list.old_at);
        let new = identified(self.new, list.new, &list.new_at);
        let names: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
        for identity in names {
            let nothing = &(&Value::Null, Place::default());
            let (before, after) = (old.get(identity), new.get(identity));
            let (place, name) = identity;
            let pair = Pair {
                old: before.unwrap_or(nothing).0,
                new: after.unwrap_or(nothing).0,
                old_at: before.unwrap_or(nothing).1.clone(),
                new_at: after.unwrap_or(nothing).1.clone(),
                what: format!("{operation} {place} parameter {name}"),
                direction: Direction::REQUEST,
            };
            match (before, after) {
                (None, Some((parameter, _))) => {
                    let is_required = parameter["required"] == true;
                    let breaks = if is_required {
                        pair.direction.other()
                    } else {
                        Breaks::default()
                    };
                    let optional = if is_required { "" } else { ", optional" };
                    let detail = format!("{}{optional}", kind(&parameter["schema"]));
                    self.add(Change::Added, &pair, detail, breaks);
                }
                (Some((parameter, _)), None) => {
                    let detail = kind(&parameter["schema"]);
                    self.add(Change::Removed, &pair, detail, pair.direction.other());
                }
                _ => self.parameter(&pair),
            }
        }
    }

    /// Compares a parameter or a header.
    fn parameter(&mut self, parameter: &Pair<'a>) {
        let name = &parameter.what;
        for key in parameter.keys() {
            let pair = parameter.member(key, format!("{name} {key}"));
            match key {
                "schema" => self.schema(parameter.member(key, name.clone())),
                "required" => {
                    let (old, new) = (pair.old == true, pair.new == true);
                    if old != new {
                        let direction = pair.direction;
                        let breaks = if new {
                            direction.narrower()
                        } else {
                            direction.wider()
                        };
                        let word = |required| if required { "required" } else { "optional" };
                        let detail = format!("{} -> {}", word(old), word(new));
                        self.add(
                            Change::Changed,
                            &Pair {
                                what: name.clone(),
                                ..pair
                            },
                            detail,
                            breaks,
                        );
                    }
                }
                "deprecated" | "allowEmptyValue" => self.flag(&pair),
                "in" | "name" => {}
                "style" | "explode" | "allowReserved" => {
                    if pair.old != pair.new {
                        self.changed(&pair, pair.direction.other());
                    }
                }
                "content" => self.content(&pair, name),
                key if is_text(key) => self.noted(&pair),
                _ => self.not_understood(&pair),
            }
        }
    }

    fn body(&mut self, body: Pair<'a>) {
        let Some(body) = self.resolved(body) else {
            return;
        };
        if body.old.is_null() || body.new.is_null() {
            let is_required = body.new["required"] == true || body.new.is_null();
            let breaks = if is_required {
                body.direction.other()
            } else {
                Breaks::default()
            };
            return self.changed(&body, breaks);
        }
        for key in body.keys() {
            let pair = body.member(key, format!("{}.{key}", body.what));
            match key {
                "content" => {
                    let name = body.what.replace(" requestBody", " request");
                    self.content(&pair, &name);
                }
                "required" => {
                    let (old, new) = (pair.old == true, pair.new == true);
                    if old != new {
                        let breaks = if new {
                            pair.direction.narrower()
                        } else {
                            Breaks::default()
                        };
                        self.add(Change::Changed, &pair, format!("{old} -> {new}"), breaks);
                    }
                }
                key if is_text(key) => self.noted(&pair),
                _ => self.not_understood(&pair),
            }
        }
    }

    fn content(&mut self, content: &Pair<'a>, name: &str) {
        let is_answer = content.direction.answer;
        for media_type in content.keys() {
            let pair = content.member(media_type, format!("{name} as {media_type}"));
            match (pair.old, pair.new) {
                (Value::Null, media) => {
                    self.add(
                        Change::Added,
                        &pair,
                        kind(&media["schema"]),
                        Breaks::default(),
                    );
                }
                (media, Value::Null) => {
                    self.add(
                        Change::Removed,
                        &pair,
                        kind(&media["schema"]),
                        pair.direction.other(),
                    );
                }
                _ => {
                    for key in pair.keys() {
                        let inner = pair.member(key, format!("{} {key}", pair.what));
                        match key {
                            "schema" => {
                                let plain = media_type == "application/json" || is_answer;
                                let name = if plain {
                                    name.to_owned()
                                } else {
                                    pair.what.clone()
                                };
                                self.schema(pair.member(key, name));
                            }
                            "encoding" if inner.old != inner.new => {
                                self.changed(&inner, inner.direction.other());
                            }
                            "encoding" => {}
                            key if is_text(key) => self.noted(&inner),
                            _ => self.not_understood(&inner),
                        }
                    }
                }
            }
        }
    }

    fn responses(&mut self, responses: &Pair<'a>, operation: &str) {
        for status in responses.keys() {
            let pair = responses
                .member(status, format!("{operation} answer {status}"))
                .towards(Direction::ANSWER);
            if status.starts_with("x-") {
                self.noted(&pair);
                continue;
            }
            let is_success = status.starts_with('2');
            let Some(pair) = self.resolved(pair) else {
                continue;
            };
            match (pair.old, pair.new) {
                (Value::Null, new) => {
                    let breaks = if is_success {
                        pair.direction.other()
                    } else {
                        Breaks::default()
                    };
                    self.add(Change::Added, &pair, response_in_words(new), breaks);
                }
                (old, Value::Null) => {
                    let breaks = if is_success {
                        pair.direction.other()
                    } else {
                        Breaks::default()
                    };
                    self.add(Change::Removed, &pair, response_in_words(old), breaks);
                }
                _ => self.response(&pair),
            }
        }
    }

    fn response(&mut self, response: &Pair<'a>) {
        let name = &response.what;
        for key in response.keys() {
            let pair = response.member(key, format!("{name} {key}"));
            match key {
                "content" => self.content(&pair, name),
                "headers" => {
                    for header in pair.keys() {
                        let pair = pair.member(header, format!("{name} header {header}"));
                        let Some(pair) = self.resolved(pair) else {
                            continue;
                        };
                        match (pair.old, pair.new) {
                            (Value::Null, new) => {
                                self.add(
                                    Change::Added,
                                    &pair,
                                    kind(&new["schema"]),
                                    Breaks::default(),
                                );
                            }
                            (old, Value::Null) => {
                                self.add(
                                    Change::Removed,
                                    &pair,
                                    kind(&old["schema"]),
                                    pair.direction.other(),
                                );
                            }
                            _ => self.parameter(&pair),
                        }
                    }
                }
                key if is_text(key) => self.noted(&pair),
                _ => self.not_understood(&pair),
            }
        }
    }

    /// Alternatives, of which one has to be met. None at all, or an empty one, lets everybody in.
    fn security(&mut self, pair: &Pair<'a>) {
        let alternatives = |value: &Value| -> BTreeSet<String> {
            let list = value.as_array().into_iter().flatten();
            list.map(|one| {
                let schemes: Vec<&str> = one
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.as_str())
                    .collect();
                schemes.join(" with ")
            })
            .collect()
        };
        let (old, new) = (alternatives(pair.old), alternatives(pair.new));
        if old == new {
            return;
        }
        let is_open =
            |alternatives: &BTreeSet<String>| alternatives.is_empty() || alternatives.contains("");
        let breaks = if is_open(&new) || !is_open(&old) && old.is_subset(&new) {
            Breaks::default()
        } else {
            Direction::REQUEST.other()
        };
        let words = |alternatives: &BTreeSet<String>| {
            let names: Vec<&str> = alternatives
                .iter()
                .map(String::as_str)
                .filter(|name| !name.is_empty())
                .collect();
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(" or ")
            }
        };
        let detail = format!("{} -> {}", words(&old), words(&new));
        self.add(Change::Changed, pair, detail, breaks);
    }

    fn servers(&mut self, pair: &Pair<'a>) {
        let urls = |value: &Value| -> BTreeSet<String> {
            let list = value.as_array().into_iter().flatten();
            list.filter_map(|server| server["url"].as_str().map(str::to_owned))
                .collect()
        };
        let (old, new) = (urls(pair.old), urls(pair.new));
        if old == new {
            return self.noted(pair);
        }
        let breaks = if old.is_subset(&new) {
            Breaks::default()
        } else {
            Direction::REQUEST.other()
        };
        let words = |urls: &BTreeSet<String>| {
            urls.iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let detail = format!("[{}] -> [{}]", words(&old), words(&new));
        self.add(Change::Changed, pair, detail, breaks);
    }

    fn components(&mut self, components: &Pair<'a>) {
        for section in components.keys() {
            let pair = components.member(section, format!("components.{section}"));
            for name in pair.keys() {
                let what = match section {
                    "schemas" => name.to_owned(),
                    _ => format!("components.{section}.{name}"),
                };
                let direction = self.directions.get(section, name);
                let pair = pair.member(name, what).towards(direction);
                let is_one_sided = pair.old.is_null() || pair.new.is_null();
                match section {
                    "securitySchemes" => {
                        if pair.old != pair.new {
                            self.changed(&pair, Direction::REQUEST.other());
                        }
                    }
                    // Who uses it is told where it is used.
                    _ if is_one_sided => {
                        let (change, value) = match (pair.old, pair.new) {
                            (Value::Null, new) => (Change::Added, new),
                            (old, _) => (Change::Removed, old),
                        };
                        let detail = if section == "schemas" {
                            kind(value)
                        } else {
                            shown(value)
                        };
                        self.add(change, &pair, detail, Breaks::default());
                    }
                    "schemas" => self.schema(pair),
                    "responses" => self.response(&pair),
                    "requestBodies" => self.body(pair),
                    "parameters" | "headers" => self.parameter(&pair),
                    "examples" => self.noted(&pair),
                    _ => self.not_understood(&pair),
                }
            }
        }
    }
}

/// The part of a path that stays when it moves: without version and without a slash at the end.
fn tail(path: &str) -> String {
    let parts = path.split('/').filter(|part| {
        let is_version = part
            .strip_prefix('v')
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
        !part.is_empty() && !is_version
    });
    parts.collect::<Vec<_>>().join("/").to_lowercase()
}

/// Parameters by place and name, with where they stand.
fn identified<'a>(
    document: &'a Value,
    list: &'a Value,
    at: &Place,
) -> BTreeMap<(String, String), (&'a Value, Place)> {
    let mut parameters = BTreeMap::new();
    for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
        let (parameter, at) = super::follow(document, parameter, at.join(index));
        let text = |key: &str| parameter[key].as_str().unwrap_or("unknown").to_owned();
        parameters.insert((text("in"), text("name")), (parameter, at));
    }
    parameters
}

fn operation_in_words(operation: &Value) -> String {
    let id = operation["operationId"]
        .as_str()
        .filter(|id| !id.is_empty());
    id.map_or_else(|| "no operationId".to_owned(), str::to_owned)
}

fn response_in_words(response: &Value) -> String {
    let content = response["content"].as_object().into_iter().flatten();
    let kinds: Vec<String> = content
        .map(|(media_type, media)| format!("{media_type}: {}", kind(&media["schema"])))
        .collect();
    if kinds.is_empty() {
        "no body".to_owned()
    } else {
        kinds.join(", ")
    }
}
