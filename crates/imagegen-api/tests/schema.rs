//! The JSON Schema of the wire types, behind the feature `schemars`.

#![cfg(feature = "schemars")]

use imagegen_api::types::{CreateImageRequest, ImagesResponse};
use schemars::schema_for;

#[test]
fn a_request_has_a_schema_that_stays_open() {
    let schema = schema_for!(CreateImageRequest);
    assert_eq!(
        schema.get("required"),
        Some(&serde_json::json!(["model", "prompt"]))
    );
    assert_eq!(schema.get("additionalProperties"), Some(&true.into()));
}

#[test]
fn an_answer_requires_nothing() {
    assert_eq!(schema_for!(ImagesResponse).get("required"), None);
}
