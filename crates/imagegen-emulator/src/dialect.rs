//! Which vendor's words a request is answered in.

use std::fmt;

use imagegen::ModelTable;
use imagegen::models::Family;

/// The vendor whose bodies, errors and events an answer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenAI's, for GPT Image models and unknown ones.
    OpenAi,
    /// Volcengine Ark's, for Seedream models and everything below `/api/v3`.
    Ark,
}

impl Dialect {
    /// What a model speaks behind a gateway.
    pub(crate) fn of_model(table: &ModelTable, id: &str) -> Self {
        let family = table
            .get(id)
            .map(|row| row.family)
            .or_else(|| Family::of_id(id));
        match family {
            Some(Family::Seedream) => Self::Ark,
            _ => Self::OpenAi,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenAi => "openai",
            Self::Ark => "ark",
        })
    }
}
