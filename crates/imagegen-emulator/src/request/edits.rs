//! Reads the body of an edit: a form with files, or JSON that refers to them.

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderValue, StatusCode, header};
use bytes::Bytes;
use imagegen::models::Values;
use imagegen::{Format, ModelSpec, ModelTable, Operation};
use serde_json::{Map, Value, json};

use crate::refusal::Refusal;
use crate::request::input::{BadReference, InputImage, Reference, has_alpha_channel, reference};
use crate::request::intake::{Draft, params, required_model};
use crate::{Dialect, RecordedPart};

/// The longest `image_url` (OpenAPI document of 2026-08-21).
const MAX_URL: usize = 20_971_520;

/// The parts of a form.
pub(crate) async fn parts(
    content_type: &HeaderValue,
    body: Bytes,
) -> Result<Vec<RecordedPart>, Refusal> {
    let broken = |error: &dyn std::fmt::Display| {
        Refusal::openai(None, None, format!("the form is damaged: {error}"))
    };
    let mut request = Request::new(body.into());
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type.clone());
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(&error))?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        parts.push(RecordedPart {
            name: field.name().unwrap_or_default().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(str::to_owned),
            bytes: field.bytes().await.map_err(|error| broken(&error))?,
        });
    }
    Ok(parts)
}

/// The model a form names.
pub(crate) fn model(parts: &[RecordedPart]) -> Option<&str> {
    parts.iter().find(|part| part.name == "model")?.text()
}

/// Reads a form.
pub(crate) fn read_form(parts: &[RecordedPart], table: &ModelTable) -> Result<Draft, Refusal> {
    let model = model(parts)
        .filter(|model| !model.is_empty())
        .ok_or_else(|| Refusal::missing(Dialect::OpenAi, "model", "model is missing".to_owned()))?;
    refuse_ark(table, model)?;
    let spec = table.get(model);
    let (files, rest): (Vec<_>, Vec<_>) = parts
        .iter()
        .partition(|part| matches!(part.name.as_str(), "image" | "image[]"));
    if files.iter().filter(|part| part.name == "image").count() > 1 {
        let message = "image comes several times; a list of files is sent as image[]".to_owned();
        return Err(Refusal::openai(
            Some("duplicate_parameter"),
            Some("image"),
            message,
        ));
    }
    let label = |index: usize| match files.len() {
        1 => "image".to_owned(),
        _ => format!("image[{index}]"),
    };
    let images = files
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let label = label(index);
            check_content_type(&label, part)?;
            file(&label, &part.bytes, spec)
        })
        .collect::<Result<Vec<_>, _>>()?;

    let mut draft = Draft {
        model: model.to_owned(),
        prompt: None,
        params: Map::new(),
        images,
        masked: false,
        operation: Operation::Edit,
    };
    for part in rest {
        match part.name.as_str() {
            "model" => {}
            "mask" => {
                check_content_type("mask", part)?;
                mask(&part.bytes, draft.images.first(), spec)?;
                draft.masked = true;
            }
            "prompt" => draft.prompt = Some(Value::String(text(part)?.to_owned())),
            name => {
                let value = typed(name, text(part)?, spec);
                draft.params.insert(name.to_owned(), value);
            }
        }
    }
    Ok(draft)
}

/// Reads a JSON body.
pub(crate) fn read_json(body: &Value, table: &ModelTable) -> Result<Draft, Refusal> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::openai(
            None,
            None,
            "the body is not a JSON object".to_owned(),
        ));
    };
    let model = required_model(object, Dialect::OpenAi)?;
    refuse_ark(table, model)?;
    let spec = table.get(model);
    let list = match object.get("images") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(images)) => images.as_slice(),
        Some(_) => {
            let message = "images is a list of references".to_owned();
            return Err(Refusal::bad_value(Dialect::OpenAi, "images", message));
        }
    };
    if object.contains_key("image") {
        let message = "image is the name in a form; JSON has images".to_owned();
        return Err(Refusal::openai(
            Some("unknown_parameter"),
            Some("image"),
            message,
        ));
    }
    let images = list
        .iter()
        .enumerate()
        .map(
            |(index, image)| match referred(&format!("images[{index}]"), image)? {
                Referred::Named(image) => Ok(image),
                Referred::File(bytes) => file(&format!("images[{index}]"), &bytes, spec),
            },
        )
        .collect::<Result<Vec<_>, _>>()?;
    let masked = match object.get("mask") {
        None | Some(Value::Null) => false,
        Some(reference) => {
            if let Referred::File(bytes) = referred("mask", reference)? {
                mask(&bytes, images.first(), spec)?;
            }
            true
        }
    };
    Ok(Draft {
        model: model.to_owned(),
        prompt: object.get("prompt").cloned(),
        params: params(object),
        images,
        masked,
        operation: Operation::Edit,
    })
}

/// Seedream has no edits: its references go into a generation.
fn refuse_ark(table: &ModelTable, model: &str) -> Result<(), Refusal> {
    match Dialect::of_model(table, model) {
        Dialect::OpenAi => Ok(()),
        Dialect::Ark => {
            let message = format!("{model} has no edits; send image to /images/generations");
            let refusal = Refusal::ark("InvalidEndpointOrModel.NotFound", Some("model"), message);
            Err(refusal.with_status(StatusCode::NOT_FOUND))
        }
    }
}

/// OpenAI goes by the part's content type before it looks at the bytes.
fn check_content_type(label: &str, part: &RecordedPart) -> Result<(), Refusal> {
    let content_type = part
        .content_type
        .as_deref()
        .unwrap_or("application/octet-stream");
    if matches!(
        content_type,
        "image/png" | "image/jpeg" | "image/jpg" | "image/webp"
    ) {
        return Ok(());
    }
    let message = format!(
        "{label} is sent as {content_type}; supported are image/jpeg, image/png and image/webp"
    );
    Err(Refusal::openai(
        Some("unsupported_file_mimetype"),
        Some(label),
        message,
    ))
}

fn file(label: &str, bytes: &[u8], spec: Option<&ModelSpec>) -> Result<InputImage, Refusal> {
    let rule = spec.and_then(|spec| spec.reference_images.as_ref());
    InputImage::read(bytes, rule).map_err(|why| {
        let message = format!("{label} is not valid: {why}");
        Refusal::openai(Some("invalid_image_file"), Some(label), message)
    })
}

/// A mask is a PNG with an alpha channel, of the first image's size.
fn mask(bytes: &[u8], first: Option<&InputImage>, spec: Option<&ModelSpec>) -> Result<(), Refusal> {
    let bad = |why: String| {
        let message = format!("mask is not valid: {why}");
        Err(Refusal::openai(
            Some("invalid_image_file"),
            Some("mask"),
            message,
        ))
    };
    let limit = spec
        .and_then(|spec| spec.reference_images.as_ref())
        .and_then(|rule| rule.mask_max_bytes)
        .unwrap_or(u64::MAX);
    if Format::sniff(bytes) != Some(Format::Png) {
        return bad("it is not a png".to_owned());
    }
    if bytes.len() as u64 >= limit {
        return bad(format!("{} bytes are not below {limit}", bytes.len()));
    }
    if !has_alpha_channel(bytes) {
        return bad("it has no alpha channel".to_owned());
    }
    let size = Format::dimensions(bytes);
    match first.and_then(|image| image.size) {
        Some(expected) if size != Some(expected) => bad(format!(
            "its size is not {expected}, that of the first image"
        )),
        _ => Ok(()),
    }
}

enum Referred {
    Named(InputImage),
    File(Vec<u8>),
}

/// Exactly one of `image_url` and `file_id`.
fn referred(label: &str, value: &Value) -> Result<Referred, Refusal> {
    let bad = |why: &str| {
        Err(Refusal::bad_value(
            Dialect::OpenAi,
            label,
            format!("{label} is not valid: {why}"),
        ))
    };
    let member = |name: &str| value.get(name).and_then(Value::as_str);
    match (member("image_url"), member("file_id")) {
        (Some(url), None) if url.len() > MAX_URL => bad("image_url is too long"),
        (Some(url), None) => match reference(url) {
            Ok(Reference::Link) => Ok(Referred::Named(InputImage::named(url))),
            Ok(Reference::File(bytes)) => Ok(Referred::File(bytes)),
            Err(BadReference::Empty) => bad("image_url is empty"),
            Err(BadReference::Malformed(why)) => bad(why),
        },
        (None, Some(id)) => Ok(Referred::Named(InputImage::named(id))),
        _ => bad("it has exactly one of image_url and file_id"),
    }
}

fn text(part: &RecordedPart) -> Result<&str, Refusal> {
    part.text().ok_or_else(|| {
        let message = format!("{} is not UTF-8", part.name);
        Refusal::bad_value(Dialect::OpenAi, &part.name, message)
    })
}

/// A field's text as the value its parameter takes; text that does not fit stays text, for the
/// row to refuse.
fn typed(name: &str, text: &str, spec: Option<&ModelSpec>) -> Value {
    let as_text = || json!(text);
    if name == "stream" {
        return text
            .parse::<bool>()
            .map_or_else(|_| as_text(), |stream| json!(stream));
    }
    match spec
        .and_then(|spec| spec.parameter(name, imagegen::Operation::Edit))
        .map(|parameter| &parameter.values)
    {
        Some(Values::Words(_) | Values::Text) => as_text(),
        Some(
            Values::Integer { .. } | Values::Number { .. } | Values::Boolean | Values::Object(_),
        )
        | None => match serde_json::from_str::<Value>(text) {
            Ok(value) if !value.is_string() => value,
            _ => as_text(),
        },
        Some(_) => as_text(),
    }
}
