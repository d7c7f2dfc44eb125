//! A request along its model's row, cell by cell.
//!
//! Pure: no I/O, and no allocation as long as nothing is found.

use serde_json::Value;

use super::build::check_shape;
use super::context::CheckContext;
use super::findings::{Finding, Findings};
use super::gif::{self, Frames};
use super::problem::{Problem, Severity};
use super::{combinations, images, values};
use crate::endpoint::{Delivery, Provider};
use crate::models::{
    LifeCycle, ModelSpec, ModelStatus, ModelTable, PixelRule, Resolved, ResolvedBy, Verdict,
};
use crate::request::ImageRequest;
use crate::size::Size;

impl ModelTable {
    /// Checks a request and returns everything found, the gravest first within each parameter;
    /// an empty list is a request the model takes.
    ///
    /// A model without a row earns one warning and is checked no further.
    pub fn check(&self, request: &ImageRequest, context: &CheckContext) -> Vec<Problem> {
        let mut findings = Findings::new(&request.model);
        if let Err(shape) = check_shape(request) {
            return vec![shape.problem().clone()];
        }
        if request.model.is_empty() {
            findings.push(Finding::missing("model", "name the model to use"));
            return findings.into_problems();
        }
        let Some(Resolved { spec, by }) = self.resolve(&request.model) else {
            findings.push(Finding::model(
                Severity::Warning,
                "it is not in the model table, so the request goes out unchecked".to_owned(),
            ));
            return findings.into_problems();
        };
        if by != ResolvedBy::Id {
            let rule = format!("it is taken for {}, by whose row it is checked", spec.id);
            findings.push(Finding::model(Severity::Warning, rule));
        }
        self.life_cycle(spec, by, context, &mut findings);
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
        findings.into_problems()
    }

    fn life_cycle(
        &self,
        spec: &ModelSpec,
        by: ResolvedBy,
        context: &CheckContext,
        findings: &mut Findings<'_>,
    ) {
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
            // Another host may serve a model longer, and another name stand for another snapshot.
            ModelStatus::ShutDown if context.foreign_host || by == ResolvedBy::Alias => (
                Severity::Warning,
                format!("its vendor shut it down on {shutdown}; it may live longer here"),
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
        let suggestion = self
            .successor(spec, context.today)
            .map(|row| format!("its successor is {}", row.id));
        findings.push(Finding::model(severity, rule).suggesting_if(suggestion));
    }

    fn parameter(
        &self,
        spec: &ModelSpec,
        request: &ImageRequest,
        name: &str,
        value: &Value,
        findings: &mut Findings<'_>,
    ) {
        match spec.parameter(name, request.operation) {
            Some(parameter) => values::check(parameter, name, value, findings),
            None if self.knows_parameter(name) && !spec.unread_parts => {
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

fn prompt(spec: &ModelSpec, request: &ImageRequest, findings: &mut Findings<'_>) {
    if request.prompt.trim().is_empty() && !request.is_layered() {
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
    if spec.sizes.pixels == PixelRule::Any {
        return;
    }
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
    if size == Size::Auto && spec.layer_limit.is_some() && request.is_layered() {
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
            findings.push(
                Finding::refusal("size", Some(size.to_string()), rule).suggesting_if(suggestion),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;

    /// What is said of a model on a day, by who answers.
    fn said(model: &str, today: (u16, u8, u8), provider: Provider, foreign_host: bool) -> String {
        let mut context = CheckContext::new(provider, Delivery::Whole);
        context.today = Date::new(today.0, today.1, today.2);
        context.foreign_host = foreign_host;
        let request = ImageRequest::new(model, "p");
        let found = ModelTable::builtin().check(&request, &context);
        let line = |problem: &Problem| format!("{:?} {problem}", problem.severity);
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_end_of_a_model_depends_on_the_day_and_on_who_answers() {
        let ended = (2026, 12, 2);
        assert_eq!(
            said("gpt-image-1.5", (2026, 6, 1), Provider::OpenAi, false),
            ""
        );
        let last = (2026, 12, 1);
        insta::assert_snapshot!(said("gpt-image-1.5", last, Provider::OpenAi, false), @"Warning model gpt-image-1.5: its vendor shuts it down on 2026-12-01; its successor is gpt-image-2.6-sunburst");
        insta::assert_snapshot!(said("gpt-image-1.5", ended, Provider::OpenAi, false), @"Refusal model gpt-image-1.5: its vendor shut it down on 2026-12-01; its successor is gpt-image-2.6-sunburst");
        insta::assert_snapshot!(said("gpt-image-1.5", ended, Provider::OpenAi, true), @"Warning model gpt-image-1.5: its vendor shut it down on 2026-12-01; it may live longer here; its successor is gpt-image-2.6-sunburst");
        insta::assert_snapshot!(said("gpt-image-1.5", ended, Provider::Gateway, false), @"Warning model gpt-image-1.5: its vendor shut it down on 2026-12-01; the gateway may map it to another model; its successor is gpt-image-2.6-sunburst");
        insta::assert_snapshot!(said("doubao-seedream-4.5", ended, Provider::Ark, false), @r"
        Warning model doubao-seedream-4.5: it is taken for doubao-seedream-4-5-251128, by whose row it is checked
        Warning model doubao-seedream-4.5: its vendor shut it down on 2026-11-24; it may live longer here; its successor is doubao-seedream-5-0-pro-260628
        ");
        assert_eq!(said("seedream-4-5-251128", ended, Provider::Ark, true), "");
    }

    #[test]
    fn a_successor_is_alive_on_the_day() {
        let table = ModelTable::builtin();
        for row in table.models() {
            for day in [Date::new(2026, 6, 1), Date::new(2030, 1, 1)] {
                let Some(next) = table.successor(row, day) else {
                    assert_eq!(row.life_cycle.replacement, None, "{}", row.id);
                    continue;
                };
                assert!(next.life_cycle.shutdown.is_none_or(|end| end >= day));
            }
        }
    }
}
