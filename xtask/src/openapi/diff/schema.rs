//! Comparison of schemas, keyword by keyword.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Breaks, Change, Comparison, Direction, Pair, follow, kind, shown};

/// Bounds from above: a lower one allows fewer values.
const MOST: [&str; 4] = ["maximum", "maxItems", "maxLength", "maxProperties"];
/// Bounds from below: a higher one allows fewer values.
const LEAST: [&str; 4] = ["minimum", "minItems", "minLength", "minProperties"];
/// Keywords that allow fewer values by being there.
const LIMITS: [&str; 3] = ["format", "multipleOf", "pattern"];
/// Flags that allow fewer values when they are true.
const LIMITING_FLAGS: [&str; 3] = ["exclusiveMaximum", "exclusiveMinimum", "uniqueItems"];
const TEXTS: [&str; 7] = [
    "description",
    "example",
    "examples",
    "externalDocs",
    "title",
    "xml",
    "summary",
];
const COMBINATIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

impl<'a> Comparison<'a> {
    pub(super) fn schema(&mut self, pair: Pair<'a>) {
        let Some(pair) = self.resolved(pair) else {
            return;
        };
        let places = (pair.old_at.clone(), pair.new_at.clone());
        if pair.old == pair.new && pair.old["$ref"].is_null() && places.0 == places.1 {
            // Whatever this refers to is compared where it stands.
            return;
        }
        if !self.open.insert(places.clone()) {
            return;
        }
        let (old, new) = (simple(self.old, pair.old), simple(self.new, pair.new));
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.objects(&pair, &old, &new),
            (old, new) if old == new => {}
            _ => self.not_understood(&pair),
        }
        self.open.remove(&places);
    }

    fn objects(&mut self, pair: &Pair<'a>, old: &Map<String, Value>, new: &Map<String, Value>) {
        let direction = pair.direction;
        let nothing = Value::Null;
        let shape = |schema: &Map<String, Value>| {
            let combination = COMBINATIONS
                .iter()
                .find_map(|key| Some((*key, schema.get(*key)?.clone())));
            (schema.get("type").cloned(), combination)
        };
        let same_shape = shape(old) == shape(new);
        if !same_shape {
            let breaks = self.shape_breaks(direction, old, new);
            let words = |schema: &Map<String, Value>| kind(&Value::Object(schema.clone()));
            let (mut before, mut after) = (words(old), words(new));
            if before == after {
                before = shown(&Value::Object(old.clone()));
                after = shown(&Value::Object(new.clone()));
            }
            self.add(
                Change::Changed,
                pair,
                format!("{before} -> {after}"),
                breaks,
            );
        }
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (before, after) = (
                old.get(key).unwrap_or(&nothing),
                new.get(key).unwrap_or(&nothing),
            );
            if before == after
                && !["items", "properties", "additionalProperties"].contains(&key.as_str())
                && !COMBINATIONS.contains(&key.as_str())
            {
                continue;
            }
            let inner = Pair {
                old: before,
                new: after,
                old_at: pair.old_at.join(key),
                new_at: pair.new_at.join(key),
                what: format!("{} {key}", pair.what),
                direction,
            };
            match key.as_str() {
                "type" => {}
                "properties" => self.properties(pair, old, new),
                "required" => self.required(pair, old, new),
                // Of another type are other items.
                "items" if same_shape || before.is_object() && after.is_object() => {
                    self.member(pair, old, new, key, &format!("{}[]", pair.what));
                }
                "items" => {}
                "enum" | "x-known-values" => self.words(&inner, key == "enum"),
                "nullable" => self.flag_of(&inner, |direction, on| {
                    if on {
                        direction.wider()
                    } else {
                        direction.narrower()
                    }
                }),
                "deprecated" => self.flag_of(&inner, |_, _| Breaks::default()),
                "readOnly" => self.flag_of(&inner, |direction, on| Breaks {
                    request: on && direction.request,
                    answer: false,
                }),
                "writeOnly" => self.flag_of(&inner, |direction, on| Breaks {
                    request: false,
                    answer: on && direction.answer,
                }),
                "default" => {
                    let is_other = !before.is_null() && !after.is_null();
                    let breaks = Breaks {
                        request: is_other && direction.request,
                        answer: false,
                    };
                    self.changed(&inner, breaks);
                }
                "additionalProperties" => self.additional(pair, old, new),
                key if COMBINATIONS.contains(&key) => {
                    if same_shape || before.is_array() && after.is_array() {
                        self.variants(pair, old, new, key);
                    }
                }
                key if MOST.contains(&key) => self.bound(&inner, |old, new| new < old),
                key if LEAST.contains(&key) => self.bound(&inner, |old, new| new > old),
                key if LIMITS.contains(&key) => {
                    let breaks = match (before, after) {
                        (Value::Null, _) => direction.narrower(),
                        (_, Value::Null) => direction.wider(),
                        _ => direction.other(),
                    };
                    self.changed(&inner, breaks);
                }
                key if LIMITING_FLAGS.contains(&key) => {
                    self.flag_of(&inner, |direction, on| {
                        if on {
                            direction.narrower()
                        } else {
                            direction.wider()
                        }
                    });
                }
                key if TEXTS.contains(&key) || key.starts_with("x-") => self.noted(&inner),
                _ => self.not_understood(&inner),
            }
        }
    }

    /// What another shape breaks: a choice that holds the old shape only adds to it.
    fn shape_breaks(
        &self,
        direction: Direction,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Breaks {
        let kinds = |document: &Value, schema: &Map<String, Value>| -> BTreeSet<String> {
            let combination = ["anyOf", "oneOf"]
                .iter()
                .find_map(|key| schema.get(*key)?.as_array());
            match combination {
                Some(variants) => variants
                    .iter()
                    .map(|variant| kind(follow(document, variant, super::Place::default()).0))
                    .collect(),
                None => BTreeSet::from([kind(&Value::Object(schema.clone()))]),
            }
        };
        let (before, after) = (kinds(self.old, old), kinds(self.new, new));
        let is = |set: &BTreeSet<String>, word: &str| set.len() == 1 && set.contains(word);
        let grows = is(&after, "anything")
            || is(&before, "integer") && is(&after, "number")
            || before.is_subset(&after) && before != after;
        let shrinks = is(&before, "anything")
            || is(&before, "number") && is(&after, "integer")
            || after.is_subset(&before) && before != after;
        match (grows, shrinks) {
            (true, false) => direction.wider(),
            (false, true) => direction.narrower(),
            _ => direction.other(),
        }
    }

    /// The pair for a member of two simplified schemas. Its values are looked up again, since these are copies.
    fn member(
        &mut self,
        pair: &Pair<'a>,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        key: &str,
        what: &str,
    ) {
        self.part(pair, old.get(key), new.get(key), &[key], what);
    }

    fn part(
        &mut self,
        pair: &Pair<'a>,
        old: Option<&Value>,
        new: Option<&Value>,
        keys: &[&str],
        what: &str,
    ) {
        let place = |at: &super::Place| keys.iter().fold(at.clone(), |at, key| at.join(key));
        let nothing = Value::Null;
        let inner = Pair {
            old: old.unwrap_or(&nothing),
            new: new.unwrap_or(&nothing),
            old_at: place(&pair.old_at),
            new_at: place(&pair.new_at),
            what: what.to_owned(),
            direction: pair.direction,
        };
        // A comparison of its own, as the values are copies that do not live as long as the documents.
        let mut part = Comparison {
            old: self.old,
            new: self.new,
            directions: std::mem::replace(&mut self.directions, super::Directions::none()),
            open: std::mem::take(&mut self.open),
            found: std::mem::take(&mut self.found),
        };
        part.schema(inner);
        self.directions = part.directions;
        self.open = part.open;
        self.found = part.found;
    }

    fn properties(&mut self, pair: &Pair<'a>, old: &Map<String, Value>, new: &Map<String, Value>) {
        let direction = pair.direction;
        let members = |schema: &Map<String, Value>| {
            schema
                .get("properties")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let requires = |schema: &Map<String, Value>, name: &str| {
            let required = schema.get("required").and_then(Value::as_array);
            required.is_some_and(|required| required.iter().any(|one| one == name))
        };
        let (before, after) = (members(old), members(new));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let what = format!("{}.{name}", pair.what);
            let place = |at: &super::Place| at.join("properties").join(name);
            let here = Pair {
                what: what.clone(),
                old_at: place(&pair.old_at),
                new_at: place(&pair.new_at),
                ..pair.clone()
            };
            let words = |schema: &Map<String, Value>, property: &Value| {
                let optional = if requires(schema, name) {
                    ""
                } else {
                    ", optional"
                };
                format!("{}{optional}", kind(property))
            };
            match (before.get(name), after.get(name)) {
                (None, Some(property)) => {
                    let breaks = if requires(new, name) {
                        direction.narrower()
                    } else {
                        Breaks::default()
                    };
                    self.add(Change::Added, &here, words(new, property), breaks);
                }
                (Some(property), None) => {
                    self.add(
                        Change::Removed,
                        &here,
                        words(old, property),
                        direction.other(),
                    );
                }
                (before, after) => self.part(pair, before, after, &["properties", name], &what),
            }
        }
    }

    fn required(&mut self, pair: &Pair<'a>, old: &Map<String, Value>, new: &Map<String, Value>) {
        let names = |schema: &Map<String, Value>| -> BTreeSet<String> {
            let required = schema.get("required").and_then(Value::as_array);
            required
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect()
        };
        let declared = |schema: &Map<String, Value>, name: &str| {
            schema
                .get("properties")
                .is_some_and(|properties| properties.get(name).is_some())
        };
        let (before, after) = (names(old), names(new));
        for name in before.symmetric_difference(&after) {
            // A property that comes or goes has its own line.
            if declared(old, name) != declared(new, name) {
                continue;
            }
            let undeclared = if declared(new, name) {
                ""
            } else {
                ", which no property declares"
            };
            let here = Pair {
                what: format!("{}.{name}", pair.what),
                old_at: pair.old_at.join("required"),
                new_at: pair.new_at.join("required"),
                ..pair.clone()
            };
            let (detail, breaks) = if after.contains(name) {
                ("optional -> required", pair.direction.narrower())
            } else {
                ("required -> optional", pair.direction.wider())
            };
            self.add(
                Change::Changed,
                &here,
                format!("{detail}{undeclared}"),
                breaks,
            );
        }
    }

    /// Words that come and go; their order says nothing.
    fn words(&mut self, pair: &Pair<'_>, is_closed: bool) {
        let words = |value: &Value| -> BTreeSet<String> {
            let list = value.as_array().into_iter().flatten();
            list.map(|word| {
                word.as_str()
                    .map_or_else(|| word.to_string(), str::to_owned)
            })
            .collect()
        };
        let (old, new) = (words(pair.old), words(pair.new));
        let breaks = match (pair.old.is_null(), pair.new.is_null()) {
            _ if !is_closed => Breaks::default(),
            (true, _) => pair.direction.narrower(),
            (_, true) => pair.direction.wider(),
            _ => Breaks {
                request: pair.direction.request && !old.is_subset(&new),
                answer: pair.direction.answer && !new.is_subset(&old),
            },
        };
        if old == new {
            return self.add(
                Change::Note,
                pair,
                "another order".to_owned(),
                Breaks::default(),
            );
        }
        let more = new.difference(&old).map(|word| format!("+{word}"));
        let fewer = old.difference(&new).map(|word| format!("-{word}"));
        let detail: Vec<String> = more.chain(fewer).collect();
        let change = match (pair.old, pair.new) {
            (Value::Null, _) => Change::Added,
            (_, Value::Null) => Change::Removed,
            _ => Change::Changed,
        };
        self.add(change, pair, detail.join(", "), breaks);
    }

    fn flag_of(&mut self, pair: &Pair<'_>, breaks: fn(Direction, bool) -> Breaks) {
        let (old, new) = (*pair.old == true, *pair.new == true);
        if old != new {
            let breaks = breaks(pair.direction, new);
            self.add(Change::Changed, pair, format!("{old} -> {new}"), breaks);
        }
    }

    fn bound(&mut self, pair: &Pair<'_>, is_narrower: fn(f64, f64) -> bool) {
        let breaks = match (pair.old.as_f64(), pair.new.as_f64()) {
            (None, Some(_)) => pair.direction.narrower(),
            (Some(_), None) => pair.direction.wider(),
            (Some(old), Some(new)) if is_narrower(old, new) => pair.direction.narrower(),
            (Some(_), Some(_)) => pair.direction.wider(),
            (None, None) => pair.direction.other(),
        };
        self.changed(pair, breaks);
    }

    fn additional(&mut self, pair: &Pair<'a>, old: &Map<String, Value>, new: &Map<String, Value>) {
        let key = "additionalProperties";
        // Absent means that everything is allowed.
        let value = |schema: &Map<String, Value>| match schema.get(key) {
            None => Value::Bool(true),
            Some(Value::Object(members)) if members.is_empty() => Value::Bool(true),
            Some(value) => value.clone(),
        };
        let (before, after) = (value(old), value(new));
        if before == after {
            return;
        }
        let here = Pair {
            old: &before,
            new: &after,
            old_at: pair.old_at.join(key),
            new_at: pair.new_at.join(key),
            what: format!("{} {key}", pair.what),
            direction: pair.direction,
        };
        match (&before, &after) {
            (Value::Object(_), Value::Object(_)) => {
                self.part(pair, Some(&before), Some(&after), &[key], &here.what);
            }
            (Value::Bool(true), _) | (_, Value::Bool(false)) => {
                self.changed(&here, here.direction.narrower());
            }
            _ => self.changed(&here, here.direction.wider()),
        }
    }

    /// Variants of a choice, told apart by what they are.
    fn variants(
        &mut self,
        pair: &Pair<'a>,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        key: &str,
    ) {
        let list = |schema: &Map<String, Value>| {
            schema
                .get(key)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let (before, after) = (list(old), list(new));
        let what = format!("{} {key}", pair.what);
        if before.len() == after.len() {
            for (index, (before, after)) in before.iter().zip(&after).enumerate() {
                let index = index.to_string();
                self.part(
                    pair,
                    Some(before),
                    Some(after),
                    &[key, &index],
                    &format!("{what}[{index}]"),
                );
            }
            return;
        }
        let breaks = |added: bool| match (key, added) {
            ("allOf", true) | (_, false) if key == "allOf" || !added => pair.direction.narrower(),
            _ => pair.direction.wider(),
        };
        let here = Pair {
            what,
            old_at: pair.old_at.join(key),
            new_at: pair.new_at.join(key),
            ..pair.clone()
        };
        for variant in after.iter().filter(|variant| !before.contains(variant)) {
            self.add(Change::Added, &here, kind(variant), breaks(true));
        }
        for variant in before.iter().filter(|variant| !after.contains(variant)) {
            self.add(Change::Removed, &here, kind(variant), breaks(false));
        }
    }
}

/// A schema without the detours that change nothing: a reference in an `allOf` of its own.
fn simple(document: &Value, schema: &Value) -> Value {
    // Nothing said is anything allowed.
    if schema.is_null() {
        return Value::Object(Map::new());
    }
    let Some(members) = schema.as_object() else {
        return schema.clone();
    };
    let Some([only]) = members
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        return schema.clone();
    };
    let (inner, _) = follow(document, only, super::Place::default());
    let mut merged = inner.as_object().cloned().unwrap_or_default();
    for (key, value) in members {
        if key != "allOf" {
            merged.insert(key.clone(), value.clone());
        }
    }
    Value::Object(merged)
}
