//! Rules about two parameters at once, which no single cell of a row can hold.
//!
//! OpenAI's are those of its reference page (2026-11-11) and OpenAPI document (2026-08-21),
//! Seedream's those of the Volcengine image API page (2026-10-09).

use serde_json::Value;

use super::context::CheckContext;
use super::findings::{Finding, Findings};
use super::values;
use crate::endpoint::{Delivery, Operation};
use crate::models::{Family, ModelSpec};
use crate::request::{ImageInput, ImageRequest};
use crate::size::Size;

pub(super) fn check(
    spec: &ModelSpec,
    request: &ImageRequest,
    context: &CheckContext,
    findings: &mut Findings<'_>,
) {
    match spec.family {
        Family::GptImage => gpt_image(request, context, findings),
        Family::Seedream => seedream(spec, request, findings),
        Family::Other => {}
    }
}

fn word<'r>(request: &'r ImageRequest, name: &str) -> Option<&'r str> {
    request.param(name)?.as_str()
}

fn integer(request: &ImageRequest, name: &str) -> Option<i64> {
    request.param(name)?.as_i64()
}

fn is_set(request: &ImageRequest, name: &str) -> bool {
    request.param(name).is_some_and(|value| !value.is_null())
}

/// The parameters that GPT Image's rules are about: looked up together, as every request is.
#[derive(Default)]
struct Set<'r> {
    output_format: Option<&'r Value>,
    background: Option<&'r Value>,
    output_compression: Option<&'r Value>,
    partial_images: Option<&'r Value>,
    frame_count: Option<&'r Value>,
    frame_duration_ms: Option<&'r Value>,
    svg: Option<&'r Value>,
    moderation: Option<&'r Value>,
}

impl<'r> Set<'r> {
    fn of(request: &'r ImageRequest) -> Self {
        let mut set = Self::default();
        for (name, value) in request.params.iter().filter(|(_, value)| !value.is_null()) {
            let place = match name.as_str() {
                "output_format" => &mut set.output_format,
                "background" => &mut set.background,
                "output_compression" => &mut set.output_compression,
                "partial_images" => &mut set.partial_images,
                "frame_count" => &mut set.frame_count,
                "frame_duration_ms" => &mut set.frame_duration_ms,
                "svg" => &mut set.svg,
                "moderation" => &mut set.moderation,
                _ => continue,
            };
            *place = Some(value);
        }
        set
    }
}

fn gpt_image(request: &ImageRequest, context: &CheckContext, findings: &mut Findings<'_>) {
    let set = Set::of(request);
    let format = set.output_format.and_then(Value::as_str).unwrap_or("png");
    if set.background.and_then(Value::as_str) == Some("transparent") && format == "jpeg" {
        findings.push(
            Finding::refusal(
                "background",
                Some("transparent".to_owned()),
                "jpeg has no transparency".to_owned(),
            )
            .suggesting("set output_format to png or webp"),
        );
    }
    if let Some(compression) = set.output_compression.and_then(Value::as_i64)
        && compression < 100
        && !matches!(format, "jpeg" | "webp")
    {
        findings.push(
            Finding::refusal(
                "output_compression",
                Some(compression.to_string()),
                format!("{format} is not compressed by degree"),
            )
            .suggesting("set output_format to jpeg or webp"),
        );
    }
    let previews = set.partial_images.and_then(Value::as_i64);
    if previews.is_some_and(|count| count > 0)
        && context.delivery == Delivery::Whole
        && !matches!(format, "gif" | "svg")
    {
        findings.push(Finding::refusal(
            "partial_images",
            previews.map(|count| count.to_string()),
            "previews only come in a stream".to_owned(),
        ));
    }
    if format == "gif" {
        gif(request, context, findings);
    } else {
        for (name, value) in [
            ("frame_count", set.frame_count),
            ("frame_duration_ms", set.frame_duration_ms),
        ] {
            if value.is_some() {
                findings.push(
                    Finding::refusal(
                        name,
                        value.map(values::shown),
                        "only gif has frames".to_owned(),
                    )
                    .suggesting("set output_format to gif"),
                );
            }
        }
    }
    if set.svg.is_some() && format != "svg" {
        findings.push(
            Finding::refusal("svg", None, "it describes svg output only".to_owned())
                .suggesting("set output_format to svg"),
        );
    }
    if format == "svg" {
        svg(request, context, findings);
    }
    if request.markup.is_some() {
        markup(request, findings);
    }
    // Images by URL and by id go as JSON.
    let mut inputs = request.images.iter().chain(&request.mask);
    let uploads = inputs.all(ImageInput::is_content);
    if request.operation == Operation::Edit && uploads && set.moderation.is_some() {
        findings.push(Finding::warning(
            "moderation",
            None,
            "the vendor documents it for generations and for edits by JSON, not for uploads",
        ));
    }
}

fn gif(request: &ImageRequest, context: &CheckContext, findings: &mut Findings<'_>) {
    no_stream("gif", request, context, findings);
    if request.mask.is_some() {
        findings.push(Finding::refusal(
            "mask",
            None,
            "gif takes no mask".to_owned(),
        ));
    }
}

/// OpenAI's SDK of 2026-11-17.
fn svg(request: &ImageRequest, context: &CheckContext, findings: &mut Findings<'_>) {
    no_stream("svg", request, context, findings);
    if integer(request, "n").is_some_and(|n| n > 1) {
        findings.push(Finding::refusal(
            "n",
            integer(request, "n").map(|n| n.to_string()),
            "svg comes one at a time".to_owned(),
        ));
    }
    let options = request.param("svg").and_then(Value::as_object);
    if options.is_some_and(|svg| svg.get("model").is_none_or(Value::is_null)) {
        findings.push(
            Finding::missing("svg.model", "svg names the model that writes the drawing")
                .suggesting("leave svg out for the vendor's own choice"),
        );
    }
}

/// Formats that come in one piece.
fn no_stream(
    format: &str,
    request: &ImageRequest,
    context: &CheckContext,
    findings: &mut Findings<'_>,
) {
    if context.delivery == Delivery::Stream {
        findings.push(Finding::refusal(
            "stream",
            Some("true".to_owned()),
            format!("{format} does not stream"),
        ));
    }
    if let Some(previews) = integer(request, "partial_images").filter(|count| *count > 0) {
        findings.push(Finding::refusal(
            "partial_images",
            Some(previews.to_string()),
            format!("{format} has no previews"),
        ));
    }
}

/// A picture laid over the first image, which OpenAI's SDK (2026-11-17) sends in a form.
fn markup(request: &ImageRequest, findings: &mut Findings<'_>) {
    if request.mask.is_some() {
        findings.push(
            Finding::refusal("markup", None, "it does not go with a mask".to_owned())
                .suggesting("leave one of them out"),
        );
    }
    let mut inputs = request.images.iter().chain(&request.markup);
    if !inputs.all(ImageInput::is_content) {
        findings.push(
            Finding::refusal(
                "markup",
                None,
                "it is sent with images that are files".to_owned(),
            )
            .suggesting("give the images and the markup as files or bytes"),
        );
    }
}

fn seedream(spec: &ModelSpec, request: &ImageRequest, findings: &mut Findings<'_>) {
    if let Some(limit) = spec.group_limit {
        group(limit, request, findings);
    }
    if request.is_layered() {
        layers(request, findings);
    }
    if word(request, "background") == Some("transparent") {
        let value = || Some("transparent".to_owned());
        if word(request, "output_format") == Some("jpeg") {
            findings.push(
                Finding::refusal("background", value(), "jpeg has no transparency".to_owned())
                    .suggesting("set output_format to png"),
            );
        }
        if spec.transparent_needs_image && request.images.len() != 1 {
            findings.push(Finding::refusal(
                "background",
                value(),
                "it keeps the transparency of exactly one reference image".to_owned(),
            ));
        }
    }
}

fn group(limit: u32, request: &ImageRequest, findings: &mut Findings<'_>) {
    let max_images = request
        .param("sequential_image_generation_options")
        .and_then(|options| options.get("max_images"))
        .and_then(Value::as_i64);
    let Some(max_images) = max_images else { return };
    let name = "sequential_image_generation_options.max_images";
    if word(request, "sequential_image_generation") != Some("auto") {
        findings.push(Finding::warning(
            name,
            Some(max_images.to_string()),
            "it has no effect unless sequential_image_generation is auto",
        ));
    }
    let left = i64::from(limit) - request.images.len() as i64;
    if max_images > left {
        findings.push(Finding::warning(
            name,
            Some(max_images.to_string()),
            &format!(
                "with {} reference images at most {left} come out",
                request.images.len()
            ),
        ));
    }
}

/// Layers take one picture apart; nearly everything else is refused beside them.
fn layers(request: &ImageRequest, findings: &mut Findings<'_>) {
    if request.images.len() != 1 {
        findings.push(Finding::refusal(
            "image",
            Some(format!("with {} images", request.images.len())),
            "layer_decomposition takes exactly one".to_owned(),
        ));
    }
    if let Some(size @ Size::Pixels(_)) = request.size() {
        findings.push(
            Finding::refusal(
                "size",
                Some(size.to_string()),
                "layers take a tier or auto".to_owned(),
            )
            .suggesting("leave it out"),
        );
    }
    for name in ["background", "sequential_image_generation", "tools"] {
        if is_set(request, name) {
            findings.push(
                Finding::refusal(
                    name,
                    request.param(name).map(values::shown),
                    "layers do not go with it".to_owned(),
                )
                .suggesting("leave it out"),
            );
        }
    }
}
