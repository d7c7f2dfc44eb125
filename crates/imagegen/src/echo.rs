//! Whether an answer is what was asked for: some gateways drop parameters without a word.

use crate::{Format, ImageEvent, Problem, ProblemKind, Severity};

/// What was asked for, held against what has come of it so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Echo {
    /// How many pictures were asked for by `n`.
    pub(crate) n: u32,
    /// The `output_format` that was asked for.
    pub(crate) output_format: Option<String>,
    /// The pictures that came, or were said to have failed.
    mentioned: u32,
    /// A format that is not the one asked for.
    other: Option<Format>,
}

impl Echo {
    pub(crate) fn new(n: u32, output_format: Option<String>) -> Self {
        Self {
            n,
            output_format,
            ..Self::default()
        }
    }

    /// Takes note of an event, the last one with warnings of what differs.
    pub(crate) fn hear(&mut self, event: &ImageEvent, warnings: &mut Vec<Problem>) {
        match event {
            ImageEvent::Image(image) => {
                self.mentioned += 1;
                let asked = self.output_format.as_deref();
                let other = image
                    .format()
                    .filter(|format| asked.is_some_and(|asked| asked != format.as_str()));
                self.other = self.other.or(other);
            }
            ImageEvent::Failed(_) => self.mentioned += 1,
            ImageEvent::Completed(completion) => {
                warnings.extend(self.warnings(completion.model.as_deref()));
            }
            ImageEvent::Partial(_) | ImageEvent::Unknown { .. } => {}
        }
    }

    /// What differs at the end of an answer, of the model it names.
    fn warnings(&self, model: Option<&str>) -> impl Iterator<Item = Problem> {
        let warning = |parameter: &str, value: String, rule: String| Problem {
            severity: Severity::Warning,
            kind: ProblemKind::InvalidValue,
            parameter: parameter.to_owned(),
            value: Some(value),
            model: model.unwrap_or("the server").to_owned(),
            rule,
            suggestion: None,
        };
        let fewer = (self.mentioned < self.n).then(|| {
            let rule = format!("the answer has {}", self.mentioned);
            warning("n", self.n.to_string(), rule)
        });
        let other = self.other.zip(self.output_format.clone());
        let other = other.map(|(format, asked)| {
            warning("output_format", asked, format!("the answer has {format}"))
        });
        fewer.into_iter().chain(other)
    }
}
