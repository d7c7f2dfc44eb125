//! OpenAI's dialect: a request resolved, its answer, its events.
//!
//! Shapes follow OpenAI's OpenAPI document of 2026-08-21 and live answers of 2026-04.

use std::sync::Arc;

use imagegen::{ModelSpec, Operation, Pixels};
use serde_json::{Map, Value, json};

use crate::Dialect;
use crate::drawing::Drawing;
use crate::job::{Delivery, Job, Shot};
use crate::picture;
use crate::refusal::Refusal;
use crate::request::intake::Intake;
use crate::vendor::resolve;
use crate::vendor::usage::{Accounting, image_tokens, text_tokens};

/// Tokens that each preview of a stream adds (2026-11).
const PREVIEW_TOKENS: u64 = 100;

/// Resolves a checked request.
pub(crate) fn plan(intake: &Intake<'_>) -> Result<Job, Refusal> {
    let request = &intake.request;
    let word = |name: &str| request.param(name).and_then(Value::as_str);
    let count = |name: &str, default: u64| {
        request
            .param(name)
            .and_then(Value::as_u64)
            .unwrap_or(default)
    };

    let spec = intake.spec;
    let accounting = Accounting::of(request.model(), spec);
    let size = resolve::pixels(spec, Dialect::OpenAi, request.size(), request.prompt());
    resolve::drawable(Dialect::OpenAi, size)?;
    // The generation before GPT Image answers by URL unless asked otherwise, and has none of its
    // settings and no usage.
    let is_legacy = request.model().starts_with("dall-e");
    let quality = match word("quality") {
        None | Some("auto") => accounting.auto_quality(),
        Some(quality) => quality,
    };
    let format_word = word("output_format").unwrap_or("png");
    let format = format(format_word, &count);
    let background = match word("background") {
        Some("transparent") => "transparent",
        _ => "opaque",
    };
    let delivery = match word("response_format") {
        Some("b64_json") => Delivery::Inline,
        Some("url") => Delivery::Link,
        _ if is_legacy => Delivery::Link,
        _ => Delivery::Inline,
    };
    let n = count("n", 1).clamp(1, 10) as u32;
    let partial_images = if intake.stream {
        count("partial_images", 0).min(3) as u32
    } else {
        0
    };

    let input_text = text_tokens(request.prompt());
    let input_images = intake
        .images
        .iter()
        .map(|image| image_tokens(image.size))
        .sum::<u64>();
    let each = accounting.output_tokens(quality, counted_size(spec, format, size))
        + PREVIEW_TOKENS * u64::from(partial_images);
    let note = note(intake, quality);
    let seed = intake
        .images
        .iter()
        .fold(0, |seed: u64, image| seed.rotate_left(1) ^ image.digest);
    let (model, prompt): (Arc<str>, Arc<str>) = (request.model().into(), request.prompt().into());
    let shots = (0..n)
        .map(|index| Shot {
            drawing: Drawing {
                prompt: Arc::clone(&prompt),
                model: Arc::clone(&model),
                size,
                seed,
                index,
                note: note.clone(),
                transparent: background == "transparent",
                progress: 1.0,
                format,
            },
            item: Map::new(),
            // The input is counted once, with the first picture.
            usage: (!is_legacy).then(|| match index {
                0 => usage(input_text, input_images, each),
                _ => usage(0, 0, each),
            }),
        })
        .collect();
    let settings = if is_legacy {
        Map::new()
    } else {
        let mut settings = Map::new();
        settings.insert("background".to_owned(), json!(background));
        settings.insert("output_format".to_owned(), json!(format_word));
        settings.insert("quality".to_owned(), json!(quality));
        settings.insert("size".to_owned(), json!(size.to_string()));
        settings
    };
    Ok(Job {
        dialect: Dialect::OpenAi,
        operation: intake.operation,
        retired: intake.retired,
        model,
        shots,
        delivery,
        partial_images,
        settings,
        usage: (!is_legacy).then(|| usage(input_text, input_images, each * u64::from(n))),
        tools: None,
    })
}

fn format(word: &str, count: &dyn Fn(&str, u64) -> u64) -> picture::Format {
    match word {
        "jpeg" => picture::Format::Jpeg {
            quality: count("output_compression", 100).clamp(1, 100) as u8,
        },
        "webp" => picture::Format::Webp,
        "gif" => picture::Format::Gif {
            frames: count("frame_count", 9).clamp(1, 16) as u32,
            frame_duration_ms: count("frame_duration_ms", 200).min(655_350) as u32,
        },
        "svg" => picture::Format::Svg,
        _ => picture::Format::Png,
    }
}

/// What is paid for: a gif's frames are drawn on one sheet (inferred from the billing steps).
fn counted_size(spec: Option<&ModelSpec>, format: picture::Format, size: Pixels) -> Pixels {
    let picture::Format::Gif { frames, .. } = format else {
        return size;
    };
    if spec.is_none() {
        return size;
    }
    let (columns, rows) = match frames {
        ..=8 => (4, 2),
        9 => (3, 3),
        10..=12 => (4, 3),
        _ => (4, 4),
    };
    Pixels::new(size.width() * columns, size.height() * rows)
}

fn note(intake: &Intake<'_>, quality: &str) -> String {
    let images = match intake.images.len() {
        0 => String::new(),
        1 => "edit of 1 image".to_owned(),
        many => format!("edit of {many} images"),
    };
    let mask = if intake.masked { "masked" } else { "" };
    [images.as_str(), mask, quality]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn usage(input_text: u64, input_images: u64, output: u64) -> Value {
    let input = input_text + input_images;
    json!({
        "input_tokens": input,
        "input_tokens_details": {"text_tokens": input_text, "image_tokens": input_images},
        "output_tokens": output,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": output},
        "total_tokens": input + output,
    })
}

/// The body of an answer around its items.
pub(crate) fn answer(job: &Job, created: u64, items: Vec<Value>) -> Value {
    let mut body = Map::new();
    body.insert("created".to_owned(), json!(created));
    body.extend(job.settings.clone());
    body.insert("data".to_owned(), Value::Array(items));
    if let Some(usage) = &job.usage {
        body.insert("usage".to_owned(), usage.clone());
    }
    Value::Object(body)
}

/// The `type` of an event and what it says besides its picture.
pub(crate) fn event(job: &Job, shot: &Shot, created: u64, preview: Option<u32>) -> (String, Value) {
    let subject = if job.operation == Operation::Edit {
        "image_edit"
    } else {
        "image_generation"
    };
    let verb = if preview.is_some() {
        "partial_image"
    } else {
        "completed"
    };
    let name = format!("{subject}.{verb}");
    let mut data = Map::new();
    data.insert("type".to_owned(), json!(name));
    data.insert("created_at".to_owned(), json!(created));
    data.extend(job.settings.clone());
    match (preview, &shot.usage) {
        (Some(index), _) => {
            data.insert("partial_image_index".to_owned(), json!(index));
        }
        (None, Some(usage)) => {
            // Events have no details of the output.
            let mut usage = usage.clone();
            if let Some(usage) = usage.as_object_mut() {
                usage.remove("output_tokens_details");
            }
            data.insert("usage".to_owned(), usage);
        }
        (None, None) => {}
    }
    (name, Value::Object(data))
}
