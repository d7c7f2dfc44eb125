//! `cargo xtask openapi diff`: every difference between two documents, with its place and what it breaks.
//!
//! The documents are compared as they are written, not as some type could hold them: a keyword that nobody has thought
//! of is told as one that is not understood. References are followed, so it is no difference whether a schema stands in
//! line or has a name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::Place;

mod direction;
mod document;
mod schema;
mod wording;

use direction::Directions;
pub(crate) use wording::{kind, shown};

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    pub(crate) change: Change,
    /// What differs, in the words of the wire: `POST /v1/images/generations request.size`.
    pub(crate) what: String,
    /// What it was and is.
    pub(crate) detail: String,
    /// Where it stands: in the old document if it was removed, in the new one otherwise.
    pub(crate) at: Place,
    pub(crate) breaks: Breaks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Added,
    Removed,
    Moved,
    Changed,
    /// A text or a mark that says nothing about what is sent.
    Note,
    NotUnderstood,
}

/// Who has to change with the document: programs that send requests, programs that read answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Breaks {
    pub(crate) request: bool,
    pub(crate) answer: bool,
}

/// Which way something travels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Direction {
    pub(crate) request: bool,
    pub(crate) answer: bool,
}

impl Direction {
    const REQUEST: Self = Self {
        request: true,
        answer: false,
    };
    const ANSWER: Self = Self {
        request: false,
        answer: true,
    };
    const BOTH: Self = Self {
        request: true,
        answer: true,
    };

    /// Fewer values are allowed than before: what was sent may be refused.
    fn narrower(self) -> Breaks {
        Breaks {
            request: self.request,
            answer: false,
        }
    }

    /// More values are allowed than before: what comes may be unknown.
    fn wider(self) -> Breaks {
        Breaks {
            request: false,
            answer: self.answer,
        }
    }

    /// Other values are allowed than before.
    fn other(self) -> Breaks {
        Breaks {
            request: self.request,
            answer: self.answer,
        }
    }
}

/// Every difference, in the order of the new document's names.
pub(crate) fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut comparison = Comparison {
        old,
        new,
        directions: Directions::of(old, new),
        open: BTreeSet::new(),
        found: Vec::new(),
    };
    comparison.document();
    let mut found = comparison.found;
    let order = |difference: &Difference| {
        let is_note = matches!(difference.change, Change::Note);
        (is_note, difference.what.clone())
    };
    found.sort_by_key(order);
    found.dedup();
    found
}

/// Two places that are compared, and what they are called.
#[derive(Clone)]
struct Pair<'a> {
    old: &'a Value,
    new: &'a Value,
    old_at: Place,
    new_at: Place,
    what: String,
    direction: Direction,
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    directions: Directions,
    /// Places that are being compared, for schemas that hold themselves.
    open: BTreeSet<(Place, Place)>,
    found: Vec<Difference>,
}

impl<'a> Pair<'a> {
    /// The member of both; what is missing is null.
    fn member(&self, key: &str, what: String) -> Self {
        Pair {
            old: &self.old[key],
            new: &self.new[key],
            old_at: self.old_at.join(key),
            new_at: self.new_at.join(key),
            what,
            direction: self.direction,
        }
    }

    fn towards(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// The keys that either has.
    fn keys(&self) -> BTreeSet<&'a str> {
        let keys = |value: &'a Value| value.as_object().into_iter().flatten();
        keys(self.old)
            .chain(keys(self.new))
            .map(|(key, _)| key.as_str())
            .collect()
    }
}

impl<'a> Comparison<'a> {
    fn add(&mut self, change: Change, pair: &Pair<'_>, detail: String, breaks: Breaks) {
        let at = match change {
            Change::Removed => &pair.old_at,
            _ => &pair.new_at,
        };
        self.found.push(Difference {
            change,
            what: pair.what.clone(),
            detail,
            at: at.clone(),
            breaks,
        });
    }

    /// Reports on a value that differs.
    fn changed(&mut self, pair: &Pair<'_>, breaks: Breaks) {
        let (old, new) = (shown(pair.old), shown(pair.new));
        let (change, detail) = match (pair.old, pair.new) {
            (Value::Null, _) => (Change::Added, new),
            (_, Value::Null) => (Change::Removed, old),
            _ => (Change::Changed, format!("{old} -> {new}")),
        };
        self.add(change, pair, detail, breaks);
    }

    /// Reports on a text or a mark that differs.
    fn noted(&mut self, pair: &Pair<'_>) {
        if pair.old != pair.new {
            let detail = wording::text_change(pair.old, pair.new);
            self.add(Change::Note, pair, detail, Breaks::default());
        }
    }

    fn not_understood(&mut self, pair: &Pair<'_>) {
        if pair.old != pair.new {
            let detail = format!("{} -> {}", shown(pair.old), shown(pair.new));
            self.add(Change::NotUnderstood, pair, detail, pair.direction.other());
        }
    }

    /// Follows references on both sides. Two references to one name are compared where that stands.
    fn resolved(&self, mut pair: Pair<'a>) -> Option<Pair<'a>> {
        if pair.old["$ref"].is_string() && pair.old["$ref"] == pair.new["$ref"] {
            return None;
        }
        (pair.old, pair.old_at) = follow(self.old, pair.old, pair.old_at);
        (pair.new, pair.new_at) = follow(self.new, pair.new, pair.new_at);
        Some(pair)
    }
}

/// Follows a reference, through aliases.
fn follow<'a>(document: &'a Value, value: &'a Value, at: Place) -> (&'a Value, Place) {
    let (mut value, mut at) = (value, at);
    for _ in 0..8 {
        let target = value["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'));
        let Some(target) = target else { break };
        let Some(found) = document.pointer(target) else {
            break;
        };
        (value, at) = (found, Place::from_pointer(target));
    }
    (value, at)
}

#[cfg(test)]
mod tests;
