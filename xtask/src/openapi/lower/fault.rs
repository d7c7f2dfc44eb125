//! What keeps a contract from being generated.

use std::fmt;

use serde_json::Value;

use super::Place;

/// One reason, its place, and the change that would do away with it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: Place,
    pub(crate) text: String,
    pub(crate) fix: Option<Fix>,
}

/// A change to the contract, as an action of the overlay makes it.
#[derive(Clone, Debug)]
pub(crate) enum Fix {
    /// Merge this into what is at the place.
    Update(Place, Value),
    /// Take away what is at the place.
    Remove(Place),
}

/// Everything that keeps a contract from being generated.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, at: &Place, text: impl Into<String>) {
        self.with(at, text, None);
    }

    pub(super) fn with(&mut self, at: &Place, text: impl Into<String>, fix: Option<Fix>) {
        self.0.push(Fault {
            at: at.clone(),
            text: text.into(),
            fix,
        });
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", fault.at, fault.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
