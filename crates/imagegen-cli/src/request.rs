//! From arguments to a request, which the client checks.

use imagegen::models::{Family, ModelStatus};
use imagegen::{CustomImage, Date, Delivery, ImageRequest, ModelTable, Operation, Size};
use serde_json::{Value, json};

use crate::args::{Ask, Edit, Generate, Parameters, ProviderName};
use crate::connect::variable_set;
use crate::failure::Failure;
use crate::inputs::{input, prompt};
use crate::text::one_line;

/// A request and how often it is sent.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) request: ImageRequest,
    pub(crate) delivery: Delivery,
    /// More than one where the model has no `n`: it then answers with one picture a call.
    pub(crate) calls: u32,
    /// The most pictures a call brings, as far as the request says.
    pub(crate) per_call: u32,
    /// Whether the model may bring fewer.
    group: bool,
    /// What was written after each `--image`.
    images: Vec<String>,
    mask: Option<String>,
    markup: Option<String>,
}

/// What the arguments of `generate` and `edit` have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestArgs<'a> {
    pub(crate) operation: Operation,
    pub(crate) prompt: Option<&'a str>,
    pub(crate) images: &'a [String],
    pub(crate) mask: Option<&'a str>,
    pub(crate) markup: Option<&'a str>,
    pub(crate) input_fidelity: Option<&'a str>,
    pub(crate) ask: &'a Ask,
}

impl<'a> From<&'a Generate> for RequestArgs<'a> {
    fn from(args: &'a Generate) -> Self {
        Self {
            operation: Operation::Generate,
            prompt: args.prompt.as_deref(),
            images: &args.image,
            mask: None,
            markup: None,
            input_fidelity: None,
            ask: &args.ask,
        }
    }
}

impl<'a> From<&'a Edit> for RequestArgs<'a> {
    fn from(args: &'a Edit) -> Self {
        Self {
            operation: Operation::Edit,
            prompt: args.prompt.as_deref(),
            images: &args.image,
            mask: args.mask.as_deref(),
            markup: args.markup.as_deref(),
            input_fidelity: args.input_fidelity.as_deref(),
            ask: &args.ask,
        }
    }
}

impl Plan {
    /// A failure in the words of the command line, where the library only knows parameters.
    pub(crate) fn explain(&self, mut failure: Failure) -> Failure {
        let param = failure.details.get("param").and_then(Value::as_str);
        let place = match param.and_then(|param| param.strip_prefix("image")) {
            Some("") if self.images.len() == 1 => Some(0),
            Some(rest) => rest
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok()),
            None => None,
        };
        let file = match place {
            Some(place) => self.images.get(place),
            None if param == Some("mask") => self.mask.as_ref(),
            None if param == Some("markup") => self.markup.as_ref(),
            None => None,
        };
        if self.request.operation() == Operation::Generate
            && param == Some("image")
            && Family::of_id(self.request.model()) == Some(Family::GptImage)
        {
            failure.hint = Some("'imagegen edit' takes images");
        } else if let Some(file) = file {
            failure.message = format!("{}: {}", one_line(file, 120), failure.message);
        }
        failure
    }

    /// A picture's number among all, as a person counts: `2 of 4`, `2 of up to 4`, `2`.
    pub(crate) fn count(&self, index: u32) -> String {
        let number = index.saturating_add(1);
        let total = self.calls.saturating_mul(self.per_call);
        match total {
            total if total == 1 || number > total => number.to_string(),
            total if self.group => format!("{number} of up to {total}"),
            total => format!("{number} of {total}"),
        }
    }
}

/// Turns arguments into a request.
///
/// # Errors
///
/// If something is missing, given twice, or cannot be read from stdin.
pub(crate) fn plan(
    args: RequestArgs<'_>,
    provider: ProviderName,
    table: &ModelTable,
) -> Result<Plan, Failure> {
    let ask = args.ask;
    let model = model(ask)?;
    stdin_once(args)?;
    let family = match table.get(&model) {
        Some(spec) => Some(spec.family),
        // Ark serves nothing else, whatever an endpoint is called.
        None if provider == ProviderName::Ark => Some(Family::Seedream),
        None => Family::of_id(&model),
    };
    if family == Some(Family::Seedream) {
        no_edit_of_seedream(args, &model)?;
    }
    // Ark has no route for edits: references go into a generation.
    let operation = match family {
        Some(Family::Seedream) => Operation::Generate,
        _ => args.operation,
    };
    let edits = operation == Operation::Edit;

    let mut parameters = ask.parameters.to_wire()?;
    if let Some(size) = &ask.size {
        // A tier in lower case is sent as documented; what is no size is left to the check.
        let size = size
            .parse::<Size>()
            .map_or(size.clone(), |size| size.to_string());
        set(&mut parameters, "size", size.into())?;
    }
    if let Some(count) = ask.streaming.partial_images {
        set(&mut parameters, "partial_images", count.into())?;
    }
    if let Some(fidelity) = args.input_fidelity {
        set(&mut parameters, "input_fidelity", fidelity.into())?;
    }
    let mut calls = 1;
    if let Some(n) = ask.n {
        if has_n(table, &model, family, operation) {
            set(&mut parameters, "n", n.into())?;
        } else {
            calls = n;
        }
    }
    let mut request = CustomImage::new(model, prompt(args.prompt)?);
    if edits {
        request = request.edit();
    }
    let mut per_call = 1;
    let mut group = false;
    for (name, value) in parameters {
        per_call = per_call.max(pictures(&name, &value));
        group |= name == "sequential_image_generation_options";
        request = request.param(&name, value);
    }
    for image in args.images {
        request = request.image(input("--image", image, edits)?);
    }
    if let Some(mask) = args.mask {
        request = request.mask(input("--mask", mask, edits)?);
    }
    if let Some(markup) = args.markup {
        request = request.markup(input("--markup", markup, edits)?);
    }
    Ok(Plan {
        request: request.into(),
        delivery: if ask.streaming.stream {
            Delivery::Stream
        } else {
            Delivery::Whole
        },
        calls,
        per_call,
        group,
        images: args.images.to_vec(),
        mask: args.mask.map(str::to_owned),
        markup: args.markup.map(str::to_owned),
    })
}

/// The known id that an unknown one comes nearest to, if it comes near; one that is served goes
/// before one that is not.
pub(crate) fn nearest_id<'a>(table: &'a ModelTable, id: &str) -> Option<&'a str> {
    if table.get(id).is_some() {
        return None;
    }
    let today = Date::today();
    let ids = table.models().iter().filter_map(|spec| {
        let distance = strsim::damerau_levenshtein(&spec.id, id);
        // Gateways and people leave the date out.
        let undated = spec.id.strip_prefix(id).is_some_and(|rest| {
            rest.starts_with('-') && rest[1..].bytes().all(|byte| byte.is_ascii_digit())
        });
        let near = undated || distance <= 2;
        let retired = spec.life_cycle.status(today) == ModelStatus::ShutDown;
        near.then_some((retired, !undated, distance, &*spec.id))
    });
    ids.min().map(|(.., id)| id)
}

fn model(ask: &Ask) -> Result<String, Failure> {
    let given = ask.model.clone().filter(|id| !id.trim().is_empty());
    given
        .or_else(|| variable_set("IMAGEGEN_MODEL"))
        .map(|id| id.trim().to_owned())
        .ok_or_else(|| {
            Failure::misuse(
                "no model: give --model or set IMAGEGEN_MODEL; 'imagegen models' lists the known ids",
            )
        })
}

/// Refuses what only edits have, by the name of the flag.
fn no_edit_of_seedream(args: RequestArgs<'_>, model: &str) -> Result<(), Failure> {
    for (flag, given) in [
        ("--mask", args.mask),
        ("--markup", args.markup),
        ("--input-fidelity", args.input_fidelity),
    ] {
        if given.is_some() {
            return Err(Failure::misuse(format!(
                "{flag} is not for {model}: Seedream models go by reference images alone"
            )));
        }
    }
    Ok(())
}

/// Stdin can be read for one thing only.
fn stdin_once(args: RequestArgs<'_>) -> Result<(), Failure> {
    let named = [
        ("PROMPT", args.prompt),
        ("--mask", args.mask),
        ("--markup", args.markup),
    ];
    let places: Vec<&str> = named
        .into_iter()
        .chain(args.images.iter().map(|image| ("--image", Some(&**image))))
        .filter(|(_, given)| *given == Some("-"))
        .map(|(place, _)| place)
        .collect();
    match places.as_slice() {
        [] | [_] => Ok(()),
        [first, second, ..] if first == second => {
            Err(Failure::misuse(format!("{first} - can be given once")))
        }
        [first, second, ..] => Err(Failure::misuse(format!(
            "{first} and {second} cannot both be read from stdin"
        ))),
    }
}

/// Whether the model counts pictures by `n`. Seedream drops the parameter without a word, so
/// under an unknown id of that family it is not sent either.
fn has_n(table: &ModelTable, model: &str, family: Option<Family>, operation: Operation) -> bool {
    match table.get(model) {
        Some(spec) => spec.parameter("n", operation).is_some(),
        None => family != Some(Family::Seedream),
    }
}

/// The most pictures that a parameter asks for.
fn pictures(name: &str, value: &Value) -> u32 {
    let count = match name {
        "n" => value.as_u64(),
        "sequential_image_generation_options" => value.get("max_images").and_then(Value::as_u64),
        _ => None,
    };
    count.unwrap_or(1).clamp(1, 1000) as u32
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
            ("user", text(&self.user)),
            ("safety_identifier", text(&self.safety_identifier)),
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
        "mask" => Some("--mask"),
        "markup" => Some("--markup"),
        "stream" => Some("--stream"),
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
