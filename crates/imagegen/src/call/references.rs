//! The images that go in, looked at before anything is sent.

use std::path::Path;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;

use crate::check;
use crate::check::{InvalidRequest, Overlay, Problem, ProblemKind, Severity};
use crate::endpoint::Operation;
use crate::error::Result;
use crate::format::Format;
use crate::models::ModelTable;
use crate::request::{ImageInput, ImageRequest, Source, ValidationPolicy};
use crate::save::{FileAction, FileError};
use crate::size::Pixels;
use crate::wire::{Content, Reference, References};

/// How much of a file is looked at: enough for a JPEG whose size stands behind a large preview.
const HEAD: usize = 64 * 1024;

/// Looks at every image of a request and checks it against the model's row; returns the warnings
/// as well.
///
/// # Errors
///
/// If a file cannot be read, or the model does not take it.
pub(crate) async fn load(
    request: &ImageRequest,
    table: &ModelTable,
    policy: ValidationPolicy,
) -> Result<(References, Vec<Problem>)> {
    let mut references = References::default();
    let mut problems = Vec::new();
    let mut first = None;
    for (at, image) in request.images.iter().enumerate() {
        let label = match request.images.len() {
            1 => "image".to_owned(),
            _ => format!("image[{at}]"),
        };
        let looked = look(image, &label, request).await?;
        if let Some(head) = &looked.head {
            problems.extend(enforce(
                policy,
                checked_image(request, table, &label, head, looked.length),
            )?);
        }
        if at == 0 {
            first = looked.head.as_deref().and_then(Format::dimensions);
        }
        references.images.push(looked.reference);
    }
    for (overlay, image) in [
        (Overlay::Mask, &request.mask),
        (Overlay::Markup, &request.markup),
    ] {
        let Some(image) = image else { continue };
        let looked = look(image, overlay.parameter(), request).await?;
        if let Some(head) = &looked.head {
            let found = checked_overlay(overlay, request, table, head, looked.length, first);
            problems.extend(enforce(policy, found)?);
        }
        let place = match overlay {
            Overlay::Mask => &mut references.mask,
            Overlay::Markup => &mut references.markup,
        };
        *place = Some(looked.reference);
    }
    if request.operation == Operation::Edit && !references.are_files() {
        let inline = inline_length(request, &references);
        problems.extend(enforce(policy, inline.into_iter().collect())?);
    }
    Ok((references, problems))
}

/// The rule about images within an edit's JSON: OpenAI's document has at most so many characters
/// in an `image_url` (2026-08-21).
fn inline_length(request: &ImageRequest, references: &References) -> Option<Problem> {
    const LONGEST: u64 = 20_971_520;
    let mut images = references
        .images
        .iter()
        .chain(&references.mask)
        .chain(&references.markup);
    let length = images.find_map(|reference| match reference {
        Reference::Content { content, .. } => {
            let length = content.len().div_ceil(3) * 4;
            (length > LONGEST).then_some(length)
        }
        Reference::Link(_) | Reference::FileId(_) => None,
    })?;
    Some(Problem {
        severity: Severity::Refusal,
        kind: ProblemKind::InvalidValue,
        parameter: "image_url".to_owned(),
        value: Some(format!("of {length} characters")),
        model: request.model.clone(),
        rule: format!("beside a link or a file id at most {LONGEST}"),
        suggestion: Some("send all images as files".to_owned()),
    })
}

/// Refuses what breaks a rule, where rules are enforced; what is left are warnings.
fn enforce(
    policy: ValidationPolicy,
    problems: Vec<Problem>,
) -> Result<Vec<Problem>, InvalidRequest> {
    match policy {
        ValidationPolicy::Enforce => check::enforce(problems),
        ValidationPolicy::Warn => Ok(problems),
        ValidationPolicy::Off => Ok(Vec::new()),
    }
}

fn checked_image(
    request: &ImageRequest,
    table: &ModelTable,
    label: &str,
    head: &[u8],
    length: u64,
) -> Vec<Problem> {
    match table.get(&request.model) {
        Some(spec) => check::check_image_file(spec, request, label, head, length),
        None => Vec::new(),
    }
}

fn checked_overlay(
    overlay: Overlay,
    request: &ImageRequest,
    table: &ModelTable,
    head: &[u8],
    length: u64,
    first: Option<Pixels>,
) -> Vec<Problem> {
    let rule = table
        .get(&request.model)
        .and_then(|spec| spec.reference_images.as_ref());
    match rule {
        Some(rule) => check::check_overlay_file(overlay, rule, &request.model, head, length, first),
        None => Vec::new(),
    }
}

struct Looked {
    reference: Reference,
    /// The first bytes, where they are here.
    head: Option<Bytes>,
    length: u64,
}

async fn look(image: &ImageInput, label: &str, request: &ImageRequest) -> Result<Looked> {
    match &image.0 {
        Source::Url(url) => Ok(Looked {
            reference: Reference::Link(url.clone()),
            head: None,
            length: 0,
        }),
        Source::FileId(id) if request.operation == Operation::Edit => Ok(Looked {
            reference: Reference::FileId(id.clone()),
            head: None,
            length: 0,
        }),
        Source::FileId(_) => Err(InvalidRequest::new(Problem {
            severity: Severity::Refusal,
            kind: ProblemKind::InvalidValue,
            parameter: label.to_owned(),
            value: None,
            model: request.model.clone(),
            rule: "a file id only works in an edit".to_owned(),
            suggestion: None,
        })
        .into()),
        Source::Bytes(bytes) => {
            let head = bytes.slice(..bytes.len().min(HEAD));
            Ok(looked(Content::Memory(bytes.clone()), head, label))
        }
        Source::Named(_) => Err(check::unasked_file(request, label).into()),
        Source::Path(path) => {
            let failed = |error| FileError::at(FileAction::ReadInput, "read", path, error);
            let mut file = tokio::fs::File::open(path).await.map_err(failed)?;
            let length = file.metadata().await.map_err(failed)?.len();
            let mut head = Vec::with_capacity(HEAD);
            (&mut file)
                .take(HEAD as u64)
                .read_to_end(&mut head)
                .await
                .map_err(failed)?;
            let content = Content::File {
                path: path.clone(),
                length,
            };
            Ok(looked(content, head.into(), &file_name(path)))
        }
    }
}

fn looked(content: Content, head: Bytes, name: &str) -> Looked {
    let format = Format::sniff(&head);
    let length = content.len();
    // A vendor goes by the extension, too: it must not contradict the bytes.
    let stem = Path::new(name)
        .file_stem()
        .map_or_else(|| name.into(), |stem| stem.to_string_lossy());
    let name = match format {
        Some(format) => format!("{stem}.{}", format.extension()),
        None => name.to_owned(),
    };
    Looked {
        reference: Reference::Content {
            content,
            format,
            name,
        },
        head: Some(head),
        length,
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || "image".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
