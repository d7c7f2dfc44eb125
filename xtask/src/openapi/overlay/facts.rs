//! Holds the facts of an action against what is published.

use serde_json::{Map, Value};

use super::{Kind, Place, Remark};
use crate::openapi::diff::{kind, shown};

/// Members that say nothing about what is sent: the overlay writes them better, and that is no decision.
const TEXTS: [&str; 9] = [
    "description",
    "example",
    "examples",
    "externalDocs",
    "operationId",
    "summary",
    "tags",
    "title",
    "version",
];

/// Members whose lists are added to each other.
const UNITED: [&str; 4] = ["enum", "required", "tags", "x-known-values"];

/// Members that give a schema a shape.
const SHAPES: [&str; 7] = [
    "$ref",
    "allOf",
    "anyOf",
    "items",
    "oneOf",
    "properties",
    "type",
];

pub(super) struct Facts<'a> {
    pub(super) published: &'a Value,
    pub(super) before: Option<&'a Value>,
    /// What earlier actions took away.
    pub(super) removed: &'a [Place],
    pub(super) overrules: &'a Map<String, Value>,
    pub(super) action: usize,
    pub(super) description: &'a str,
    pub(super) target: &'a Place,
    pub(super) remarks: &'a mut Vec<Remark>,
}

impl Facts<'_> {
    /// Looks at what an action takes away.
    pub(super) fn removal(&mut self, at: &Place) {
        let now = self.target.get(self.published);
        let before = self.before.and_then(|before| self.target.get(before));
        if let (Some(now), Some(before)) = (now, before)
            && now != before
            && !self.is_overruled(self.target, now)
        {
            let text = format!(
                "takes away {}, which has changed: it was {}",
                shown(now),
                shown(before)
            );
            self.remark(Kind::Contradiction, at, self.target, text, Some(now));
        }
    }

    /// Looks at what an action adds.
    pub(super) fn update(&mut self, update: &Value, at: &Place) {
        let target = self.target.clone();
        self.fact(update, at, &target);
    }

    fn fact(&mut self, ours: &Value, at: &Place, place: &Place) {
        let is_removed = self.removed.iter().any(|removed| place.is_within(removed));
        let theirs = place.get(self.published).filter(|_| !is_removed);
        let before = self
            .before
            .and_then(|before| place.get(before))
            .filter(|_| !is_removed);
        match (ours, theirs) {
            (Value::Object(ours), Some(Value::Object(theirs))) => {
                self.object(ours, theirs, at, place);
            }
            (Value::Object(members), None) => self.absent(members, before.is_some(), at, place),
            (_, None) => {}
            (ours, Some(theirs)) => self.value(ours, theirs, before, at, place),
        }
    }

    fn object(
        &mut self,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
        at: &Place,
        place: &Place,
    ) {
        let is_shaped =
            |members: &Map<String, Value>| SHAPES.iter().any(|key| members.contains_key(*key));
        let (refers, referred) = (ours.contains_key("$ref"), theirs.contains_key("$ref"));
        if refers != referred && is_shaped(ours) && is_shaped(theirs) {
            let theirs = Value::Object(theirs.clone());
            if !self.is_overruled(place, &theirs) {
                let text = format!(
                    "says {}, and the gateway publishes {}",
                    kind(&Value::Object(ours.clone())),
                    if referred {
                        kind(&theirs)
                    } else {
                        format!("{} in line", kind(&theirs))
                    }
                );
                self.remark(Kind::Contradiction, at, place, text, Some(&theirs));
            }
            return;
        }
        if let (Some(known), Some(published)) = (ours.get("x-known-values"), theirs.get("enum")) {
            self.words(known, published, at, place);
        }
        for (key, value) in ours {
            self.fact(value, &at.join(key), &place.join(key));
        }
    }

    /// The gateway names the words of a string itself.
    fn words(&mut self, ours: &Value, theirs: &Value, at: &Place, place: &Place) {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (ours, theirs) = (list(ours), list(theirs));
        let more: Vec<String> = ours
            .iter()
            .filter(|word| !theirs.contains(word))
            .map(shown)
            .collect();
        let text = if more.is_empty() {
            "every word is in the published enum".to_owned()
        } else {
            format!(
                "the published enum does not name {}; both lists are kept",
                more.join(", ")
            )
        };
        let kind = if more.is_empty() {
            Kind::Redundant
        } else {
            Kind::Overruled
        };
        self.remark(
            kind,
            &at.join("x-known-values"),
            &place.join("enum"),
            text,
            None,
        );
    }

    /// The gateway publishes nothing here: it is ours alone, or what it is about has gone.
    fn absent(
        &mut self,
        ours: &Map<String, Value>,
        was_published: bool,
        at: &Place,
        place: &Place,
    ) {
        let is_property = place
            .parent()
            .is_some_and(|parent| parent.last() == "properties");
        let is_shaped = SHAPES.iter().any(|key| ours.contains_key(*key));
        if is_property && !is_shaped {
            let gone = if was_published {
                "no longer publishes"
            } else {
                "does not publish"
            };
            let text = format!("the gateway {gone} it, and the overlay gives it no type");
            self.remark(Kind::Ghost, at, place, text, None);
        } else if was_published && !self.is_overruled(place, &Value::Null) {
            let text = "the gateway no longer publishes it, and the overlay would bring it back";
            self.remark(Kind::Ghost, at, place, text.to_owned(), Some(&Value::Null));
        }
        for (key, value) in ours {
            if let Value::Object(members) = value
                && !was_published
            {
                self.absent(members, false, &at.join(key), &place.join(key));
            }
        }
    }

    fn value(
        &mut self,
        ours: &Value,
        theirs: &Value,
        before: Option<&Value>,
        at: &Place,
        place: &Place,
    ) {
        let key = place.last();
        let is_text = TEXTS.contains(&key) || key.starts_with("x-");
        if ours == theirs {
            if !is_text {
                self.remark(
                    Kind::Redundant,
                    at,
                    place,
                    format!("the gateway publishes {} too", shown(theirs)),
                    None,
                );
            }
            return;
        }
        let is_empty = match theirs {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if is_empty || UNITED.contains(&key) && theirs.is_array() {
            return;
        }
        if is_text {
            if before.is_some_and(|before| before != theirs) {
                let text = "the gateway has changed the text that this replaces".to_owned();
                self.remark(Kind::Overruled, at, place, text, None);
            }
            return;
        }
        if let (Value::Array(ours), Value::Array(theirs)) = (ours, theirs)
            && ours.iter().all(|item| theirs.contains(item))
        {
            return;
        }
        if !self.is_overruled(place, theirs) {
            let text = format!(
                "says {}, and the gateway publishes {}",
                shown(ours),
                shown(theirs)
            );
            self.remark(Kind::Contradiction, at, place, text, Some(theirs));
        }
    }

    /// Whether the action says that it knows what is published here.
    fn is_overruled(&self, place: &Place, theirs: &Value) -> bool {
        self.overrules.get(&self.pointer(place)) == Some(theirs)
    }

    fn pointer(&self, place: &Place) -> String {
        let rest = place.0.get(self.target.0.len()..).unwrap_or_default();
        Place(rest.to_vec()).pointer()
    }

    fn remark(
        &mut self,
        kind: Kind,
        at: &Place,
        place: &Place,
        text: String,
        keep: Option<&Value>,
    ) {
        let keep = keep.map(|value| (self.pointer(place), value.clone()));
        self.remarks.push(Remark {
            kind,
            action: self.action,
            description: self.description.to_owned(),
            at: at.clone(),
            place: place.clone(),
            text,
            keep,
        });
    }
}
