//! From arguments to a request, which the client checks.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use imagegen::{CustomImage, Family, ImageInput, ImageRequest, ModelTable, Size};
use serde_json::{Value, json};

use crate::args::{Generate, Parameters};
use crate::connect::variable_set;
use crate::failure::{Failure, io_text};

/// A request and how often it is sent.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) request: ImageRequest,
    /// More than one where the model has no `n`: it then answers with one picture a call.
    pub(crate) calls: u32,
    /// The most pictures that come out, as far as the request says.
    pub(crate) expected: u32,
}

/// Turns the arguments into a request.
///
/// # Errors
///
/// If something is missing, given twice, or cannot be read from stdin.
pub(crate) fn plan(args: &Generate, table: &ModelTable) -> Result<Plan, Failure> {
    let model = model(args)?;
    if args.prompt.as_deref() == Some("-") && args.image.iter().any(|image| image == "-") {
        return Err(Failure::misuse(
            "PROMPT and --image cannot both be read from stdin",
        ));
    }
    if args.image.iter().filter(|image| *image == "-").count() > 1 {
        return Err(Failure::misuse("--image - can be given once"));
    }
    let prompt = match args.prompt.as_deref() {
        Some("-") => prompt_from_stdin()?,
        Some(prompt) => prompt.to_owned(),
        None => String::new(),
    };

    let mut parameters = args.parameters.to_wire()?;
    if let Some(size) = &args.size {
        // A tier in lower case is sent as documented; what is no size is left to the check.
        let size = size
            .parse::<Size>()
            .map_or(size.clone(), |size| size.to_string());
        set(&mut parameters, "size", size.into())?;
    }
    let mut calls = 1;
    if let Some(n) = args.n {
        if has_n(table, &model) {
            set(&mut parameters, "n", n.into())?;
        } else {
            calls = n;
        }
    }
    let mut expected = calls;
    let mut request = CustomImage::new(model, prompt);
    for (name, value) in parameters {
        expected = expected.max(pictures(&name, &value, calls));
        request = request.param(&name, value);
    }
    for image in &args.image {
        request = request.image(input(image)?);
    }
    Ok(Plan {
        request: request.into(),
        calls,
        expected,
    })
}

fn model(args: &Generate) -> Result<String, Failure> {
    let given = args.model.clone().filter(|id| !id.trim().is_empty());
    given
        .or_else(|| variable_set("IMAGEGEN_MODEL"))
        .map(|id| id.trim().to_owned())
        .ok_or_else(|| {
            Failure::misuse(
                "no model: give --model or set IMAGEGEN_MODEL; 'imagegen models' lists the known ids",
            )
        })
}

/// Whether the model counts pictures by `n`. Seedream drops the parameter without a word, so
/// under an unknown id of that family it is not sent either.
fn has_n(table: &ModelTable, model: &str) -> bool {
    match table.get(model) {
        Some(spec) => spec.parameter("n", false).is_some(),
        None => Family::of_id(model) != Some(Family::Seedream),
    }
}

/// The most pictures that a parameter asks for.
fn pictures(name: &str, value: &Value, calls: u32) -> u32 {
    let count = match name {
        "n" => value.as_u64(),
        "sequential_image_generation_options" => value.get("max_images").and_then(Value::as_u64),
        _ => None,
    };
    let count = count.unwrap_or(1).min(1000) as u32;
    count.saturating_mul(calls)
}

fn input(image: &str) -> Result<ImageInput, Failure> {
    if image == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| stdin_failure(&error))?;
        if bytes.is_empty() {
            return Err(Failure::misuse("--image -: stdin is empty"));
        }
        return Ok(ImageInput::bytes(bytes));
    }
    let scheme = |scheme: &str| {
        image
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if scheme("http://") || scheme("https://") || scheme("data:") {
        return Ok(ImageInput::url(image));
    }
    let path = Path::new(image);
    let unreadable = |error| Failure::file("read", path, &error);
    if path.is_file() {
        // Read when it is sent, but found out to be unreadable now.
        File::open(path).map_err(unreadable)?;
        return Ok(ImageInput::path(path));
    }
    // A pipe can be read once, and a request may be sent more often.
    std::fs::read(path)
        .map(ImageInput::bytes)
        .map_err(unreadable)
}

fn prompt_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|error| stdin_failure(&error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn stdin_failure(error: &std::io::Error) -> Failure {
    Failure::misuse(format!("cannot read stdin: {}", io_text(error)))
}

impl Parameters {
    /// The parameters that were given, by their names on the wire.
    fn to_wire(&self) -> Result<Vec<(String, Value)>, Failure> {
        let text = |value: &Option<String>| value.as_deref().map(Value::from);
        let number = |value: Option<i64>| value.map(Value::from);
        let mut wire = Vec::new();
        for (name, value) in [
            ("quality", text(&self.quality)),
            ("background", text(&self.background)),
            ("output_format", text(&self.output_format)),
            ("output_compression", number(self.output_compression)),
            ("moderation", text(&self.moderation)),
            ("partial_images", number(self.partial_images)),
            ("user", text(&self.user)),
            ("complexity", text(&self.complexity)),
            ("frame_count", number(self.frame_count)),
            ("frame_duration_ms", number(self.frame_duration_ms)),
            ("svg", self.svg.clone()),
            ("response_format", text(&self.response_format)),
            ("watermark", self.watermark.map(Value::from)),
            ("sequential_image_generation", self.group_mode()),
            (
                "sequential_image_generation_options",
                self.max_images.map(|max| json!({"max_images": max})),
            ),
            (
                "optimize_prompt_options",
                self.optimize_prompt
                    .as_deref()
                    .map(|mode| json!({"mode": mode})),
            ),
            (
                "tools",
                self.web_search.then(|| json!([{"type": "web_search"}])),
            ),
            (
                "layer_decomposition",
                self.layer_decomposition.then_some(Value::Bool(true)),
            ),
        ] {
            if let Some(value) = value {
                wire.push((name.to_owned(), value));
            }
        }
        for (name, value) in &self.others {
            if let Some(instead) = own_place(name) {
                return Err(Failure::misuse(format!(
                    "--param {name} has a place of its own: {instead}"
                )));
            }
            set(&mut wire, name, value.clone())?;
        }
        Ok(wire)
    }

    /// A bound on the group turns groups on, unless they are spoken of anyway.
    fn group_mode(&self) -> Option<Value> {
        let implied = self.max_images.map(|_| "auto");
        self.sequential_image_generation
            .as_deref()
            .or(implied)
            .map(Value::from)
    }
}

/// What to write instead of `--param` for the parts of a request that are no parameters.
fn own_place(name: &str) -> Option<&'static str> {
    match name {
        "model" => Some("--model"),
        "prompt" => Some("PROMPT"),
        "image" | "images" => Some("--image"),
        _ => None,
    }
}

fn set(wire: &mut Vec<(String, Value)>, name: &str, value: Value) -> Result<(), Failure> {
    if wire.iter().any(|(known, _)| known == name) {
        return Err(Failure::misuse(format!("{name} is given twice")));
    }
    wire.push((name.to_owned(), value));
    Ok(())
}
