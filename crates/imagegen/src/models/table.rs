//! The rows as one table: the built-in one, or a newer one from a file.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::gpt_image::GptImageModel;
use super::seedream::SeedreamModel;
use super::spec::ModelSpec;
use crate::endpoint::Operation;

/// What every known model accepts.
///
/// A client checks against [`ModelTable::builtin`] unless it is given a newer table. In a file
/// the table is JSON, `{"models": [..]}`; its schema is [`ModelTable`]'s `JsonSchema`
/// (feature `schemars`; `imagegen schema model-table` prints it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelTable {
    models: Vec<ModelSpec>,
}

impl ModelTable {
    /// The table this release was built with.
    pub fn builtin() -> &'static Self {
        Self::shared()
    }

    /// The built-in table, for all clients together.
    pub(crate) fn shared() -> &'static Arc<Self> {
        static BUILTIN: LazyLock<Arc<ModelTable>> = LazyLock::new(|| {
            let mut models = GptImageModel::rows();
            models.extend(SeedreamModel::rows());
            Arc::new(ModelTable { models })
        });
        &BUILTIN
    }

    /// The built-in table with the rows of a JSON document put over it: a row whose id is known
    /// replaces the built-in one, any other is added.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, or a row has an unknown field or lacks a required one.
    pub fn from_json(json: &str) -> Result<Self, InvalidTable> {
        let newer: Self = serde_json::from_str(json).map_err(InvalidTable)?;
        let mut table = Self::builtin().clone();
        for row in newer.models {
            match table.models.iter_mut().find(|known| known.id == row.id) {
                Some(known) => *known = row,
                None => table.models.push(row),
            }
        }
        Ok(table)
    }

    /// All rows, OpenAI's first, each family oldest first.
    pub fn models(&self) -> &[ModelSpec] {
        &self.models
    }

    /// The row of a model id.
    pub fn get(&self, id: &str) -> Option<&ModelSpec> {
        self.models.iter().find(|row| row.id == id)
    }

    /// Whether any row has a parameter of this name.
    pub(crate) fn knows_parameter(&self, name: &str) -> bool {
        // Words both vendors' users try that no model of the table takes: they would be
        // dropped without a word, so they count as known, and are refused.
        const NEVER: [&str; 3] = ["negative_prompt", "aspect_ratio", "optimize_prompt"];
        NEVER.contains(&name)
            || self
                .models
                .iter()
                .any(|row| row.parameter(name, Operation::Edit).is_some())
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
        let json = serde_json::to_string(&ModelTable {
            models: vec![row, added],
        })
        .unwrap();

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
}
