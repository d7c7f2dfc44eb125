//! From our request to the generated bodies.

use bytes::Bytes;
use imagegen_api::types;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::reference::{Reference, References};
use crate::upload::Piece;
use crate::{ImageRequest, Operation, Size, names};

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
    pub(crate) fn new(request: ImageRequest, references: References, stream: bool) -> Self {
        match request.operation {
            Operation::Generate => Self::create(request, references, stream),
            Operation::Edit if references.are_files() => Self {
                content: BodyContent::EditForm(form(request, references, stream)),
                inlays: Vec::new(),
            },
            Operation::Edit => Self::edit_json(request, references, stream),
        }
    }

    /// The literal names every property of the contract on purpose: one that a new document
    /// adds does not compile here until somebody decides what it means.
    fn create(mut request: ImageRequest, references: References, stream: bool) -> Self {
        let mut inlays = Vec::new();
        let images: Vec<String> = references
            .images
            .into_iter()
            .map(|reference| text_of(reference, &mut inlays))
            .collect();
        let params = &mut request.params;
        let content = BodyContent::Create(Box::new(types::CreateImageRequest {
            model: request.model,
            prompt: request.prompt,
            image: match <[String; 1]>::try_from(images) {
                Ok([one]) => Some(types::ImageInput::String(one)),
                Err(none) if none.is_empty() => None,
                Err(several) => Some(types::ImageInput::Array(several)),
            },
            stream: stream.then_some(true),
            // First what most requests have: an empty map is quickly searched for the others.
            size: take_text(params, "size").map(spelled),
            n: take(params, "n"),
            quality: take_text(params, "quality"),
            output_format: take_text(params, "output_format"),
            response_format: take_text(params, "response_format"),
            watermark: take(params, "watermark"),
            background: take_text(params, "background"),
            complexity: take_text(params, "complexity"),
            frame_count: take(params, "frame_count"),
            frame_duration_ms: take(params, "frame_duration_ms"),
            layer_decomposition: take(params, "layer_decomposition"),
            moderation: take_text(params, "moderation"),
            optimize_prompt_options: take(params, "optimize_prompt_options"),
            output_compression: take(params, "output_compression"),
            partial_images: take(params, "partial_images"),
            sequential_image_generation: take_text(params, "sequential_image_generation"),
            sequential_image_generation_options: take(
                params,
                "sequential_image_generation_options",
            ),
            svg: take(params, "svg"),
            tools: take(params, "tools"),
            user: take_text(params, "user"),
            extra: std::mem::take(params),
        }));
        Self { content, inlays }
    }

    fn edit_json(request: ImageRequest, references: References, stream: bool) -> Self {
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
            size,
            stream,
            svg,
            user,
            extra,
        } = edit_fields(request, stream);
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
fn edit_fields(mut request: ImageRequest, stream: bool) -> types::EditImageForm {
    let params = &mut request.params;
    types::EditImageForm {
        model: Some(request.model),
        prompt: request.prompt,
        background: take_text(params, "background"),
        complexity: take_text(params, "complexity"),
        frame_count: take(params, "frame_count"),
        frame_duration_ms: take(params, "frame_duration_ms"),
        input_fidelity: take_text(params, "input_fidelity"),
        moderation: take_text(params, "moderation"),
        n: take(params, "n"),
        output_compression: take(params, "output_compression"),
        output_format: take_text(params, "output_format"),
        partial_images: take(params, "partial_images"),
        quality: take_text(params, "quality"),
        size: take_text(params, "size"),
        stream: stream.then_some(true),
        svg: take(params, "svg"),
        user: take_text(params, "user"),
        extra: std::mem::take(params),
    }
}

/// A form as OpenAI reads it: one image as `image`, several as `image[]`, each with a file name
/// and the type its bytes have.
fn form(request: ImageRequest, references: References, stream: bool) -> Form {
    let boundary = names::request_id();
    let Value::Object(fields) = to_json(&edit_fields(request, stream)) else {
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
        .chain(references.mask.map(|mask| ("mask", mask)));
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
            let marker = names::request_id();
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
fn spelled(size: String) -> String {
    match size.strip_suffix('k').and_then(|_| size.parse().ok()) {
        Some(Size::Tier(tier)) => tier.to_string(),
        _ => size,
    }
}

/// Takes a parameter out as the contract's type.
///
/// One that does not fit it stays where it is and goes out with the parameters the contract does
/// not know, exactly as it was given: whoever turned validation off means it.
#[inline(always)] // Most requests have few parameters, which are soon taken.
fn take<T: DeserializeOwned>(params: &mut Map<String, Value>, name: &str) -> Option<T> {
    if params.is_empty() {
        return None;
    }
    take_as(params, name, |value| T::deserialize(&*value).ok())
}

/// [`take`] for a text, which is not copied.
#[inline(always)]
fn take_text(params: &mut Map<String, Value>, name: &str) -> Option<String> {
    if params.is_empty() {
        return None;
    }
    take_as(params, name, |value| match value {
        Value::String(text) => Some(std::mem::take(text)),
        _ => None,
    })
}

#[inline(never)]
fn take_as<T>(
    params: &mut Map<String, Value>,
    name: &str,
    read: impl FnOnce(&mut Value) -> Option<T>,
) -> Option<T> {
    let taken = read(params.get_mut(name)?)?;
    params.remove(name);
    Some(taken)
}

/// The contract's own schema of a generation, put to our use: the images that go in may also be
/// files and file ids, and a request says how it is to be checked.
#[cfg(feature = "schemars")]
pub(crate) fn request_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    use crate::ValidationPolicy;
    use crate::input::StoredInput;
    use schemars::JsonSchema;

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
        let images = serde_json::json!({ "anyOf": [image, { "type": "array", "items": image }] });
        properties.insert("image".to_owned(), images);
        properties.insert("mask".to_owned(), image.into());
        properties.insert("operation".to_owned(), operation.into());
        properties.insert("validation".to_owned(), validation.into());
    }
    schema
}
