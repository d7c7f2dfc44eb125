//! A table from a file, which may be newer than this version.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::alias::Alias;
use super::sizes::{PixelRule, SizeRule};
use super::spec::{Family, ModelSpec, Parameter, ReferenceImages, Values};
use super::table::ModelTable;

impl ModelTable {
    /// The built-in table with a JSON document put over it: a row whose id is known replaces the
    /// built-in one, any other is added, and aliases go before the built-in ones.
    ///
    /// A part of a row that this version cannot read, because a newer one wrote it, is not
    /// checked, and [`warnings`](Self::warnings) names it.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, or a row lacks a required field.
    pub fn from_json(json: &str) -> Result<Self, InvalidTable> {
        let file: File = serde_json::from_str(json).map_err(InvalidTable)?;
        let mut warnings: Vec<_> = file
            .unknown
            .keys()
            .map(|name| format!("{name}: this version knows no such part of a table"))
            .collect();
        let mut table = Self::builtin().clone();
        for row in file.models {
            table = table.with_model(row.read(&mut warnings));
        }
        let mut aliases = Vec::new();
        for alias in file.aliases {
            match Alias::deserialize(&alias) {
                Ok(alias) => aliases.push(alias),
                Err(error) => warnings.push(format!("aliases: {error}; it is left out")),
            }
        }
        table.warnings = warnings;
        // The built-in aliases that a table brings along are there already.
        aliases.retain(|alias| !table.aliases.contains(alias));
        Ok(table.with_aliases(aliases))
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    models: Vec<Row>,
    #[serde(default)]
    aliases: Vec<Value>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// A row of which the parts are still to be read.
#[derive(Deserialize)]
struct Row {
    id: String,
    family: String,
    sizes: Value,
    parameters: Vec<RowParameter>,
    source: String,
    #[serde(default)]
    edit_parameters: Vec<RowParameter>,
    life_cycle: Option<Value>,
    default_format: Option<Value>,
    prompt_limit: Option<Value>,
    streaming: Option<Value>,
    reference_images: Option<Value>,
    group_limit: Option<Value>,
    layer_limit: Option<Value>,
    layer_default: Option<Value>,
    transparent_needs_image: Option<Value>,
    price: Option<Value>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Deserialize)]
struct RowParameter {
    name: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Row {
    fn read(self, warnings: &mut Vec<String>) -> ModelSpec {
        let mut parts = Parts {
            id: &self.id,
            warnings,
        };
        let unread_parts = !self.unknown.is_empty();
        for name in self.unknown.keys() {
            parts.warn(name, &"this version knows no such part of a row");
        }
        let family = serde_json::from_value(Value::String(self.family.clone()));
        let family = family.unwrap_or_else(|_| {
            parts.warn(
                "family",
                &format_args!("this version does not know {}", self.family),
            );
            Family::Other
        });
        let sizes = parts.read("sizes", Some(self.sizes), || {
            Some(SizeRule {
                pixels: PixelRule::Any,
                ..SizeRule::default()
            })
        });
        ModelSpec {
            family,
            sizes: sizes.unwrap_or_default(),
            parameters: parts.parameters(self.parameters),
            edit_parameters: parts.parameters(self.edit_parameters),
            life_cycle: parts
                .read("life_cycle", self.life_cycle, || None)
                .unwrap_or_default(),
            default_format: parts.read("default_format", self.default_format, || None),
            prompt_limit: parts.read("prompt_limit", self.prompt_limit, || None),
            streaming: parts
                .read("streaming", self.streaming, || Some(true))
                .unwrap_or_default(),
            reference_images: parts.read("reference_images", self.reference_images, || {
                Some(ReferenceImages::unlimited())
            }),
            group_limit: parts.read("group_limit", self.group_limit, || None),
            layer_limit: parts.read("layer_limit", self.layer_limit, || None),
            layer_default: parts.read("layer_default", self.layer_default, || None),
            transparent_needs_image: parts
                .read(
                    "transparent_needs_image",
                    self.transparent_needs_image,
                    || None,
                )
                .unwrap_or_default(),
            price: parts.read("price", self.price, || None),
            source: Cow::Owned(self.source),
            unread_parts,
            id: Cow::Owned(self.id.clone()),
        }
    }
}

/// Reads the parts of one row.
struct Parts<'a> {
    id: &'a str,
    warnings: &'a mut Vec<String>,
}

impl Parts<'_> {
    fn warn(&mut self, part: &str, why: &dyn fmt::Display) {
        self.warnings
            .push(format!("{}: {part}: {why}; it is not checked", self.id));
    }

    /// A part, or what leaves it unchecked.
    fn read<T: DeserializeOwned>(
        &mut self,
        name: &str,
        part: Option<Value>,
        unchecked: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        serde_json::from_value(part?).unwrap_or_else(|error| {
            self.warn(name, &error);
            unchecked()
        })
    }

    fn parameters(&mut self, parameters: Vec<RowParameter>) -> Vec<Parameter> {
        let read = |RowParameter { name, mut rest }| {
            let label = format!("parameter {name}");
            rest.insert("name".to_owned(), name.clone().into());
            let unchecked = || Some(Parameter::new(name.clone(), Values::Any));
            self.read(&label, Some(rest.into()), unchecked)
        };
        parameters.into_iter().filter_map(read).collect()
    }
}

/// A model table that cannot be read.
#[derive(Debug)]
pub struct InvalidTable(serde_json::Error);

impl fmt::Display for InvalidTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // serde_json's text names the field and the place, and nothing of the content beyond it.
        write!(f, "the model table does not fit its schema: {}", self.0)
    }
}

impl std::error::Error for InvalidTable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_table_replaces_and_adds_rows() {
        let mut row = ModelTable::builtin().get("gpt-image-2").unwrap().clone();
        row.streaming = false;
        let mut added = row.clone();
        added.id = "gpt-image-3".into();
        let json = serde_json::json!({ "models": [row, added] }).to_string();

        let table = ModelTable::from_json(&json).unwrap();
        assert!(!table.get("gpt-image-2").unwrap().streaming);
        assert!(table.get("gpt-image-3").is_some());
        assert_eq!(
            table.models().len(),
            ModelTable::builtin().models().len() + 1
        );
    }

    #[test]
    fn the_builtin_table_survives_its_own_format() {
        let json = serde_json::to_string(ModelTable::builtin()).unwrap();
        assert_eq!(
            &ModelTable::from_json(&json).unwrap(),
            ModelTable::builtin()
        );
    }

    #[test]
    fn a_bad_table_says_where() {
        let error = ModelTable::from_json(r#"{"models": [{"id": "x"}]}"#).unwrap_err();
        insta::assert_snapshot!(error, @"the model table does not fit its schema: missing field `family` at line 1 column 23");
    }

    #[test]
    fn a_table_of_a_newer_version_is_read_as_far_as_it_is_known() {
        let row = |id: &str, part: &str, value: serde_json::Value| {
            let row = ModelTable::builtin().row("gpt-image-2").unwrap();
            let mut row = serde_json::to_value(row).unwrap();
            row["id"] = id.into();
            row[part] = value;
            row
        };
        let json = serde_json::json!({
            "models": [
                row("a", "family", "audio".into()),
                row("b", "sizes", serde_json::json!({"tiers": ["8K"]})),
                row("c", "parameters", serde_json::json!([
                    {"name": "n", "values": {"odd": {"min": 1}}},
                    {"name": "quality", "values": {"words": ["low"]}, "since": "2027"},
                    {"name": "moderation", "values": {"words": ["low"]}},
                ])),
                row("d", "price", serde_json::json!({"currency": "EUR", "rates": {}, "source": ""})),
                row("e", "modes", serde_json::json!(["x"])),
                row("f", "reference_images", serde_json::json!({"max": 1, "video": true})),
            ],
            "aliases": [{"alias": "mine", "model": "gpt-image-2"}, {"alias": "x", "model": "y"}],
            "tools": [],
        });
        let table = ModelTable::from_json(&json.to_string()).unwrap();
        insta::assert_snapshot!(table.warnings().join("\n"), @r#"
        tools: this version knows no such part of a table
        a: family: this version does not know audio; it is not checked
        b: sizes: "8K": a size is WIDTHxHEIGHT in pixels, a tier (1K, 1.5K, 2K, 3K, 4K) or auto; it is not checked
        c: parameter n: unknown variant `odd`, expected one of `boolean`, `integer`, `at_least`, `number`, `words`, `known_words`, `text`, `any`, `object`, `objects`; it is not checked
        c: parameter quality: unknown field `since`, expected one of `name`, `values`, `caution`; it is not checked
        d: price: unknown variant `EUR`, expected `USD` or `CNY`; it is not checked
        e: modes: this version knows no such part of a row; it is not checked
        f: reference_images: unknown field `video`, expected one of `min`, `max`, `formats`, `max_bytes`, `min_side`, `max_pixels`, `max_ratio`, `mask_max_bytes`, `markup`, `layered`; it is not checked
        alias x: no row has the id y
        "#);
        let context = crate::CheckContext::default();
        let found = |model: &str, size: &str| {
            let request = serde_json::json!({"model": model, "prompt": "p", "size": size, "n": 99,
                "quality": "ultra"});
            let found = table.check(&serde_json::from_value(request).unwrap(), &context);
            found
                .into_iter()
                .map(|problem| problem.parameter)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("b", "8K"), ["n", "quality"]);
        assert_eq!(found("c", "7x7"), ["size"]);
        assert_eq!(table.get("mine").unwrap().id, "gpt-image-2");
    }
}
