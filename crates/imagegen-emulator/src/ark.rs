//! Ark's dialect: a Seedream request resolved, its answer, its events.
//!
//! Shapes follow the Volcengine image API page in its states of August to October 2026 and live
//! captures of September 2026.

use std::sync::Arc;

use imagegen::models::Values;
use imagegen::{ModelSpec, Pixels};
use serde_json::{Map, Value, json};

use crate::Dialect;
use crate::drawing::Drawing;
use crate::generations::check_special_input;
use crate::intake::Intake;
use crate::job::{Delivery, Job, Shot};
use crate::picture;
use crate::refusal::Refusal;
use crate::resolve;
use crate::usage::seedream_tokens;

/// Seedream's JPEGs.
const JPEG: picture::Format = picture::Format::Jpeg { quality: 90 };

/// Resolves a checked request.
pub(crate) fn plan(intake: &Intake<'_>) -> Result<Job, Refusal> {
    check_special_input(intake)?;
    let request = &intake.request;
    let spec = intake.spec;
    let param = |name: &str| request.param(name);
    let word = |name: &str| param(name).and_then(Value::as_str);
    let is_true = |name: &str| param(name) == Some(&Value::Bool(true));

    let in_layers = is_true("layer_decomposition");
    let transparent = word("background") == Some("transparent");
    let size = if in_layers {
        let input = intake.images.first().and_then(|image| image.size);
        resolve::layered_pixels(request.size(), input)
    } else {
        resolve::pixels(spec, Dialect::Ark, request.size(), request.prompt())
    };
    resolve::drawable(Dialect::Ark, size)?;
    let format = match word("output_format") {
        Some("png") => picture::Format::Png,
        None if transparent => picture::Format::Png,
        _ => JPEG,
    };
    let delivery = match word("response_format") {
        Some("b64_json") => Delivery::Inline,
        _ => Delivery::Link,
    };
    let seed = match param("seed").and_then(Value::as_i64) {
        Some(seed) if seed >= 0 => seed as u64,
        _ => intake
            .images
            .iter()
            .fold(0, |seed: u64, image| seed.rotate_left(1) ^ image.digest),
    };
    let drawing = Drawing {
        prompt: request.prompt().into(),
        model: request.model().into(),
        size,
        seed,
        index: 0,
        note: note(intake),
        transparent,
        progress: 1.0,
        format,
    };
    let items = Items::of(spec);
    let shots = if in_layers {
        layers(&drawing, &items)
    } else {
        (0..count(intake))
            .map(|index| {
                shot(
                    Drawing {
                        index,
                        ..drawing.clone()
                    },
                    &items,
                )
            })
            .collect()
    };
    let (usage, tools) = usage(intake, &shots);
    Ok(Job {
        dialect: Dialect::Ark,
        edit: false,
        model: Arc::clone(&drawing.model),
        shots,
        delivery,
        partial_images: 0,
        settings: Map::new(),
        usage: Some(usage),
        tools,
    })
}

/// How many pictures come out: one, or a group.
fn count(intake: &Intake<'_>) -> u32 {
    let request = &intake.request;
    let is_group = request
        .param("sequential_image_generation")
        .and_then(Value::as_str)
        == Some("auto");
    if !is_group {
        return 1;
    }
    let max_images = request
        .param("sequential_image_generation_options")
        .and_then(|options| options.get("max_images"))
        .and_then(Value::as_u64)
        .map(|max| max as u32);
    let limit = intake.spec.and_then(|spec| spec.group_limit).unwrap_or(15);
    resolve::group(
        request.prompt(),
        max_images,
        limit,
        intake.images.len() as u32,
    )
}

fn note(intake: &Intake<'_>) -> String {
    let references = match intake.images.len() {
        0 => String::new(),
        1 => "1 reference image".to_owned(),
        many => format!("{many} reference images"),
    };
    let mark = match intake.request.param("watermark") {
        Some(Value::Bool(false)) => "",
        _ => "watermark",
    };
    [references.as_str(), mark]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// What the model's items say of their picture.
struct Items {
    size: bool,
    output_format: bool,
    background: bool,
}

impl Items {
    /// Told from the row: 3.0, which has a seed, states no size; the models with a choice of
    /// format state it; those whose background can be `auto` state what it became.
    fn of(spec: Option<&ModelSpec>) -> Self {
        let Some(spec) = spec else {
            return Self {
                size: true,
                output_format: false,
                background: false,
            };
        };
        let parameter = |name: &str| spec.parameter(name, imagegen::Operation::Generate);
        Self {
            size: parameter("guidance_scale").is_none(),
            output_format: parameter("output_format").is_some(),
            background: parameter("background").is_some_and(|background| {
                matches!(&background.values, Values::Words(words) if words.iter().any(|word| word == "auto"))
            }),
        }
    }
}

fn shot(drawing: Drawing, items: &Items) -> Shot {
    let mut item = Map::new();
    if items.size {
        item.insert("size".to_owned(), json!(drawing.size.to_string()));
    }
    if items.output_format {
        item.insert("output_format".to_owned(), json!(drawing.word()));
    }
    if items.background {
        let word = if drawing.transparent {
            "transparent"
        } else {
            "opaque"
        };
        item.insert("background".to_owned(), json!(word));
    }
    Shot {
        drawing,
        item,
        usage: None,
    }
}

/// A base and the layers above it: always png, each as large as its box on the base.
fn layers(base: &Drawing, items: &Items) -> Vec<Shot> {
    /// Names, and boxes in thousandths of the base: left, top, right, bottom.
    const LAYERS: [(&str, &str, [u32; 4]); 3] = [
        ("subject", "the main subject", [200, 150, 800, 900]),
        (
            "foreground",
            "what stands in front of it",
            [0, 700, 1000, 1000],
        ),
        ("text", "the lettering", [100, 50, 900, 200]),
    ];
    let mut shots = vec![shot(base.clone(), items)];
    shots[0].item.insert("z_index".to_owned(), json!(0));
    for (above, (name, description, normalized)) in LAYERS.into_iter().enumerate() {
        let [left, top, right, bottom] = normalized;
        let x = |part: u32| (u64::from(base.size.width()) * u64::from(part) / 1000) as u32;
        let y = |part: u32| (u64::from(base.size.height()) * u64::from(part) / 1000) as u32;
        let absolute = [x(left), y(top), x(right), y(bottom)];
        let size = Pixels::checked(absolute[2] - absolute[0], absolute[3] - absolute[1])
            .unwrap_or(base.size);
        let mut layer = shot(
            Drawing {
                size,
                index: above as u32 + 1,
                note: format!("layer: {name}"),
                transparent: true,
                format: picture::Format::Png,
                ..base.clone()
            },
            items,
        );
        layer.item.extend([
            ("z_index".to_owned(), json!(above + 1)),
            ("name".to_owned(), json!(name)),
            ("description".to_owned(), json!(description)),
            (
                "bounding_box".to_owned(),
                json!({"absolute": absolute, "normalized": normalized}),
            ),
        ]);
        shots.push(layer);
    }
    shots
}

/// The usage, and the tools that were used.
fn usage(intake: &Intake<'_>, shots: &[Shot]) -> (Value, Option<Value>) {
    let tokens = seedream_tokens(shots.iter().map(|shot| shot.drawing.size));
    let mut usage = Map::new();
    usage.insert("generated_images".to_owned(), json!(shots.len()));
    // The models that can take a picture apart are those that state what went in.
    if intake.spec.is_some_and(|spec| spec.layer_limit.is_some()) {
        usage.insert("input_images".to_owned(), json!(intake.images.len()));
    }
    usage.insert("output_tokens".to_owned(), json!(tokens));
    usage.insert("total_tokens".to_owned(), json!(tokens));
    let tools = intake
        .request
        .param("tools")
        .and_then(Value::as_array)
        .filter(|tools| !tools.is_empty())
        .map(|tools| {
            usage.insert("tool_usage".to_owned(), json!({"web_search": tools.len()}));
            let types = tools
                .iter()
                .map(|tool| json!({"type": tool.get("type")}))
                .collect();
            Value::Array(types)
        });
    (Value::Object(usage), tools)
}

/// The body of an answer around its items.
pub(crate) fn answer(job: &Job, created: u64, items: Vec<Value>) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(&*job.model));
    body.insert("created".to_owned(), json!(created));
    body.insert("data".to_owned(), Value::Array(items));
    finish(job, &mut body);
    Value::Object(body)
}

/// A finished picture's event, without the picture.
pub(crate) fn succeeded(job: &Job, shot: &Shot, created: u64, index: usize) -> (String, Value) {
    let mut data = head(job, "partial_succeeded", created);
    data.insert("image_index".to_owned(), json!(index));
    if let Some(size) = shot.item.get("size") {
        data.insert("size".to_owned(), size.clone());
    }
    (
        "image_generation.partial_succeeded".to_owned(),
        Value::Object(data),
    )
}

/// The event of a picture that failed.
pub(crate) fn failed(job: &Job, created: u64, index: usize, error: Value) -> (String, Value) {
    let mut data = head(job, "partial_failed", created);
    data.insert("image_index".to_owned(), json!(index));
    data.insert("error".to_owned(), error);
    (
        "image_generation.partial_failed".to_owned(),
        Value::Object(data),
    )
}

/// The last event.
pub(crate) fn completed(job: &Job, created: u64) -> (String, Value) {
    let mut data = head(job, "completed", created);
    finish(job, &mut data);
    ("image_generation.completed".to_owned(), Value::Object(data))
}

fn head(job: &Job, verb: &str, created: u64) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("type".to_owned(), json!(format!("image_generation.{verb}")));
    data.insert("model".to_owned(), json!(&*job.model));
    data.insert("created".to_owned(), json!(created));
    data
}

fn finish(job: &Job, body: &mut Map<String, Value>) {
    if let Some(usage) = &job.usage {
        body.insert("usage".to_owned(), usage.clone());
    }
    if let Some(tools) = &job.tools {
        body.insert("tools".to_owned(), tools.clone());
    }
}
