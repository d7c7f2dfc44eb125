//! From our request to the generated bodies.

use std::iter;

use bytes::Bytes;
use imagegen_api::types;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::reference::{Reference, References};
use super::upload::Piece;
use crate::endpoint::{Delivery, Operation};
use crate::id;
use crate::request::ImageRequest;
use crate::size::Size;

/// The body of one call; it can be sent any number of times.
pub(crate) struct Body {
    pub(super) content: BodyContent,
    /// The images within a JSON body: where a marker stands, they go out.
    pub(crate) inlays: Vec<Inlay>,
}

pub(super) enum BodyContent {
    /// `POST /v1/images/generations`.
    Create(Box<types::CreateImageRequest>),
    /// `POST /v1/images/edits` as JSON, for images by URL and by file id.
    EditJson(Box<types::EditImageRequest>),
    /// `POST /v1/images/edits` as a form, for files.
    EditForm(Form),
}

/// An image within a JSON body.
pub(crate) struct Inlay {
    /// The text that stands for it.
    pub(super) marker: String,
    /// `data:image/png;base64,`.
    pub(super) prefix: String,
    pub(super) piece: Piece,
    bytes: u64,
}

/// A multipart form.
pub(super) struct Form {
    pub(super) boundary: String,
    pub(super) pieces: Vec<Piece>,
    fields: Map<String, Value>,
    files: Vec<Value>,
}

impl Body {
    /// The body of a request, its images being as they were found.
    pub(crate) fn new(request: ImageRequest, references: References, delivery: Delivery) -> Self {
        match request.operation {
            Operation::Generate => Self::create(request, references, delivery),
            Operation::Edit if references.are_files() => Self {
                content: BodyContent::EditForm(form(request, references, delivery)),
                inlays: Vec::new(),
            },
            Operation::Edit => Self::edit_json(request, references, delivery),
        }
    }

    fn create(request: ImageRequest, references: References, delivery: Delivery) -> Self {
        let mut inlays = Vec::new();
        let mut images = references
            .images
            .into_iter()
            .map(|reference| text_of(reference, &mut inlays));
        let image = match images.next() {
            None => None,
            Some(one) if images.len() == 0 => Some(types::ImageInput::String(one)),
            Some(first) => Some(types::ImageInput::Array(
                iter::once(first).chain(images).collect(),
            )),
        };
        // Names every property of the contract on purpose: one that a new document adds does not
        // compile here until somebody decides what it means.
        let mut body = Box::new(types::CreateImageRequest {
            model: request.model,
            prompt: request.prompt,
            image,
            stream: (delivery == Delivery::Stream).then_some(true),
            background: None,
            complexity: None,
            frame_count: None,
            frame_duration_ms: None,
            layer_decomposition: None,
            moderation: None,
            n: None,
            optimize_prompt_options: None,
            output_compression: None,
            output_format: None,
            partial_images: None,
            quality: None,
            response_format: None,
            safety_identifier: None,
            sequential_image_generation: None,
            sequential_image_generation_options: None,
            size: None,
            svg: None,
            tools: None,
            user: None,
            watermark: None,
            extra: Map::new(),
        });
        for (name, value) in request.params {
            let unfit = match name.as_str() {
                "background" => put_text(&mut body.background, value),
                "complexity" => put_text(&mut body.complexity, value),
                "frame_count" => put(&mut body.frame_count, value),
                "frame_duration_ms" => put(&mut body.frame_duration_ms, value),
                "layer_decomposition" => put(&mut body.layer_decomposition, value),
                "moderation" => put_text(&mut body.moderation, value),
                "n" => put(&mut body.n, value),
                "optimize_prompt_options" => put(&mut body.optimize_prompt_options, value),
                "output_compression" => put(&mut body.output_compression, value),
                "output_format" => put_text(&mut body.output_format, value),
                "partial_images" => put(&mut body.partial_images, value),
                "quality" => put_text(&mut body.quality, value),
                "response_format" => put_text(&mut body.response_format, value),
                "safety_identifier" => put_text(&mut body.safety_identifier, value),
                "sequential_image_generation" => {
                    put_text(&mut body.sequential_image_generation, value)
                }
                "sequential_image_generation_options" => {
                    put(&mut body.sequential_image_generation_options, value)
                }
                "size" => put_text(&mut body.size, spelled(value)),
                "svg" => put(&mut body.svg, value),
                "tools" => put(&mut body.tools, value),
                "user" => put_text(&mut body.user, value),
                "watermark" => put(&mut body.watermark, value),
                _ => Some(value),
            };
            if let Some(value) = unfit {
                body.extra.insert(name, value);
            }
        }
        let content = BodyContent::Create(body);
        Self { content, inlays }
    }

    fn edit_json(request: ImageRequest, references: References, delivery: Delivery) -> Self {
        let mut inlays = Vec::new();
        let mut by_reference = |reference: Reference| match reference {
            Reference::FileId(id) => types::ImageReference {
                file_id: Some(id),
                ..Default::default()
            },
            other => types::ImageReference {
                image_url: Some(text_of(other, &mut inlays)),
                ..Default::default()
            },
        };
        let images = references
            .images
            .into_iter()
            .map(&mut by_reference)
            .collect();
        let mask = references.mask.map(by_reference);
        // What a JSON edit and a form have in common is written once, as the form.
        let types::EditImageForm {
            model,
            prompt,
            background,
            complexity,
            frame_count,
            frame_duration_ms,
            input_fidelity,
            moderation,
            n,
            output_compression,
            output_format,
            partial_images,
            quality,
            safety_identifier,
            size,
            stream,
            svg,
            user,
            extra,
        } = edit_fields(request, delivery);
        let content = BodyContent::EditJson(Box::new(types::EditImageRequest {
            images,
            mask,
            model,
            prompt,
            background,
            complexity,
            frame_count,
            frame_duration_ms,
            input_fidelity,
            moderation,
            n,
            output_compression,
            output_format,
            partial_images,
            quality,
            safety_identifier,
            size,
            stream,
            svg,
            user,
            extra,
        }));
        Self { content, inlays }
    }

    /// The path of the operation behind the API's version.
    pub(crate) fn suffix(&self) -> &'static str {
        match self.content {
            BodyContent::Create(_) => "/images/generations",
            BodyContent::EditJson(_) | BodyContent::EditForm(_) => "/images/edits",
        }
    }

    /// The `Content-Type`.
    pub(crate) fn content_type(&self) -> String {
        match &self.content {
            BodyContent::Create(_) | BodyContent::EditJson(_) => "application/json".to_owned(),
            BodyContent::EditForm(form) => form.content_type(),
        }
    }

    /// The body for a person: images that are files are named, not shown.
    pub(crate) fn preview(&self) -> Value {
        match &self.content {
            BodyContent::Create(body) => self.preview_json(body),
            BodyContent::EditJson(body) => self.preview_json(body),
            BodyContent::EditForm(form) => {
                serde_json::json!({ "fields": form.fields, "files": form.files })
            }
        }
    }

    fn preview_json(&self, body: &impl Serialize) -> Value {
        let mut body = to_json(body);
        for inlay in &self.inlays {
            replace(&mut body, inlay);
        }
        body
    }

    /// A JSON body in pieces, its images in their places.
    pub(super) fn with_inlays(inlays: &[Inlay], json: &Bytes) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(2 * inlays.len() + 1);
        let mut at = 0;
        for inlay in inlays {
            let Some(found) = memchr::memmem::find(&json[at..], inlay.marker.as_bytes()) else {
                continue;
            };
            pieces.push(Piece::text(json.slice(at..at + found)));
            pieces.push(Piece::text(inlay.prefix.clone()));
            pieces.push(inlay.piece.clone());
            at += found + inlay.marker.len();
        }
        pieces.push(Piece::text(json.slice(at..)));
        pieces
    }
}

impl Form {
    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }
}

/// The fields an edit has besides its images.
fn edit_fields(request: ImageRequest, delivery: Delivery) -> types::EditImageForm {
    let mut form = types::EditImageForm {
        model: Some(request.model),
        prompt: request.prompt,
        stream: (delivery == Delivery::Stream).then_some(true),
        background: None,
        complexity: None,
        frame_count: None,
        frame_duration_ms: None,
        input_fidelity: None,
        moderation: None,
        n: None,
        output_compression: None,
        output_format: None,
        partial_images: None,
        quality: None,
        safety_identifier: None,
        size: None,
        svg: None,
        user: None,
        extra: Map::new(),
    };
    for (name, value) in request.params {
        let unfit = match name.as_str() {
            "background" => put_text(&mut form.background, value),
            "complexity" => put_text(&mut form.complexity, value),
            "frame_count" => put(&mut form.frame_count, value),
            "frame_duration_ms" => put(&mut form.frame_duration_ms, value),
            "input_fidelity" => put_text(&mut form.input_fidelity, value),
            "moderation" => put_text(&mut form.moderation, value),
            "n" => put(&mut form.n, value),
            "output_compression" => put(&mut form.output_compression, value),
            "output_format" => put_text(&mut form.output_format, value),
            "partial_images" => put(&mut form.partial_images, value),
            "quality" => put_text(&mut form.quality, value),
            "safety_identifier" => put_text(&mut form.safety_identifier, value),
            "size" => put_text(&mut form.size, value),
            "svg" => put(&mut form.svg, value),
            "user" => put_text(&mut form.user, value),
            _ => Some(value),
        };
        if let Some(value) = unfit {
            form.extra.insert(name, value);
        }
    }
    form
}

/// A form as OpenAI reads it: one image as `image`, several as `image[]`, each with a file name
/// and the type its bytes have.
fn form(request: ImageRequest, references: References, delivery: Delivery) -> Form {
    let boundary = id::request_id();
    let Value::Object(fields) = to_json(&edit_fields(request, delivery)) else {
        unreachable!("a form of named fields is a JSON object")
    };
    let mut pieces = Vec::new();
    for (name, value) in &fields {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        pieces.push(Piece::text(format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
            quoted(name)
        )));
    }
    let image = if references.images.len() == 1 {
        "image"
    } else {
        "image[]"
    };
    let parts = references
        .images
        .into_iter()
        .map(|reference| (image, reference))
        .chain(references.mask.map(|mask| ("mask", mask)))
        .chain(references.markup.map(|markup| ("markup", markup)));
    let mut files = Vec::new();
    for (part, reference) in parts {
        let Reference::Content {
            content,
            format,
            name,
        } = reference
        else {
            continue;
        };
        let mime = format.map_or("application/octet-stream", crate::Format::mime);
        files.push(serde_json::json!({
            "name": part, "filename": name, "content_type": mime, "bytes": content.len(),
        }));
        pieces.push(Piece::text(format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{}\"\r\n\
             Content-Type: {mime}\r\n\r\n",
            quoted(&name)
        )));
        pieces.push(Piece::Raw(content));
        pieces.push(Piece::text("\r\n"));
    }
    pieces.push(Piece::text(format!("--{boundary}--\r\n")));
    Form {
        boundary,
        pieces,
        fields,
        files,
    }
}

/// A name within quotes, as browsers escape it in a form.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A link as it is; an image that is here becomes an inlay, and its marker the text.
fn text_of(reference: Reference, inlays: &mut Vec<Inlay>) -> String {
    match reference {
        Reference::Link(link) => link,
        Reference::FileId(id) => id,
        Reference::Content {
            content, format, ..
        } => {
            let mime = format.map_or("application/octet-stream", crate::Format::mime);
            let marker = id::request_id();
            inlays.push(Inlay {
                marker: marker.clone(),
                prefix: format!("data:{mime};base64,"),
                bytes: content.len(),
                piece: Piece::Base64(content),
            });
            marker
        }
    }
}

fn replace(value: &mut Value, inlay: &Inlay) {
    match value {
        Value::String(text) if *text == inlay.marker => {
            *text = format!("{}... ({} bytes)", inlay.prefix, inlay.bytes);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, inlay)),
        Value::Object(object) => object.values_mut().for_each(|value| replace(value, inlay)),
        _ => {}
    }
}

fn to_json(body: &impl Serialize) -> Value {
    serde_json::to_value(body).expect("a body of texts, numbers and JSON values serialises")
}

/// A tier in upper case, as the vendor documents it, whatever case it was given in.
fn spelled(size: Value) -> Value {
    let text = size.as_str().filter(|text| text.ends_with('k'));
    match text.and_then(|text| text.parse().ok()) {
        Some(Size::Tier(tier)) => tier.to_string().into(),
        _ => size,
    }
}

/// Puts a parameter into the contract's field.
///
/// One that does not fit is given back, and goes out with the parameters the contract does not
/// know, exactly as it was given: whoever turned validation off means it.
fn put<T: DeserializeOwned>(field: &mut Option<T>, value: Value) -> Option<Value> {
    *field = T::deserialize(&value).ok();
    field.is_none().then_some(value)
}

/// [`put`] for a text, which is not copied.
fn put_text(field: &mut Option<String>, value: Value) -> Option<Value> {
    let Value::String(text) = value else {
        return Some(value);
    };
    *field = Some(text);
    None
}
