//! Whether an answer is what was asked for: some gateways drop parameters without a word.

use serde_json::Value;

use crate::check::{Problem, ProblemKind, Severity};
use crate::format::Format;
use crate::request::ImageRequest;
use crate::response::{Completion, Image, ImageEvent};
use crate::size::{Pixels, Size};

/// What was asked for, held against what has come of it so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// The model that was asked for.
    pub(crate) model: String,
    /// How many pictures were asked for by `n`; of a group the model decides.
    pub(crate) n: Option<u32>,
    output_format: Option<String>,
    /// The exact pixels that were asked for.
    size: Option<Pixels>,
    /// The pictures that came, or were said to have failed.
    mentioned: u32,
    /// A format that is not the one asked for.
    other_format: Option<Format>,
    /// A size that is not the one asked for.
    other_size: Option<Pixels>,
}

impl Expected {
    pub(crate) fn of(request: &ImageRequest) -> Self {
        let mut expected = Self {
            model: request.model.clone(),
            n: Some(1),
            ..Self::default()
        };
        let mut is_group = false;
        for (name, value) in &request.params {
            match name.as_str() {
                "n" => expected.n = Some(value.as_u64().unwrap_or(1) as u32),
                "output_format" => expected.output_format = value.as_str().map(str::to_owned),
                "size" => expected.size = request.size().and_then(Size::pixels),
                "sequential_image_generation" => is_group |= value == "auto",
                "layer_decomposition" => is_group |= *value == Value::Bool(true),
                _ => {}
            }
        }
        if is_group {
            // The model decides how many there are.
            expected.n = None;
        }
        expected
    }

    /// Takes note of an event, the last one with warnings of what differs.
    pub(crate) fn hear(&mut self, event: &mut ImageEvent) {
        match event {
            ImageEvent::Image(image) => self.hear_image(image),
            ImageEvent::Failed(_) => self.mentioned += 1,
            ImageEvent::Completed(completion) => self.hear_end(completion),
            ImageEvent::Partial(_) | ImageEvent::Unknown { .. } => {}
        }
    }

    fn hear_image(&mut self, image: &Image) {
        self.mentioned += 1;
        let asked = self.output_format.as_deref();
        let other = image
            .format()
            .filter(|format| asked.is_some_and(|asked| asked != format.as_str()));
        self.other_format = self.other_format.or(other);
        let other = image
            .known_size()
            .filter(|size| self.size.is_some_and(|asked| asked != *size));
        self.other_size = self.other_size.or(other);
    }

    /// Takes note of the end of an answer, with warnings of what differs.
    fn hear_end(&self, completion: &mut Completion) {
        let model = completion.model.as_deref();
        let mut warnings = Vec::new();
        let mut warn = |parameter: &str, value: String, rule: String| {
            warnings.push(Problem {
                severity: Severity::Warning,
                kind: ProblemKind::InvalidValue,
                parameter: parameter.to_owned(),
                value: Some(value),
                model: model.unwrap_or("the server").to_owned(),
                rule,
                suggestion: None,
            });
        };
        if let Some(n) = self.n.filter(|n| self.mentioned != *n) {
            let rule = format!("the answer has {}", self.mentioned);
            warn("n", n.to_string(), rule);
        }
        if let (Some(other), Some(asked)) = (self.other_format, &self.output_format) {
            let rule = format!("the answer has {other}");
            warn("output_format", asked.clone(), rule);
        }
        if let (Some(other), Some(asked)) = (self.other_size, self.size) {
            let rule = format!("the answer has {other}");
            warn("size", asked.to_string(), rule);
        }
        completion.warnings.append(&mut warnings);
    }
}
