//! Reads the body of a generation.

use imagegen::{ModelSpec, ModelTable};
use serde_json::{Map, Value};

use crate::Dialect;
use crate::inspect::{BadReference, InputImage, Reference, reference};
use crate::intake::{Draft, Endpoint, Intake, params};
use crate::refusal::Refusal;

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
        edit: false,
    })
}

pub(crate) fn required_model(
    object: &Map<String, Value>,
    dialect: Dialect,
) -> Result<&str, Refusal> {
    match object.get("model") {
        Some(Value::String(model)) if !model.is_empty() => Ok(model),
        None | Some(Value::Null | Value::String(_)) => Err(Refusal::missing(
            dialect,
            "model",
            "model is missing".to_owned(),
        )),
        Some(_) => Err(Refusal::bad_value(
            dialect,
            "model",
            "model is a text".to_owned(),
        )),
    }
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

/// What Ark asks of the one image that is taken apart or whose transparency is kept.
pub(crate) fn check_special_input(intake: &Intake<'_>) -> Result<(), Refusal> {
    let bad = |param: &str, message: &str| {
        Err(Refusal::bad_value(Dialect::Ark, param, message.to_owned()))
    };
    let param = |name: &str| intake.request.param(name);
    let [image] = intake.images.as_slice() else {
        return Ok(());
    };
    let rule = intake.spec.and_then(|spec| spec.reference_images.as_ref());
    if param("layer_decomposition") == Some(&Value::Bool(true))
        && let Some(layered) = rule.and_then(|rule| rule.layered.as_ref())
    {
        let is_read = |format: imagegen::Format| {
            let mut formats = layered.formats.iter();
            formats.any(|word| word == format.as_str())
        };
        if image.format.is_some_and(|format| !is_read(format)) {
            return bad("image", "layers are not taken from this format");
        }
        if image
            .size
            .is_some_and(|size| size.area() < layered.min_pixels)
        {
            return bad("image", "layers are not taken from so few pixels");
        }
    }
    let keeps_alpha = param("background").and_then(Value::as_str) == Some("transparent")
        && intake.spec.is_some_and(|spec| spec.transparent_needs_image);
    if keeps_alpha && image.transparent == Some(false) {
        return bad(
            "image",
            "a transparent background needs a png with a transparent pixel",
        );
    }
    Ok(())
}
