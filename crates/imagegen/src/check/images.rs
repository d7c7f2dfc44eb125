//! Reference images against the row: how many, and what each file may be.

use super::problem::Problem;
use super::{Finding, Findings};
use crate::endpoint::Operation;
use crate::format::Format;
use crate::models::{Family, ModelSpec, ReferenceImages};
use crate::request::ImageRequest;
use crate::size::Pixels;

/// The number of images, which is known without reading them.
pub(super) fn count(spec: &ModelSpec, request: &ImageRequest, findings: &mut Findings<'_>) {
    let given = request.images.len() as u32;
    if request.mask.is_some() && request.operation == Operation::Generate {
        findings.push(Finding::unsupported("mask", "only edits have it"));
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
    let layered = rule.layered.as_ref().filter(|_| super::in_layers(request));
    let formats = layered.map_or(&rule.formats, |layered| &layered.formats);
    match Format::sniff(head) {
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

/// The mask of an edit: a small PNG with alpha, as large as the first image (2026-08-21).
pub(crate) fn check_mask_file(
    rule: &ReferenceImages,
    model: &str,
    head: &[u8],
    bytes: u64,
    first: Option<Pixels>,
) -> Vec<Problem> {
    let mut findings = Findings::new(model);
    match Format::sniff(head) {
        Some(Format::Png) if has_alpha(head) => {}
        Some(Format::Png) => findings.push(Finding::refusal(
            "mask",
            None,
            "it has no alpha channel; what is transparent in it is changed".to_owned(),
        )),
        _ => findings.push(Finding::refusal("mask", None, "a mask is a PNG".to_owned())),
    }
    if let Some(limit) = rule.mask_max_bytes {
        check_length("mask", bytes, limit, &mut findings);
    }
    if let (Some(mask), Some(image)) = (Format::dimensions(head), first)
        && mask != image
    {
        findings.push(Finding::refusal(
            "mask",
            Some(format!("of {mask} pixels")),
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
        && !crate::models::within_ratio(size, ratio)
    {
        refuse(format!("the ratio is outside 1:{ratio} to {ratio}:1"));
    }
}
