//! Lowering of schemas.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::{members, only};

/// Lists of words, by the name of their constant.
pub(crate) type Known = BTreeMap<String, KnownWords>;

/// The words known today for a string that takes others too.
#[derive(Debug, PartialEq)]
pub(crate) struct KnownWords {
    /// Where the list stands, for messages and for the docs of the constant.
    pub(crate) at: String,
    /// The words, in the order of the contract.
    pub(crate) words: Vec<String>,
}

/// Keywords that say something about values rather than about their shape. The generator would turn most of them
/// into newtypes that refuse to decode, and a `default` into a value that is always sent.
const DROPPED: [&str; 22] = [
    "default",
    "deprecated",
    "example",
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
    /// Each with its place in the YAML.
    named: BTreeMap<String, (String, Value)>,
    /// Those that are sent as a form.
    forms: BTreeSet<String>,
    known: Known,
}

impl Schemas {
    pub(super) fn new(components: &Value) -> Result<Self> {
        let named = members(components, "components.schemas")?
            .iter()
            .map(|(name, schema)| {
                let at = format!("components.schemas.{name}");
                (name.clone(), (at, schema.clone()))
            })
            .collect();
        Ok(Self {
            named,
            forms: BTreeSet::new(),
            known: Known::new(),
        })
    }

    /// Checks that a schema is a reference to a named one, and returns the name.
    pub(super) fn reference(&self, at: &str, schema: &Value) -> Result<String> {
        let Some(name) = schema_reference(schema) else {
            bail!("{at}: has to be a reference to a named schema");
        };
        only(schema, at, &["$ref"])?;
        ensure!(
            self.named.contains_key(name),
            "{at}: there is no schema \"{name}\""
        );
        Ok(name.to_owned())
    }

    /// Returns a reference to the schema of a JSON body, which is moved to the named ones if it stands in line.
    pub(super) fn body(&mut self, at: &str, schema: &Value) -> Result<Value> {
        if schema.get("$ref").is_some() {
            self.reference(at, schema)?;
            return Ok(schema.clone());
        }
        let Some(title) = schema["title"].as_str().filter(|title| !title.is_empty()) else {
            bail!("{at}: needs a title, which becomes the name of the type");
        };
        let moved = (at.to_owned(), schema.clone());
        if let Some((other, _)) = self.named.insert(title.to_owned(), moved) {
            bail!("{at}.title: \"{title}\" is also the name of {other}");
        }
        Ok(json!({ "$ref": format!("{PREFIX}{title}") }))
    }

    /// Takes note that a named schema is sent as a form.
    pub(super) fn form(&mut self, at: &str, schema: &Value) -> Result<()> {
        let name = self.reference(at, schema)?;
        self.forms.insert(name);
        Ok(())
    }

    /// Lowers a schema that has no name of its own.
    pub(super) fn inline(&mut self, at: &str, name: &str, schema: &mut Value) -> Result<()> {
        self.lower(at, &constant(name), schema)
    }

    /// Lowers the named schemas and hands them over, with the words they list.
    pub(super) fn finish(mut self) -> Result<(BTreeMap<String, Value>, Known)> {
        let mut lowered = BTreeMap::new();
        for (name, (at, mut schema)) in self.named.clone() {
            if self.forms.contains(&name) {
                self.take_files(&at, &name, &mut schema)?;
            }
            self.lower(&at, &constant(&name), &mut schema)?;
            lowered.insert(name, schema);
        }
        Ok((lowered, self.known))
    }

    /// Removes the files from a form: what is left are its text fields, which have a shape in JSON.
    fn take_files(&mut self, at: &str, name: &str, schema: &mut Value) -> Result<()> {
        let at = format!("{at}.properties");
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        let Some(properties) = properties else {
            bail!("{at}: a form needs fields");
        };
        let is_file =
            |field: &Value| field["format"] == "binary" || field["items"]["format"] == "binary";
        let files: Vec<String> = properties
            .iter()
            .filter(|(_, field)| is_file(field))
            .map(|(name, _)| name.clone())
            .collect();
        properties.retain(|_, field| !is_file(field));
        let required = schema.get_mut("required").and_then(Value::as_array_mut);
        if let Some(required) = required {
            required.retain(|name| !files.iter().any(|file| name == file));
        }
        self.learn(&at, format!("{}_FILES", constant(name)), files)
    }

    fn lower(&mut self, at: &str, name: &str, schema: &mut Value) -> Result<()> {
        if schema.get("$ref").is_some() {
            // What stands beside a reference is ignored by the rules of OpenAPI 3.0, so it would be lost.
            self.reference(at, schema)?;
            return Ok(());
        }
        let words = self.words(at, name, schema)?;
        let Some(schema) = schema.as_object_mut() else {
            bail!("{at}: an object is expected here");
        };
        if schema
            .get("format")
            .is_some_and(|format| format == "binary")
        {
            bail!("{at}.format: a file has no shape outside of a form");
        }
        schema.retain(|key, _| !key.starts_with("x-"));
        schema.retain(|key, _| !DROPPED.contains(&key.as_str()));
        for key in schema.keys() {
            match key.as_str() {
                "anyOf" => {
                    bail!("{at}.anyOf: would become a struct that does not serialise; use oneOf")
                }
                key => ensure!(
                    KEPT.contains(&key),
                    "{at}.{key}: this keyword is not understood"
                ),
            }
        }
        if let Some(kind) = schema.get("type") {
            ensure!(
                kind.is_string(),
                "{at}.type: exactly one type is understood"
            );
        }
        if let Some(constant) = words {
            let description = schema.entry("description").or_insert_with(|| "".into());
            let text = description.as_str().unwrap_or_default();
            let text = format!("{text}\n\nKnown words: [`{constant}`](crate::known::{constant}).");
            *description = text.trim_start().into();
        }

        match schema.get("additionalProperties") {
            // Spelled this way, unknown members are kept in a map rather than ignored.
            Some(Value::Bool(true)) => {
                schema.insert("additionalProperties".into(), json!({}));
            }
            // An answer with one member more must still decode.
            Some(Value::Bool(false)) => {
                schema.remove("additionalProperties");
            }
            Some(Value::Object(object)) if object.is_empty() => {}
            None => {}
            Some(_) => bail!("{at}.additionalProperties: only true and false are understood"),
        }
        self.lower_properties(at, name, schema)?;
        if let Some(items) = schema.get_mut("items") {
            self.lower(&format!("{at}.items"), name, items)?;
        }
        if let Some(members) = schema.get("allOf") {
            // A single member is how 3.0 puts a description beside a reference.
            let members = members.as_array().map(Vec::as_slice).unwrap_or_default();
            let [member] = members else {
                bail!("{at}.allOf: only a single member is understood");
            };
            self.reference(&format!("{at}.allOf.0"), member)?;
        }
        if let Some(variants) = schema.get_mut("oneOf") {
            let at = format!("{at}.oneOf");
            let variants = variants
                .as_array_mut()
                .with_context(|| format!("{at}: a list is expected here"))?;
            for (index, variant) in variants.iter_mut().enumerate() {
                self.lower(&format!("{at}.{index}"), name, variant)?;
            }
        }
        Ok(())
    }

    fn lower_properties(
        &mut self,
        at: &str,
        name: &str,
        schema: &mut Map<String, Value>,
    ) -> Result<()> {
        let required = schema.get("required").cloned().unwrap_or_else(|| json!([]));
        let required = required.as_array().map(Vec::as_slice).unwrap_or_default();
        let Some(properties) = schema.get_mut("properties") else {
            return Ok(());
        };
        let Some(properties) = properties.as_object_mut() else {
            bail!("{at}.properties: an object is expected here");
        };
        for (property, schema) in properties {
            let at = format!("{at}.properties.{property}");
            self.lower(&at, &format!("{name}_{}", constant(property)), schema)?;
            // A plain optional list could not tell an absent list from an empty one, and would refuse null.
            if schema["type"] == "array" && !required.iter().any(|name| name == property) {
                schema["nullable"] = true.into();
            }
        }
        Ok(())
    }

    /// Takes the words a string is known to have and returns the name of their constant. A published `enum` is opened:
    /// tomorrow's word in an answer must not be a decode error.
    fn words(&mut self, at: &str, name: &str, schema: &mut Value) -> Result<Option<String>> {
        let Some(schema) = schema.as_object_mut() else {
            return Ok(None);
        };
        let mut words = Vec::new();
        for key in ["enum", "x-known-values"] {
            let Some(list) = schema.remove(key) else {
                continue;
            };
            ensure!(
                schema.get("type").is_some_and(|kind| kind == "string"),
                "{at}.{key}: only strings have known words"
            );
            for word in list.as_array().into_iter().flatten() {
                match word {
                    Value::String(word) if words.contains(word) => {}
                    Value::String(word) => words.push(word.clone()),
                    Value::Null => {}
                    _ => bail!("{at}.{key}: only strings have known words"),
                }
            }
        }
        if words.is_empty() {
            return Ok(None);
        }
        let name = schema
            .get("x-known-as")
            .and_then(Value::as_str)
            .unwrap_or(name)
            .to_owned();
        self.learn(at, name.clone(), words)?;
        Ok(Some(name))
    }

    fn learn(&mut self, at: &str, name: String, words: Vec<String>) -> Result<()> {
        if let Some(known) = self.known.get(&name) {
            ensure!(
                known.words == words,
                "{at}: the words called {name} are not those of {}",
                known.at
            );
            return Ok(());
        }
        let at = at.to_owned();
        self.known.insert(name, KnownWords { at, words });
        Ok(())
    }
}

/// The name that a reference to a schema carries.
pub(crate) fn schema_reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(PREFIX)
}

/// `CreateImageRequest` or `create_image` as the name of a constant.
fn constant(name: &str) -> String {
    let mut constant = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && constant.ends_with(|last: char| last.is_ascii_lowercase()) {
            constant.push('_');
        }
        constant.push(if c.is_ascii_alphanumeric() { c } else { '_' });
    }
    constant.to_ascii_uppercase()
}
