//! Lowering of schemas.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;
use serde_json::{Map, Value, json};

use super::{Faults, Fix, Place, Renames, Sorted, bounds, members, names::constant, only};

/// Lists of words, by the name of their constant.
pub(crate) type Known = BTreeMap<String, KnownWords>;

/// The words known today for a string that takes others too.
#[derive(Debug, PartialEq)]
pub(crate) struct KnownWords {
    /// Where the list stands, for messages and for the docs of the constant.
    pub(crate) at: String,
    /// The words, in the order of the contract.
    pub(crate) words: Vec<String>,
    /// What else the docs say.
    pub(crate) docs: Vec<String>,
}

/// Keywords that say something about values rather than about their shape, and go into the docs. The generator would
/// turn most of them into newtypes that refuse to decode, and a `default` into a value that is always sent.
const DROPPED: [&str; 23] = [
    "default",
    "deprecated",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "title",
    "uniqueItems",
    "writeOnly",
    "xml",
];

/// Keywords that are lowered.
const KEPT: [&str; 10] = [
    "additionalProperties",
    "allOf",
    "description",
    "enum",
    "items",
    "nullable",
    "oneOf",
    "properties",
    "required",
    "type",
];

const PREFIX: &str = "#/components/schemas/";

/// The named schemas of a document.
pub(super) struct Schemas {
    /// Each with its place in the contract.
    named: BTreeMap<String, (Place, Value)>,
    /// Those that are sent as a form.
    forms: BTreeSet<String>,
    known: Known,
    renames: Renames,
}

impl Schemas {
    pub(super) fn new(named: BTreeMap<String, (Place, Value)>) -> Self {
        Self {
            named,
            forms: BTreeSet::new(),
            known: Known::new(),
            renames: Renames::default(),
        }
    }

    /// Checks that a schema is a reference to a named one, and returns the name.
    fn reference(&self, at: &Place, schema: &Value, faults: &mut Faults) -> Option<String> {
        let Some(name) = schema_reference(schema) else {
            faults.add(at, "has to be a reference to a named schema");
            return None;
        };
        only(schema, at, &["$ref"], faults);
        if !self.named.contains_key(name) {
            faults.add(at, format!("there is no schema \"{name}\""));
            return None;
        }
        Some(name.to_owned())
    }

    /// Returns a reference to the schema of a body, which is moved to the named ones if it stands in line.
    pub(super) fn named(
        &mut self,
        at: &Place,
        schema: &Value,
        suggested: &str,
        faults: &mut Faults,
    ) -> Value {
        if schema.get("$ref").is_some() {
            self.reference(at, schema, faults);
            return schema.clone();
        }
        let title = schema["title"].as_str().filter(|title| !title.is_empty());
        let Some(title) = title else {
            let fix = Fix::Update(at.clone(), json!({ "title": suggested }));
            let text = "needs a title, which becomes the name of the type";
            faults.with(at, text, Some(fix));
            return Value::Null;
        };
        let moved = (at.clone(), schema.clone());
        if let Some((other, _)) = self.named.insert(title.to_owned(), moved) {
            let fix = Fix::Update(at.clone(), json!({ "title": suggested }));
            let text = format!("\"{title}\" is also the name of {other}");
            faults.with(&at.join("title"), text, Some(fix));
        }
        json!({ "$ref": format!("{PREFIX}{title}") })
    }

    /// Takes note that a schema is sent as a form, and returns its name.
    pub(super) fn form(
        &mut self,
        at: &Place,
        schema: &Value,
        suggested: &str,
        faults: &mut Faults,
    ) -> Option<String> {
        let name = schema_reference(&self.named(at, schema, suggested, faults))?.to_owned();
        self.forms.insert(name.clone());
        Some(name)
    }

    /// Whether a form has files beside its fields.
    pub(super) fn has_files(&self, form: &str) -> bool {
        let schema = self.named.get(form);
        schema.is_some_and(|(_, schema)| {
            let fields = schema["properties"].as_object();
            fields
                .into_iter()
                .flatten()
                .any(|(_, field)| is_file(field))
        })
    }

    /// Lowers a schema that has no name of its own.
    pub(super) fn inline(
        &mut self,
        at: &Place,
        name: &str,
        schema: &mut Value,
        faults: &mut Faults,
    ) {
        self.lower(at, &constant(name), schema, faults);
    }

    /// Lowers the named schemas and hands them over, with the words they list.
    pub(super) fn finish(mut self, faults: &mut Faults) -> (Sorted, Known, Renames) {
        let mut lowered = Sorted::new();
        let mut types: BTreeMap<String, Place> = BTreeMap::new();
        for (name, (at, mut schema)) in self.named.clone() {
            type_name(&name, &at, &mut types, faults);
            if self.forms.contains(&name) {
                self.take_files(&at, &name, &mut schema, faults);
            }
            self.lower(&at, &constant(&name), &mut schema, faults);
            lowered.insert(name, schema);
        }
        (lowered, self.known, self.renames)
    }

    /// Removes the files from a form: what is left are its text fields, which have a shape in JSON.
    fn take_files(&mut self, at: &Place, name: &str, schema: &mut Value, faults: &mut Faults) {
        let at = at.join("properties");
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        let Some(properties) = properties else {
            faults.add(&at, "a form needs fields");
            return;
        };
        let files: Vec<String> = properties
            .iter()
            .filter(|(_, field)| is_file(field))
            .map(|(name, _)| name.clone())
            .collect();
        let mut docs = Vec::new();
        for name in &files {
            let field = &properties[name];
            let text = field["description"].as_str().unwrap_or_default();
            let bounds = field.as_object().and_then(bounds::sentences);
            let text = format!("- `{name}`: {text}\n{}", bounds.unwrap_or_default());
            docs.push(text.trim_end().replace('\n', "\n  "));
        }
        properties.retain(|_, field| !is_file(field));
        let required = schema.get_mut("required").and_then(Value::as_array_mut);
        if let Some(required) = required {
            required.retain(|name| !files.iter().any(|file| name == file));
        }
        if files.is_empty() {
            return;
        }
        let name = format!("{}_FILES", constant(name));
        self.learn(&at, name.clone(), files);
        if let Some(known) = self.known.get_mut(&name) {
            known.docs = docs;
        }
    }

    fn lower(&mut self, at: &Place, name: &str, schema: &mut Value, faults: &mut Faults) {
        if schema.get("$ref").is_some() {
            // What stands beside a reference is ignored by the rules of OpenAPI 3.0, so it would be lost.
            self.reference(at, schema, faults);
            return;
        }
        open_words(schema);
        let words = self.words(at, name, schema, faults);
        let Some(schema) = schema.as_object_mut() else {
            faults.add(at, "an object is expected here");
            return;
        };
        if schema
            .get("format")
            .is_some_and(|format| format == "binary")
        {
            faults.add(&at.join("format"), "a file has no shape outside of a form");
        }
        let bounds = bounds::sentences(schema);
        schema.retain(|key, _| !key.starts_with("x-") && !DROPPED.contains(&key.as_str()));
        for key in schema.keys() {
            let place = at.join(key);
            if key == "anyOf" {
                let text = "would become a struct that does not serialise; use oneOf";
                faults.add(&place, text);
            } else if !KEPT.contains(&key.as_str()) {
                let fix = Some(Fix::Remove(place.clone()));
                faults.with(&place, "this keyword is not understood", fix);
            }
        }
        if schema.get("type").is_some_and(|kind| !kind.is_string()) {
            faults.add(&at.join("type"), "exactly one type is understood");
        }
        let words =
            words.map(|constant| format!("Known words: [`{constant}`](crate::known::{constant})."));
        for text in bounds.into_iter().chain(words) {
            let description = schema.entry("description").or_insert_with(|| "".into());
            let before = description.as_str().unwrap_or_default().trim_end();
            *description = format!("{before}\n\n{text}").trim_start().into();
        }
        self.lower_members(at, name, schema, faults);
        if let Some(items) = schema.get_mut("items") {
            self.lower(&at.join("items"), name, items, faults);
        }
        if let Some(members) = schema.get("allOf") {
            let at = at.join("allOf");
            // A single member is how 3.0 puts a description beside a reference.
            match members.as_array().map(Vec::as_slice).unwrap_or_default() {
                [member] => {
                    self.reference(&at.join(0), member, faults);
                }
                _ => faults.add(&at, "only a single member is understood"),
            }
        }
        if let Some(variants) = schema.get_mut("oneOf") {
            let at = at.join("oneOf");
            let Some(variants) = variants.as_array_mut() else {
                faults.add(&at, "a list is expected here");
                return;
            };
            for (index, variant) in variants.iter_mut().enumerate() {
                self.lower(&at.join(index), name, variant, faults);
            }
        }
    }

    /// Lowers the members of an object, and keeps those that are not named in a map rather than to ignore them.
    fn lower_members(
        &mut self,
        at: &Place,
        name: &str,
        schema: &mut Map<String, Value>,
        faults: &mut Faults,
    ) {
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(_)) => {}
            Some(Value::Object(object)) if object.is_empty() => {}
            Some(_) => {
                let place = at.join("additionalProperties");
                let fix = Some(Fix::Remove(place.clone()));
                faults.with(&place, "only true and false are understood", fix);
            }
        }
        let Some(properties) = schema.get_mut("properties") else {
            schema.remove("additionalProperties");
            return;
        };
        let place = at.join("properties");
        if members(properties, &place, faults).is_none() {
            return;
        }
        let mut required = match schema.get("required") {
            Some(Value::Array(names)) => names.clone(),
            _ => Vec::new(),
        };
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for (property, schema) in properties.iter_mut() {
            let name = format!("{name}_{}", constant(property));
            self.lower(&place.join(property), &name, schema, faults);
            // A plain optional list could not tell an absent list from an empty one, and would refuse null.
            if schema["type"] == "array" && !required.iter().any(|name| name == property) {
                schema["nullable"] = true.into();
            }
        }
        if properties.is_empty() {
            schema.remove("additionalProperties");
            return;
        }
        self.renames.part(properties, &mut required);
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        schema.insert("additionalProperties".into(), json!({}));
    }

    /// Takes the words a string is known to have and returns the name of their constant. A published `enum` is opened:
    /// tomorrow's word in an answer must not be a decode error.
    fn words(
        &mut self,
        at: &Place,
        name: &str,
        schema: &mut Value,
        faults: &mut Faults,
    ) -> Option<String> {
        let schema = schema.as_object_mut()?;
        let mut words = Vec::new();
        // Ours first: where both say the same, another order changes nothing.
        for key in ["x-known-values", "enum"] {
            let Some(list) = schema.remove(key) else {
                continue;
            };
            let place = at.join(key);
            let fix = Some(Fix::Remove(place.clone()));
            if schema.get("type").is_none_or(|kind| kind != "string") {
                faults.with(&place, "only strings have known words", fix);
                return None;
            }
            for word in list.as_array().into_iter().flatten() {
                match word {
                    Value::String(word) if words.contains(word) => {}
                    Value::String(word) => words.push(word.clone()),
                    Value::Null => {}
                    _ => {
                        faults.with(&place, "only strings have known words", fix);
                        return None;
                    }
                }
            }
        }
        if words.is_empty() {
            return None;
        }
        let name = schema
            .get("x-known-as")
            .and_then(Value::as_str)
            .unwrap_or(name)
            .to_owned();
        self.learn(at, name.clone(), words);
        Some(name)
    }

    /// Lists of one name are united: a parameter that several bodies take has the words that any of them names.
    fn learn(&mut self, at: &Place, name: String, words: Vec<String>) {
        let known = self.known.entry(name).or_insert_with(|| KnownWords {
            at: at.to_string(),
            words: Vec::new(),
            docs: Vec::new(),
        });
        for word in words {
            if !known.words.contains(&word) {
                known.words.push(word);
            }
        }
    }
}

/// Holds the name of a schema against those that the generator makes of the others.
fn type_name(name: &str, at: &Place, types: &mut BTreeMap<String, Place>, faults: &mut Faults) {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.is_ascii();
    if !is_name {
        let title = format!("Schema{}", types.len() + 1);
        let fix = Fix::Update(at.clone(), json!({ "title": title }));
        let text = format!("\"{name}\" is no name for a type: give the schema a title that is one");
        faults.with(at, text, Some(fix));
    }
    let ident = name.to_upper_camel_case();
    if let Some(other) = types.insert(ident.clone(), at.clone()) {
        faults.add(at, format!("would be called `{ident}`, as {other} is"));
    }
}

/// Makes one open string of a choice between strings, which is how words are listed beside any other.
fn open_words(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = object.get(key) else {
            continue;
        };
        let are_strings = branches.iter().all(|branch| branch["type"] == "string");
        if !are_strings || branches.len() < 2 {
            continue;
        }
        let words: Vec<Value> = branches
            .iter()
            .flat_map(|branch| branch["enum"].as_array().cloned().unwrap_or_default())
            .collect();
        object.remove(key);
        object.insert("type".into(), "string".into());
        if !words.is_empty() {
            object.insert("enum".into(), words.into());
        }
    }
}

fn is_file(field: &Value) -> bool {
    field["format"] == "binary" || field["items"]["format"] == "binary"
}

/// The name that a reference to a schema carries.
pub(crate) fn schema_reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(PREFIX)
}
