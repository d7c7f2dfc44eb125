//! The second step: the contract becomes a document that the code generator can take.
//!
//! This is where the generator's limits are worked around, in memory and nowhere else. What it would turn into
//! wrong code is refused here, all of it at once, each with its place in the contract.
//!
//! Two kinds of operation are added. A request body with several media types gives one operation for each, and an
//! operation that may answer with a stream gets a twin, called `..._raw`, whose answer is left unread. An added
//! operation lives on its origin's path with a fragment, which makes it another path for the generator and is
//! never sent.

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

use super::place::Place;

mod bounds;
mod fault;
mod names;
mod operation;
mod reach;
mod schema;

pub(crate) use fault::{Faults, Fix};
#[cfg(test)]
pub(crate) use names::Rename;
pub(crate) use names::{Renames, snake};
pub(crate) use schema::Known;
#[cfg(test)]
pub(crate) use schema::KnownWords;

pub(crate) const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];

/// What is left of a contract once it can be generated.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The document, without anything the generator has no use for.
    pub(crate) document: OpenAPI,
    /// The words known today for strings that stay open.
    pub(crate) known: Known,
    /// Properties whose names had to change for the generator.
    pub(crate) renames: Renames,
}

/// Lowers a contract.
pub(crate) fn lower(contract: &Value) -> Result<Lowered, Faults> {
    let mut faults = Faults::default();
    let root = Place::default();
    let openapi = contract["openapi"].as_str().unwrap_or_default();
    if !openapi.starts_with("3.0.") {
        faults.add(
            &root.join("openapi"),
            format!("version \"{openapi}\" cannot be generated, only 3.0 can"),
        );
    }
    only(
        contract,
        &root,
        &[
            "components",
            "externalDocs",
            "info",
            "openapi",
            "paths",
            "security",
            "servers",
            "tags",
        ],
        &mut faults,
    );
    // Those that are not schemas are only read where an operation uses them.
    if let Some(components) = contract.get("components") {
        only(
            components,
            &root.join("components"),
            &[
                "examples",
                "headers",
                "parameters",
                "requestBodies",
                "responses",
                "schemas",
                "securitySchemes",
            ],
            &mut faults,
        );
    }
    let version = contract["info"]["version"].as_str().unwrap_or_default();
    // The generated client puts it into a header, and panics on the first call if it cannot.
    if version.is_empty() || !version.is_ascii() {
        faults.add(
            &Place::of(&["info", "version"]),
            format!("\"{version}\" is not plain ASCII text"),
        );
    }

    let named = reach::schemas(contract);
    let mut lowering = operation::Lowering::new(contract, named, faults);
    let at = root.join("paths");
    let paths = members(&contract["paths"], &at, &mut lowering.faults);
    for (path, item) in paths.into_iter().flatten() {
        if !path.starts_with("x-") {
            lowering.path(path, item);
        }
    }
    let (paths, schemas, known, renames, mut faults) = lowering.finish();
    if !faults.0.is_empty() {
        return Err(faults);
    }
    let document = serde_json::from_value(json!({
        "openapi": openapi,
        "info": {
            "title": contract["info"]["title"],
            "description": contract["info"]["description"],
            "version": version,
        },
        "paths": paths,
        "components": { "schemas": schemas },
    }));
    match document {
        Ok(document) => Ok(Lowered {
            document,
            known,
            renames,
        }),
        Err(error) => {
            faults.add(&root, format!("is not OpenAPI 3.0 once lowered: {error}"));
            Err(faults)
        }
    }
}

/// The members of an object.
fn members<'a>(
    value: &'a Value,
    at: &Place,
    faults: &mut Faults,
) -> Option<&'a Map<String, Value>> {
    let members = value.as_object();
    if members.is_none() {
        faults.add(at, "an object is expected here");
    }
    members
}

/// Refuses an object that has keys other than these and extensions: what is not understood must not be dropped.
fn only(value: &Value, at: &Place, keys: &[&str], faults: &mut Faults) {
    let Some(members) = members(value, at, faults) else {
        return;
    };
    for key in members.keys() {
        if !keys.contains(&key.as_str()) && !key.starts_with("x-") {
            let place = at.join(key);
            let fix = Fix::Remove(place.clone());
            let place = if at.0.is_empty() {
                Place::of(&["the document", key])
            } else {
                place
            };
            faults.with(&place, "is not understood here", Some(fix));
        }
    }
}

/// Sorted by type, so that the order of the generated code does not hang on how JSON maps are configured.
type Sorted = BTreeMap<String, Value>;

#[cfg(test)]
mod tests;
