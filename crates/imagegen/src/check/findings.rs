//! What the parts of a check find, before it is known of which model.

use super::problem::{Problem, ProblemKind, Severity};

/// Collects problems for one model.
pub(super) struct Findings<'a> {
    model: &'a str,
    problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(model: &'a str) -> Self {
        Self {
            model,
            problems: Vec::new(),
        }
    }

    /// The findings about a member of a parameter's object: named by their path.
    pub(super) fn extend_members(&mut self, path: &str, members: Findings<'_>) {
        for mut problem in members.problems {
            problem.parameter = format!("{path}.{}", problem.parameter);
            self.problems.push(problem);
        }
    }

    pub(super) fn model(&self) -> &'a str {
        self.model
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn extend<'f>(&mut self, findings: impl IntoIterator<Item = Finding<'f>>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    pub(super) fn push(&mut self, finding: Finding<'_>) {
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
pub(super) struct Finding<'a> {
    severity: Severity,
    kind: ProblemKind,
    parameter: &'a str,
    value: Option<String>,
    rule: String,
    suggestion: Option<String>,
}

impl<'a> Finding<'a> {
    pub(super) fn refusal(parameter: &'a str, value: Option<String>, rule: String) -> Self {
        Self {
            severity: Severity::Refusal,
            kind: ProblemKind::InvalidValue,
            parameter,
            value,
            rule,
            suggestion: None,
        }
    }

    pub(super) fn warning(parameter: &'a str, value: Option<String>, rule: &str) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::refusal(parameter, value, rule.to_owned())
        }
    }

    pub(super) fn unsupported(parameter: &'a str, rule: &str) -> Self {
        Self {
            kind: ProblemKind::UnsupportedParameter,
            ..Self::refusal(parameter, None, rule.to_owned())
        }
    }

    pub(super) fn missing(parameter: &'a str, rule: &str) -> Self {
        Self {
            kind: ProblemKind::MissingParameter,
            ..Self::refusal(parameter, None, rule.to_owned())
        }
    }

    pub(super) fn model(severity: Severity, rule: String) -> Self {
        Self {
            severity,
            kind: ProblemKind::Model,
            ..Self::refusal("model", None, rule)
        }
    }

    pub(super) fn suggesting_if(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }

    pub(super) fn suggesting(self, suggestion: &str) -> Self {
        Self {
            suggestion: Some(suggestion.to_owned()),
            ..self
        }
    }
}
