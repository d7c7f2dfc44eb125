//! The rows as one table, and the ways into it.

use std::borrow::Cow;

use serde::Serialize;

use super::alias::{Alias, bare, plain, readings, undated};
use super::spec::ModelSpec;
use crate::endpoint::Operation;
use crate::time::Date;

/// What every known model accepts.
///
/// A client checks against [`ModelTable::builtin`] unless it is given a newer table. In a file
/// the table is JSON, `{"models": [..], "aliases": [..]}`, both optional; its schema is
/// [`ModelTable`]'s `JsonSchema` (feature `schemars`; `imagegen schema model-table` prints it).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ModelTable {
    pub(super) models: Vec<ModelSpec>,
    /// Other names of the models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<Alias>,
    /// What could not be read of the file it came from.
    #[serde(skip)]
    pub(super) warnings: Vec<String>,
}

/// The row that a name stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Resolved<'t> {
    /// The row.
    pub spec: &'t ModelSpec,
    /// How the name led to it.
    pub by: ResolvedBy,
}

/// How a name led to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResolvedBy {
    /// It is the row's id.
    Id,
    /// It is the row's id, spelled otherwise (`openai/gpt-image-2`).
    Spelling,
    /// It is another name of the model, or its id with another date or none: when that model
    /// ends is not known.
    Alias,
}

impl ModelTable {
    /// The table with one more name for a model, such as a gateway's own: requests for it are
    /// checked against that model's row, and priced by it.
    ///
    /// A name whose model has no row is reported by [`warnings`](Self::warnings).
    #[must_use]
    pub fn with_alias(
        self,
        alias: impl Into<Cow<'static, str>>,
        model: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.with_aliases([Alias::new(alias, model)])
    }

    /// The table with a row put in place of the one with its id, or added.
    #[must_use]
    pub fn with_model(mut self, row: ModelSpec) -> Self {
        match self.models.iter_mut().find(|known| known.id == row.id) {
            Some(known) => *known = row,
            None => self.models.push(row),
        }
        self
    }

    /// New names go before those that were there.
    pub(super) fn with_aliases(mut self, aliases: impl IntoIterator<Item = Alias>) -> Self {
        let aliases: Vec<_> = aliases.into_iter().collect();
        for alias in &aliases {
            if self.row(&alias.model).is_none() {
                let (name, model) = (&alias.alias, &alias.model);
                self.warnings
                    .push(format!("alias {name}: no row has the id {model}"));
            }
        }
        self.aliases.splice(0..0, aliases);
        self
    }

    /// What of the file it came from this version cannot read. Such a part is not checked.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// All rows, OpenAI's first, each family oldest first.
    pub fn models(&self) -> &[ModelSpec] {
        &self.models
    }

    /// Other names of the models, those that go first first.
    pub fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// The row of a model's id or other name: see [`resolve`](Self::resolve).
    pub fn get(&self, name: &str) -> Option<&ModelSpec> {
        Some(self.resolve(name)?.spec)
    }

    /// The row with exactly this id.
    pub fn row(&self, id: &str) -> Option<&ModelSpec> {
        self.models.iter().find(|row| row.id == id)
    }

    /// The row that a name stands for: the one with this id; else the one it is an alias of; else
    /// the one whose id it is with a vendor's prefix or path, a task behind it, or without a date.
    pub fn resolve(&self, name: &str) -> Option<Resolved<'_>> {
        if let Some(spec) = self.row(name) {
            let by = ResolvedBy::Id;
            return Some(Resolved { spec, by });
        }
        let ids: Vec<_> = self.models.iter().map(|row| plain(&row.id)).collect();
        let with = |fits: &dyn Fn(&str) -> bool, by| {
            let at = ids.iter().position(|id| fits(id))?;
            let spec = &self.models[at];
            Some(Resolved { spec, by })
        };
        let readings = readings(name);
        let mut readings = readings.iter().map(String::as_str);
        readings
            .clone()
            .find_map(|name| self.aliased(name))
            .or_else(|| {
                readings
                    .clone()
                    .find_map(|name| with(&|id| id == name, ResolvedBy::Spelling))
            })
            .or_else(|| {
                readings
                    .clone()
                    .find_map(|name| with(&|id| bare(id) == name, ResolvedBy::Spelling))
            })
            .or_else(|| {
                readings.find_map(|name| {
                    let name = undated(name).unwrap_or(name);
                    self.aliased(name)
                        .or_else(|| with(&|id| bare(id) == bare(name), ResolvedBy::Alias))
                        .or_else(|| {
                            with(
                                &|id| undated(bare(id)) == Some(bare(name)),
                                ResolvedBy::Alias,
                            )
                        })
                })
            })
    }

    fn aliased(&self, name: &str) -> Option<Resolved<'_>> {
        let mut aliases = self.aliases.iter();
        let alias = aliases.find(|alias| plain(&alias.alias) == name)?;
        let spec = self.row(&alias.model)?;
        let by = ResolvedBy::Alias;
        Some(Resolved { spec, by })
    }

    /// The model to turn to after one that ends: the first of its successors that is alive.
    pub fn successor(&self, spec: &ModelSpec, on: Date) -> Option<&ModelSpec> {
        // A table from a file may go in circles.
        const LONGEST: usize = 8;
        let mut next = spec.life_cycle.replacement.as_deref();
        for _ in 0..LONGEST {
            let row = self.row(next?)?;
            if row
                .life_cycle
                .shutdown
                .is_none_or(|shutdown| shutdown >= on)
            {
                return Some(row);
            }
            next = row.life_cycle.replacement.as_deref();
        }
        None
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
