//! What a check found.

use std::fmt;

use serde::Serialize;

/// One rule a request breaks, or one doubt about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Whether it stands in the way of the request.
    pub severity: Severity,
    /// What sort of rule it is.
    pub kind: ProblemKind,
    /// The parameter, in the vendor's word.
    pub parameter: String,
    /// The value that was given, shortened; `None` where it is content or missing.
    pub value: Option<String>,
    /// The model the rule belongs to.
    pub model: String,
    /// The rule.
    pub rule: String,
    /// What would work.
    pub suggestion: Option<String>,
}

/// How grave a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// The vendor refuses this.
    Refusal,
    /// The sources disagree, the vendor calls it experimental, or an end is near.
    Warning,
}

/// What sort of rule a [`Problem`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The model itself: unknown, retired, soon to be.
    Model,
    /// The model has no such parameter.
    UnsupportedParameter,
    /// A required parameter is missing.
    MissingParameter,
    /// The model does not take this value.
    InvalidValue,
    /// The request itself, whatever its model: refused with validation off as well.
    Shape,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parameter,
            model,
            rule,
            ..
        } = self;
        match (self.kind, &self.value) {
            (ProblemKind::Model, _) => write!(f, "model {model}: {rule}")?,
            (ProblemKind::UnsupportedParameter, _) => {
                write!(f, "{parameter} is not a parameter of {model}")?;
                if !rule.is_empty() {
                    write!(f, ": {rule}")?;
                }
            }
            (ProblemKind::MissingParameter, _) => write!(f, "{parameter} is missing: {rule}")?,
            (ProblemKind::Shape, _) => write!(f, "{parameter}: {rule}")?,
            (ProblemKind::InvalidValue, value) => {
                f.write_str(parameter)?;
                if let Some(value) = value {
                    write!(f, " {value}")?;
                }
                match self.severity {
                    Severity::Refusal => write!(f, " is not valid for {model}: {rule}")?,
                    Severity::Warning => write!(f, " on {model}: {rule}")?,
                }
            }
        }
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// A request that was refused before anything was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidRequest(Box<Problem>);

impl InvalidRequest {
    pub(crate) fn new(problem: Problem) -> Self {
        Self(Box::new(problem))
    }

    /// The parameter, in the vendor's word.
    pub fn parameter(&self) -> &str {
        &self.0.parameter
    }

    /// The rule that is broken, with the value and what would work.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl fmt::Debug for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InvalidRequest").field(&self.0).finish()
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for InvalidRequest {}

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
