//! Checks a request against its model's row, before anything is sent.
//!
//! Pure: no I/O, and no allocation as long as nothing is found.

mod combinations;
mod gif;
mod images;
mod problem;
mod values;

pub(crate) use gif::Frames;

use serde_json::Value;

pub use problem::{InvalidRequest, Problem, ProblemKind, Severity};

use crate::endpoint::{Delivery, Provider};
use crate::models::{LifeCycle, ModelSpec, ModelStatus, ModelTable, PixelRule, Verdict};
use crate::request::ImageRequest;
use crate::size::Size;
use crate::time::Date;

pub(crate) use images::{check_image_file, check_mask_file};

/// What a check has to know besides the request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckContext {
    /// Who answers: a vendor refuses its retired models, a gateway may still map them.
    pub provider: Provider,
    /// How the answer is asked for.
    pub delivery: Delivery,
    /// The day that life cycles are held against.
    pub today: Date,
}

impl Default for CheckContext {
    /// A plain call to a gateway, today.
    fn default() -> Self {
        Self {
            provider: Provider::Gateway,
            delivery: Delivery::Whole,
            today: Date::today(),
        }
    }
}

impl CheckContext {
    /// A call to a provider, today.
    pub fn new(provider: Provider, delivery: Delivery) -> Self {
        Self {
            provider,
            delivery,
            today: Date::today(),
        }
    }
}

/// Splits what was found into the refusal, if any, and the warnings.
pub(crate) fn enforce(problems: Vec<Problem>) -> Result<Vec<Problem>, InvalidRequest> {
    match problems
        .iter()
        .position(|problem| problem.severity == Severity::Refusal)
    {
        Some(at) => Err(InvalidRequest::new(
            problems.into_iter().nth(at).expect("just found"),
        )),
        None => Ok(problems),
    }
}

impl ModelTable {
    /// Checks a request and returns everything found, the gravest first within each parameter;
    /// an empty list is a request the model takes.
    ///
    /// A model without a row earns one warning and is checked no further.
    pub fn check(&self, request: &ImageRequest, context: &CheckContext) -> Vec<Problem> {
        let mut findings = Findings {
            model: &request.model,
            problems: Vec::new(),
        };
        if request.model.is_empty() {
            findings.push(Finding::missing("model", "name the model to use"));
            return findings.problems;
        }
        let Some(spec) = self.get(&request.model) else {
            findings.push(Finding::model(
                Severity::Warning,
                "it is not in the model table, so the request goes out unchecked".to_owned(),
            ));
            return findings.problems;
        };
        life_cycle(spec, context, &mut findings);
        prompt(spec, request, &mut findings);
        size(spec, request, &mut findings);
        for (name, value) in &request.params {
            // A null says the same as leaving the parameter out.
            if name != "size" && !value.is_null() {
                self.parameter(spec, request, name, value, &mut findings);
            }
        }
        images::count(spec, request, &mut findings);
        if context.delivery == Delivery::Stream && !spec.streaming {
            findings.push(Finding::unsupported(
                "stream",
                "the model answers in one piece",
            ));
        }
        combinations::check(spec, request, context, &mut findings);
        findings.problems
    }

    fn parameter(
        &self,
        spec: &ModelSpec,
        request: &ImageRequest,
        name: &str,
        value: &Value,
        findings: &mut Findings<'_>,
    ) {
        if name == "stream" {
            findings.push(Finding::unsupported(
                name,
                "streaming is asked for by the call, not by a parameter",
            ));
            return;
        }
        match spec.parameter(name, request.operation) {
            Some(parameter) => values::check(parameter, name, value, findings),
            None if self.knows_parameter(name) => {
                findings.push(Finding::unsupported(name, unsupported_reason(spec, name)));
            }
            None => findings.push(Finding::warning(
                name,
                None,
                "the parameter is not in the model table, so it is passed on unchecked",
            )),
        }
    }
}

/// Says what to do instead, where the vendors' documents know something better than leaving out.
fn unsupported_reason(spec: &ModelSpec, name: &str) -> &'static str {
    match name {
        "n" if spec.group_limit.is_some() => {
            "ask for a group with sequential_image_generation and its max_images instead"
        }
        "n" => "it answers with one image a call",
        "response_format" => "it always answers with b64_json",
        "input_fidelity" => "only edits have it",
        _ => "leave it out",
    }
}

fn life_cycle(spec: &ModelSpec, context: &CheckContext, findings: &mut Findings<'_>) {
    let Some(shutdown) = spec.life_cycle.shutdown else {
        return;
    };
    let days = context.today.days_until(shutdown);
    let (severity, rule) = match spec.life_cycle.status(context.today) {
        ModelStatus::ShutDown if spec.life_cycle.presumed => (
            Severity::Warning,
            format!("it was gone from its vendor's pages by {shutdown}"),
        ),
        ModelStatus::ShutDown if context.provider == Provider::Gateway => (
            Severity::Warning,
            format!(
                "its vendor shut it down on {shutdown}; the gateway may map it to another model"
            ),
        ),
        ModelStatus::ShutDown => (
            Severity::Refusal,
            format!("its vendor shut it down on {shutdown}"),
        ),
        _ if days <= LifeCycle::NOTICE_DAYS => (
            Severity::Warning,
            format!("its vendor shuts it down on {shutdown}"),
        ),
        _ => return,
    };
    let suggestion = spec
        .life_cycle
        .replacement
        .as_ref()
        .map(|id| format!("its successor is {id}"));
    findings.push(Finding {
        suggestion,
        ..Finding::model(severity, rule)
    });
}

fn in_layers(request: &ImageRequest) -> bool {
    request.param("layer_decomposition") == Some(&Value::Bool(true))
}

fn prompt(spec: &ModelSpec, request: &ImageRequest, findings: &mut Findings<'_>) {
    if request.prompt.trim().is_empty() && !in_layers(request) {
        findings.push(Finding::missing("prompt", "say what the picture shows"));
    }
    if let Some(limit) = spec.prompt_limit {
        // A prompt has at most one character a byte, so most need no counting.
        let characters = match request.prompt.len() {
            bytes if bytes <= limit as usize => bytes,
            _ => request.prompt.chars().count(),
        };
        if characters > limit as usize {
            findings.push(Finding::refusal(
                "prompt",
                Some(format!("of {characters} characters")),
                format!("at most {limit} characters"),
            ));
        }
    }
}

fn size(spec: &ModelSpec, request: &ImageRequest, findings: &mut Findings<'_>) {
    let Some(value) = request.param("size").filter(|value| !value.is_null()) else {
        return;
    };
    let Some(size) = value.as_str().and_then(|text| text.parse::<Size>().ok()) else {
        findings.push(Finding::refusal(
            "size",
            Some(values::shown(value)),
            crate::size::InvalidSize::EXPECTED.to_owned(),
        ));
        return;
    };
    if size == Size::Auto && spec.layer_limit.is_some() && in_layers(request) {
        // Layers keep the size of the picture they are taken from.
        return;
    }
    if let (Some(frames), Size::Pixels(frame), PixelRule::Within(bounds)) =
        (Frames::of(request), size, &spec.sizes.pixels)
    {
        findings.extend(gif::check(bounds, frames, frame));
        return;
    }
    match spec.sizes.verdict(size) {
        Verdict::Accepted => {}
        Verdict::Doubtful(rule) => {
            findings.push(Finding::warning("size", Some(size.to_string()), &rule));
        }
        Verdict::Refused(rule) => {
            let suggestion = spec
                .sizes
                .nearest(size)
                .map(|nearest| format!("the nearest size it takes is {nearest}"));
            findings.push(Finding {
                suggestion,
                ..Finding::refusal("size", Some(size.to_string()), rule)
            });
        }
    }
}

/// Collects problems for one model.
pub(crate) struct Findings<'a> {
    model: &'a str,
    problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(model: &'a str) -> Self {
        Self {
            model,
            problems: Vec::new(),
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(crate) fn extend<'f>(&mut self, findings: impl IntoIterator<Item = Finding<'f>>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    pub(crate) fn push(&mut self, finding: Finding<'_>) {
        self.problems.push(Problem {
            severity: finding.severity,
            kind: finding.kind,
            parameter: finding.parameter.to_owned(),
            value: finding.value,
            model: self.model.to_owned(),
            rule: finding.rule,
            suggestion: finding.suggestion,
        });
    }
}

/// A problem before it knows its model.
pub(crate) struct Finding<'a> {
    severity: Severity,
    kind: ProblemKind,
    parameter: &'a str,
    value: Option<String>,
    rule: String,
    suggestion: Option<String>,
}

impl<'a> Finding<'a> {
    pub(crate) fn refusal(parameter: &'a str, value: Option<String>, rule: String) -> Self {
        Self {
            severity: Severity::Refusal,
            kind: ProblemKind::InvalidValue,
            parameter,
            value,
            rule,
            suggestion: None,
        }
    }

    pub(crate) fn warning(parameter: &'a str, value: Option<String>, rule: &str) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::refusal(parameter, value, rule.to_owned())
        }
    }

    fn unsupported(parameter: &'a str, rule: &str) -> Self {
        Self {
            kind: ProblemKind::UnsupportedParameter,
            ..Self::refusal(parameter, None, rule.to_owned())
        }
    }

    pub(crate) fn missing(parameter: &'a str, rule: &str) -> Self {
        Self {
            kind: ProblemKind::MissingParameter,
            ..Self::refusal(parameter, None, rule.to_owned())
        }
    }

    fn model(severity: Severity, rule: String) -> Self {
        Self {
            severity,
            kind: ProblemKind::Model,
            ..Self::refusal("model", None, rule)
        }
    }

    pub(crate) fn suggesting(self, suggestion: &str) -> Self {
        Self {
            suggestion: Some(suggestion.to_owned()),
            ..self
        }
    }
}
