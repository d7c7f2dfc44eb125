//! A request as it is understood, before it is resolved.

use imagegen::models::{Family, ModelStatus};
use imagegen::{
    CheckContext, Date, ImageRequest, ModelSpec, ModelTable, Operation, ProblemKind, Provider,
    Severity,
};
use serde_json::{Map, Value, json};

use crate::Dialect;
use crate::refusal::Refusal;
use crate::request::input::InputImage;
use crate::state::Config;

/// The API a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `/v1`, a gateway's: the model decides the dialect.
    Gateway,
    /// `/api/v3`, Ark's own.
    Ark,
}

impl Endpoint {
    pub(crate) fn dialect(self, table: &ModelTable, model: &str) -> Dialect {
        match self {
            Self::Gateway => Dialect::of_model(table, model),
            Self::Ark => Dialect::Ark,
        }
    }

    /// The dialect of an error before the model is known.
    pub(crate) const fn own_dialect(self) -> Dialect {
        match self {
            Self::Gateway => Dialect::OpenAi,
            Self::Ark => Dialect::Ark,
        }
    }
}

/// A request that its model takes.
pub(crate) struct Intake<'t> {
    pub(crate) dialect: Dialect,
    pub(crate) spec: Option<&'t ModelSpec>,
    /// The model's last day, if it is past.
    pub(crate) retired: Option<Date>,
    pub(crate) request: ImageRequest,
    pub(crate) stream: bool,
    pub(crate) images: Vec<InputImage>,
    pub(crate) masked: bool,
    pub(crate) operation: Operation,
}

/// The parts of a request, taken from its JSON or its form.
pub(crate) struct Draft {
    pub(crate) model: String,
    pub(crate) prompt: Option<Value>,
    /// Every parameter that is neither structure nor an image.
    pub(crate) params: Map<String, Value>,
    pub(crate) images: Vec<InputImage>,
    pub(crate) masked: bool,
    pub(crate) operation: Operation,
}

/// Keys that `ImageRequest` gives a meaning of its own, or that are handled apart.
const STRUCTURE: [&str; 8] = [
    "model",
    "prompt",
    "operation",
    "image",
    "images",
    "mask",
    "validation",
    "stream",
];

/// The members of a body that are plain parameters, `stream` among them. Null says the same as
/// leaving out: Ark's own client sends it for everything that is not set.
pub(crate) fn params(body: &Map<String, Value>) -> Map<String, Value> {
    body.iter()
        .filter(|(name, value)| {
            !value.is_null() && (*name == "stream" || !STRUCTURE.contains(&name.as_str()))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The model a body has to name.
pub(crate) fn required_model(
    object: &Map<String, Value>,
    dialect: Dialect,
) -> Result<&str, Refusal> {
    match object.get("model") {
        Some(Value::String(model)) if !model.is_empty() => Ok(model),
        None | Some(Value::Null | Value::String(_)) => Err(Refusal::missing(
            dialect,
            "model",
            "model is missing".to_owned(),
        )),
        Some(_) => Err(Refusal::bad_value(
            dialect,
            "model",
            "model is a text".to_owned(),
        )),
    }
}

impl Draft {
    /// Checks the request against the model's row.
    pub(crate) fn check(
        mut self,
        endpoint: Endpoint,
        config: &Config,
    ) -> Result<Intake<'_>, Refusal> {
        let table = config.table();
        let dialect = endpoint.dialect(table, &self.model);
        serves(endpoint, dialect, &self.model, config)?;
        let stream = match self.params.remove("stream") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(stream)) => stream,
            Some(_) => {
                let message = "stream is true or false".to_owned();
                return Err(Refusal::bad_value(dialect, "stream", message));
            }
        };
        let prompt = match self.prompt.take() {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(prompt)) => prompt,
            Some(_) => {
                let message = "prompt is a text".to_owned();
                return Err(Refusal::bad_value(dialect, "prompt", message));
            }
        };
        let request = self.request(&prompt);
        let provider = match endpoint {
            Endpoint::Gateway => Provider::Gateway,
            Endpoint::Ark => Provider::Ark,
        };
        let mut context = CheckContext::new(
            provider,
            if stream {
                imagegen::Delivery::Stream
            } else {
                imagegen::Delivery::Whole
            },
        );
        // Without a day every model is taken on one that it is served on.
        let last_day = || table.get(&self.model)?.life_cycle.shutdown;
        context.today = config.today.or_else(last_day).unwrap_or(context.today);
        let problems = table.check(&request, &context);
        let refused = problems.iter().find(|problem| {
            let ignored = dialect == Dialect::Ark
                && problem.kind == ProblemKind::UnsupportedParameter
                && ark_ignores(table, &problem.parameter);
            problem.severity == Severity::Refusal && !ignored
        });
        if let Some(problem) = refused {
            return Err(Refusal::of_problem(dialect, problem));
        }
        Ok(Intake {
            dialect,
            spec: table.get(&self.model),
            retired: table.get(&self.model).and_then(|row| config.retired(row)),
            request,
            stream,
            images: self.images,
            masked: self.masked,
            operation: self.operation,
        })
    }

    /// The request as the SDK knows it. Its images are stand-ins: they only have to be counted.
    fn request(&self, prompt: &str) -> ImageRequest {
        let stand_in = json!({"file_id": "0"});
        let mut body = self.params.clone();
        body.retain(|name, _| !STRUCTURE.contains(&name.as_str()));
        body.insert("model".to_owned(), json!(self.model));
        body.insert("prompt".to_owned(), json!(prompt));
        if !self.images.is_empty() {
            body.insert(
                "image".to_owned(),
                json!(vec![&stand_in; self.images.len()]),
            );
        }
        if self.masked {
            body.insert("mask".to_owned(), stand_in);
        }
        if self.operation == Operation::Edit {
            body.insert("operation".to_owned(), json!("edit"));
        }
        serde_json::from_value(Value::Object(body)).expect("every key of its own has its type")
    }
}

/// Whether a model is served at all, so far as its row does not say.
fn serves(
    endpoint: Endpoint,
    dialect: Dialect,
    model: &str,
    config: &Config,
) -> Result<(), Refusal> {
    let table = config.table();
    let served = match endpoint {
        Endpoint::Gateway => table.get(model).is_some() || !config.strict,
        // Other names are a gateway's: a vendor knows its own ids.
        Endpoint::Ark => match table.row(model) {
            Some(row) => {
                row.family == Family::Seedream && config.status(row) != ModelStatus::ShutDown
            }
            None if model.starts_with("ep-") => true,
            None => {
                Family::of_id(model) == Some(Family::Seedream) && is_dated(model) && !config.strict
            }
        },
    };
    if served {
        Ok(())
    } else {
        Err(Refusal::no_model(dialect, model))
    }
}

/// Whether an id ends in its date: without one it names a family, which Ark does not serve.
fn is_dated(model: &str) -> bool {
    let last = model.rsplit('-').next().unwrap_or_default();
    last.len() >= 6 && last.bytes().all(|b| b.is_ascii_digit())
}

/// Whether Ark passes over a parameter that the model does not have: one that is not Ark's at
/// all, or one of the 3.0 models' that later ones ignore. It refuses its other own ones.
fn ark_ignores(table: &ModelTable, name: &str) -> bool {
    let is_arks = name == "stream"
        || name == "image"
        || table.models().iter().any(|row| {
            row.family == Family::Seedream
                && row.parameter(name, imagegen::Operation::Generate).is_some()
        });
    !is_arks || matches!(name, "seed" | "guidance_scale")
}
