//! The JSON schema of a stored request.

use std::borrow::Cow;

use imagegen_api::types;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::endpoint::Operation;
use crate::request::{ImageRequest, StoredInput, ValidationPolicy};

impl JsonSchema for ImageRequest {
    fn schema_name() -> Cow<'static, str> {
        "ImageRequest".into()
    }

    /// The contract's own schema of a generation, put to our use: the images that go in may also
    /// be files and file ids, and a request says how it is to be checked.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = types::CreateImageRequest::json_schema(generator);
        let image = generator.subschema_for::<StoredInput>();
        let operation = generator.subschema_for::<Operation>();
        let validation = generator.subschema_for::<ValidationPolicy>();
        if let Some(properties) = schema
            .ensure_object()
            .get_mut("properties")
            .and_then(Value::as_object_mut)
        {
            // Streaming is asked for by the call, not by the request.
            properties.remove("stream");
            let images =
                serde_json::json!({ "anyOf": [image, { "type": "array", "items": image }] });
            properties.insert("image".to_owned(), images);
            properties.insert("mask".to_owned(), image.clone().into());
            properties.insert("markup".to_owned(), image.into());
            properties.insert("operation".to_owned(), operation.into());
            properties.insert("validation".to_owned(), validation.into());
        }
        schema
    }
}
