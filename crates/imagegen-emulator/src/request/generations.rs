//! Reads the body of a generation.

use imagegen::{ModelSpec, ModelTable, Operation};
use serde_json::Value;

use crate::Dialect;
use crate::refusal::Refusal;
use crate::request::input::{BadReference, InputImage, Reference, reference};
use crate::request::intake::{Draft, Endpoint, params, required_model};

/// The model a body names, as far as it can be told.
pub(crate) fn model(body: &Value) -> Option<&str> {
    body.get("model")?.as_str()
}

/// Reads a JSON body. It may decode large data URIs, so it belongs on a thread for such work.
pub(crate) fn read(body: &Value, endpoint: Endpoint, table: &ModelTable) -> Result<Draft, Refusal> {
    let own = endpoint.own_dialect();
    let Some(object) = body.as_object() else {
        return Err(Refusal::bad_value(
            own,
            "body",
            "the body is not a JSON object".to_owned(),
        ));
    };
    let model = required_model(object, own)?;
    let dialect = endpoint.dialect(table, model);
    let images = match dialect {
        Dialect::Ark => references(object.get("image"), table.get(model))?,
        Dialect::OpenAi => {
            let foreign = ["image", "images", "mask"]
                .into_iter()
                .find(|name| object.get(*name).is_some_and(|value| !value.is_null()));
            if let Some(name) = foreign {
                let message = format!("{name} is not a parameter of generations");
                return Err(Refusal::openai(
                    Some("unknown_parameter"),
                    Some(name),
                    message,
                ));
            }
            Vec::new()
        }
    };
    Ok(Draft {
        model: model.to_owned(),
        prompt: object.get("prompt").cloned(),
        params: params(object),
        images,
        masked: false,
        operation: Operation::Generate,
    })
}

/// Seedream's `image`: one link or data URI, or a list of them.
fn references(image: Option<&Value>, spec: Option<&ModelSpec>) -> Result<Vec<InputImage>, Refusal> {
    let bad = |code: &str, message: String| Refusal::ark(code, Some("image"), message);
    let images = match image {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(images)) => images.as_slice(),
        Some(image) => std::slice::from_ref(image),
    };
    let rule = spec.and_then(|spec| spec.reference_images.as_ref());
    images
        .iter()
        .enumerate()
        .map(|(index, image)| {
            let number = index + 1;
            let Some(text) = image.as_str() else {
                let message = format!("image {number} is neither a link nor a data URI");
                return Err(bad("InvalidParameter", message));
            };
            match reference(text) {
                Ok(Reference::Link) => Ok(InputImage::named(text)),
                Ok(Reference::File(bytes)) => InputImage::read(&bytes, rule).map_err(|why| {
                    bad(
                        "InvalidParameter",
                        format!("image {number} is not valid: {why}"),
                    )
                }),
                Err(BadReference::Empty) => Err(bad(
                    "InvalidImageURL.EmptyURL",
                    format!("image {number} is empty"),
                )),
                Err(BadReference::Malformed(why)) => Err(bad(
                    "InvalidImageURL.InvalidFormat",
                    format!("image {number} is not valid: {why}"),
                )),
            }
        })
        .collect()
}
