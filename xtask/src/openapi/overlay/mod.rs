//! The first step: the published document and our facts about it become one contract.
//!
//! The overlay adds to what is published and never papers it over: where both speak of one thing and disagree, where it
//! speaks of something that is no longer there, and where it repeats what is published by now, it says so.

use std::fmt;

use anyhow::{Context, Result};
use roas_overlay::{
    apply::{Apply, ApplyOptions},
    v1_0::Overlay,
    validation::Validate,
};
use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use super::{place::Place, yaml};

mod facts;
mod rename;
mod target;

/// An extension of ours on an action: what the gateway publishes and the action overrules knowingly, by JSON pointer
/// from the action's target. Null stands for something it no longer publishes.
pub(crate) const OVERRULES: &str = "x-overrules";

/// A contract, and what there is to say about how it came about.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) contract: Value,
    pub(crate) remarks: Vec<Remark>,
    /// Every update, by where it went: the last one that holds a place is where it comes from.
    origins: Vec<Origin>,
}

#[derive(Debug)]
struct Origin {
    target: Place,
    /// Where the update stands in the overlay.
    at: Place,
    update: Value,
}

/// What there is to say about one fact of the overlay.
#[derive(Clone, Debug)]
pub(crate) struct Remark {
    pub(crate) kind: Kind,
    /// The number of the action.
    pub(crate) action: usize,
    /// Its own description.
    pub(crate) description: String,
    /// Where the fact stands in the overlay.
    pub(crate) at: Place,
    /// Where it goes in the contract.
    pub(crate) place: Place,
    pub(crate) text: String,
    /// What keeps the fact as it is, to be added to the action.
    pub(crate) keep: Option<(String, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The gateway publishes something else.
    Contradiction,
    /// The gateway does not publish what the fact is about.
    Ghost,
    /// The target is not there.
    NoMatch,
    /// The gateway publishes the same by now.
    Redundant,
    /// The gateway has changed a text that the overlay replaces, or names other words.
    Overruled,
}

impl Kind {
    /// Whether a person has to decide.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Contradiction | Self::Ghost | Self::NoMatch)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contradiction => "contradiction",
            Self::Ghost => "ghost",
            Self::NoMatch => "no match",
            Self::Redundant => "redundant",
            Self::Overruled => "overruled",
        })
    }
}

impl Merged {
    /// Whether a fault at this place only follows from an action whose target is not there.
    pub(crate) fn follows(&self, place: &Place) -> bool {
        let mut missed = self
            .remarks
            .iter()
            .filter(|remark| remark.kind == Kind::NoMatch)
            .peekable();
        missed.peek().is_some()
            && (self.origin(place).is_some()
                || missed
                    .any(|remark| !remark.place.0.is_empty() && place.is_within(&remark.place)))
    }

    /// Where something in the contract stands in the overlay, if that put it there.
    pub(crate) fn origin(&self, place: &Place) -> Option<Place> {
        self.origins.iter().rev().find_map(|origin| {
            let rest = place.0.strip_prefix(origin.target.0.as_slice())?;
            let rest = Place(rest.to_vec());
            rest.get(&origin.update)?;
            Some(Place([origin.at.0.as_slice(), rest.0.as_slice()].concat()))
        })
    }
}

/// Reads an overlay.
pub(crate) fn parse(text: &str) -> Result<Overlay> {
    let overlay: Overlay = serde_json::from_value(yaml::read(text)?)?;
    overlay.validate(Default::default())?;
    Ok(overlay)
}

/// Applies an overlay to a published document. `before` is the document as it was published before, if that is known.
pub(crate) fn merge(published: &Value, before: Option<&Value>, overlay: &str) -> Result<Merged> {
    let overlay = parse(overlay).context("openapi/overlay.yaml")?;
    let mut merged = Merged {
        contract: published.clone(),
        remarks: Vec::new(),
        origins: Vec::new(),
    };
    let mut removed: Vec<Place> = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let path = JsonPath::parse(action.target.as_str())
            .with_context(|| format!("openapi/overlay.yaml: actions[{index}].target"))?;
        let places: Vec<Place> = path
            .query_located(&merged.contract)
            .locations()
            .map(|location| Place::from_pointer(&location.to_json_pointer()))
            .collect();
        let description = action.description.clone().unwrap_or_default();
        let at = Place::of(&["actions", &index.to_string()]);
        if places.is_empty() {
            let (text, place) = target::why_nothing(action.target.as_str(), &merged.contract);
            merged.remarks.push(Remark {
                kind: Kind::NoMatch,
                action: index,
                description,
                at: at.join("target"),
                place,
                text,
                keep: None,
            });
            continue;
        }
        let overrules = action
            .extensions
            .as_ref()
            .and_then(|extensions| extensions.get(OVERRULES))
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        for place in &places {
            let mut facts = facts::Facts {
                published,
                before,
                removed: &removed,
                overrules: &overrules,
                action: index,
                description: &description,
                target: place,
                remarks: &mut merged.remarks,
            };
            if action.remove.unwrap_or_default() {
                facts.removal(&at);
                removed.push(place.clone());
            } else if let Some(update) = &action.update {
                facts.update(update, &at.join("update"));
                give_way(&mut merged.contract, place, update);
                merged.origins.push(Origin {
                    target: place.clone(),
                    at: at.join("update"),
                    update: update.clone(),
                });
            }
        }
        let mut single = overlay.clone();
        single.actions = vec![action.clone()];
        if let Err(error) =
            single.apply(&mut merged.contract, ApplyOptions::ErrorOnZeroMatch.into())
        {
            merged.remarks.push(Remark {
                kind: Kind::NoMatch,
                action: index,
                description,
                at,
                place: Place::default(),
                text: format!("cannot be applied: {}", error.kind),
                keep: None,
            });
        }
    }
    rename::schemas(&mut merged.contract);
    Ok(merged)
}

/// Takes away what the gateway publishes in line where the overlay refers to a schema: beside a reference it would
/// be lost by the rules of OpenAPI 3.0.
fn give_way(contract: &mut Value, place: &Place, update: &Value) {
    let Some(members) = update.as_object() else {
        return;
    };
    if members.contains_key("$ref") {
        if let Some(value) = contract.pointer_mut(&place.pointer())
            && value.is_object()
        {
            *value = Value::Object(Map::new());
        }
        return;
    }
    for (key, inner) in members {
        give_way(contract, &place.join(key), inner);
    }
}

#[cfg(test)]
mod tests;
