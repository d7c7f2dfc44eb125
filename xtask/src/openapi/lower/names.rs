//! Names of properties that the generator would give twice.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase as _;
use serde_json::{Map, Value};

/// The name of the field that holds the members no contract names.
const EXTRA: &str = "extra";

/// Properties whose names had to change for the generator, by the name it is told instead.
#[derive(Debug, Default)]
pub(crate) struct Renames(pub(crate) BTreeMap<String, Rename>);

/// What such a property is called really.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rename {
    /// The name of the field in Rust.
    pub(crate) ident: String,
    /// The name on the wire.
    pub(crate) wire: String,
}

impl Renames {
    /// Gives each property a field of its own: `Seed` beside `seed`, `image[]` beside `image`, and `extra`.
    pub(super) fn part(&mut self, properties: &mut Map<String, Value>, required: &mut [Value]) {
        let mut taken = BTreeSet::from([EXTRA.to_owned()]);
        // Names that are fields as they stand come before those that have to be changed.
        let mut names: Vec<String> = properties.keys().cloned().collect();
        names.sort_by_key(|name| snake(name) != *name);
        for name in names {
            let field = snake(&name);
            if taken.insert(field.clone()) {
                continue;
            }
            let Some(ident) = (2..)
                .map(|number| format!("{field}_{number}"))
                .find(|ident| taken.insert(ident.clone()))
            else {
                continue;
            };
            let told = format!("renamed_{}", self.0.len() + 1);
            if let Some(schema) = properties.remove(&name) {
                properties.insert(told.clone(), schema);
            }
            for required in required.iter_mut().filter(|required| **required == name) {
                *required = told.clone().into();
            }
            self.0.insert(told, Rename { ident, wire: name });
        }
    }
}

/// The name of the field that the generator makes of a property.
pub(crate) fn snake(name: &str) -> String {
    let field = name.replace('\'', "").to_snake_case();
    if field.is_empty() {
        "x".to_owned()
    } else {
        field
    }
}

/// `CreateImageRequest` or `create_image` as the name of a constant.
pub(super) fn constant(name: &str) -> String {
    let mut constant = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && constant.ends_with(|last: char| last.is_ascii_lowercase()) {
            constant.push('_');
        }
        constant.push(if c.is_ascii_alphanumeric() { c } else { '_' });
    }
    constant.to_ascii_uppercase()
}
