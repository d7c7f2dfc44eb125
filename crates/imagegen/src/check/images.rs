//! Reference images against the row: how many, and what each file may be.

use super::findings::{Finding, Findings};
use super::problem::Problem;
use crate::endpoint::Operation;
use crate::format::Format;
use crate::models::{Family, ModelSpec, ReferenceImages, within_ratio};
use crate::request::ImageRequest;
use crate::size::Pixels;

/// The number of images, which is known without reading them.
pub(super) fn count(spec: &ModelSpec, request: &ImageRequest, findings: &mut Findings<'_>) {
    let given = request.images.len() as u32;
    if request.mask.is_some() && request.operation == Operation::Generate {
        findings.push(Finding::unsupported("mask", "only edits have it"));
    }
    let takes_markup = spec
        .reference_images
        .as_ref()
        .is_some_and(|rule| rule.markup);
    if request.markup.is_some() && (request.operation == Operation::Generate || !takes_markup) {
        findings.push(Finding::unsupported(
            "markup",
            "only edits of some models have it",
        ));
    }
    if spec.family == Family::GptImage && request.operation == Operation::Generate {
        if given > 0 {
            findings.push(Finding::unsupported(
                "image",
                "generations take none; edits do",
            ));
        }
        return;
    }
    if spec.family == Family::Seedream && request.operation == Operation::Edit {
        findings.push(
            Finding::refusal(
                "operation",
                Some("edit".to_owned()),
                "the vendor has none".to_owned(),
            )
            .suggesting("ask for a generation, which takes images"),
        );
    }
    if request.operation == Operation::Edit && given == 0 {
        findings.push(Finding::missing(
            "image",
            "an edit changes at least one image",
        ));
    }
    match &spec.reference_images {
        None if given > 0 => {
            findings.push(Finding::unsupported(
                "image",
                "the model works from text alone",
            ));
        }
        Some(rule) if given > rule.max => findings.push(Finding::refusal(
            "image",
            Some(format!("with {given} images")),
            format!("at most {}", rule.max),
        )),
        Some(rule) if given < rule.min => {
            findings.push(Finding::missing("image", "the model works from an image"));
        }
        _ => {}
    }
}

/// One file of `bytes` bytes, of which `head` are the first: format, size, pixels, shape.
pub(crate) fn check_image_file(
    spec: &ModelSpec,
    request: &ImageRequest,
    label: &str,
    head: &[u8],
    bytes: u64,
) -> Vec<Problem> {
    let mut findings = Findings::new(&request.model);
    let Some(rule) = &spec.reference_images else {
        return Vec::new();
    };
    let layered = rule.layered.as_ref().filter(|_| request.is_layered());
    let formats = layered.map_or(&rule.formats, |layered| &layered.formats);
    match Format::sniff(head) {
        _ if formats.is_empty() => {}
        Some(format) if formats.iter().any(|word| word == format.as_str()) => {}
        Some(format) => findings.push(Finding::refusal(
            label,
            Some(format!("of format {format}")),
            format!("one of {}", formats.join(", ")),
        )),
        None => findings.push(Finding::refusal(
            label,
            None,
            format!("it is no image the model reads ({})", formats.join(", ")),
        )),
    }
    check_length(label, bytes, rule.max_bytes, &mut findings);
    if let Some(size) = Format::dimensions(head) {
        shape(rule, label, size, &mut findings);
        if let Some(layered) = layered
            && size.area() < layered.min_pixels
        {
            findings.push(Finding::refusal(
                label,
                Some(format!("of {size} pixels")),
                format!(
                    "layers are taken from at least {} pixels",
                    layered.min_pixels
                ),
            ));
        }
    }
    let keeps_transparency = spec.transparent_needs_image
        && request
            .param("background")
            .and_then(serde_json::Value::as_str)
            == Some("transparent");
    if keeps_transparency && !has_alpha(head) {
        findings.push(Finding::refusal(
            label,
            None,
            "background transparent keeps what is transparent in a PNG, and this has no alpha"
                .to_owned(),
        ));
    }
    findings.into_problems()
}

/// What is laid over the first image of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// A small PNG whose transparent parts are changed (2026-08-21).
    Mask,
    /// A PNG with the drawing that says what to change (2026-11-17).
    Markup,
}

impl Overlay {
    /// The parameter it is given by.
    pub(crate) const fn parameter(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Markup => "markup",
        }
    }
}

/// One file laid over the first image: a PNG with alpha, as large as that.
pub(crate) fn check_overlay_file(
    overlay: Overlay,
    rule: &ReferenceImages,
    model: &str,
    head: &[u8],
    bytes: u64,
    first: Option<Pixels>,
) -> Vec<Problem> {
    let mut findings = Findings::new(model);
    let name = overlay.parameter();
    let alpha = match overlay {
        Overlay::Mask => "it has no alpha channel; what is transparent in it is changed",
        Overlay::Markup => "it has no alpha channel; the image shows where it is transparent",
    };
    match Format::sniff(head) {
        Some(Format::Png) if has_alpha(head) => {}
        Some(Format::Png) => findings.push(Finding::refusal(name, None, alpha.to_owned())),
        _ => findings.push(Finding::refusal(name, None, format!("a {name} is a PNG"))),
    }
    if let (Overlay::Mask, Some(limit)) = (overlay, rule.mask_max_bytes) {
        check_length(name, bytes, limit, &mut findings);
    }
    if let (Some(size), Some(image)) = (Format::dimensions(head), first)
        && size != image
        // A photograph may be turned by its EXIF data, which a markup goes by.
        && !(overlay == Overlay::Markup && (size.width(), size.height()) == (image.height(), image.width()))
    {
        findings.push(Finding::refusal(
            name,
            Some(format!("of {size} pixels")),
            format!("it is as large as the first image, {image}"),
        ));
    }
    findings.into_problems()
}

fn check_length(label: &str, bytes: u64, limit: u64, findings: &mut Findings<'_>) {
    if bytes > limit {
        findings.push(Finding::refusal(
            label,
            Some(format!("of {bytes} bytes")),
            format!("at most {limit} bytes"),
        ));
    }
}

/// Whether a PNG's head announces transparency: by its colour type, or by a `tRNS` chunk.
fn has_alpha(head: &[u8]) -> bool {
    const COLOUR_TYPE: usize = 25;
    Format::sniff(head) == Some(Format::Png)
        && (matches!(head.get(COLOUR_TYPE), Some(4 | 6))
            || memchr::memmem::find(head, b"tRNS").is_some())
}

fn shape(rule: &ReferenceImages, label: &str, size: Pixels, findings: &mut Findings<'_>) {
    let mut refuse = |text: String| {
        findings.push(Finding::refusal(
            label,
            Some(format!("of {size} pixels")),
            text,
        ));
    };
    if let Some(side) = rule.min_side
        && size.width().min(size.height()) < side
    {
        refuse(format!("each side is at least {side} pixels"));
    }
    if let Some(limit) = rule.max_pixels
        && size.area() > limit
    {
        refuse(format!("at most {limit} pixels"));
    }
    if let Some(ratio) = rule.max_ratio
        && !within_ratio(size, ratio)
    {
        refuse(format!("the ratio is outside 1:{ratio} to {ratio}:1"));
    }
}
