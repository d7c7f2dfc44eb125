//! Whether what a client saw is what it must see.

use anyhow::Result;

use super::case::{Figures, Seen};
use super::scenarios::{Pictures, Scenario, Want};

/// Tokens of one square input picture of 1024 pixels: its patches of 32 pixels.
const INPUT_IMAGE_TOKENS: u64 = 1024;

/// How a scenario ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// The client fails in the known way, for this reason.
    KnownFailure(&'static str),
    Failed(String),
}

/// Judges a scenario.
pub(crate) fn judge(scenario: &Scenario, seen: &Seen) -> Result<Verdict> {
    let mismatches = match &scenario.want {
        Want::Pictures(want) => of_pictures(want, scenario, seen)?,
        Want::Error(kind, status, code, param) => of_error((kind, *status, code, *param), seen),
    };
    let reason = mismatches.join("; ");
    Ok(match &scenario.known {
        None if mismatches.is_empty() => Verdict::Passed,
        None => Verdict::Failed(reason),
        Some(known) if (known.is)(seen) => Verdict::KnownFailure(known.reason),
        Some(_) if mismatches.is_empty() => Verdict::Failed(
            "the expectation is outdated: this version of the client reads the answer; take the \
             scenario's `known` away"
                .to_owned(),
        ),
        Some(_) => Verdict::Failed(format!("it fails, but not in the known way: {reason}")),
    })
}

fn of_pictures(want: &Pictures, scenario: &Scenario, seen: &Seen) -> Result<Vec<String>> {
    let mut mismatches = Vec::new();
    if let Some(lost) = seen.lost {
        mismatches.push(format!("the driver {lost}"));
        return Ok(mismatches);
    }
    if let Some(error) = &seen.error {
        let message = error.message.as_deref().unwrap_or_default();
        mismatches.push(format!("{}: {message}", error.kind));
        return Ok(mismatches);
    }
    let mut check = |what: &str, want: String, seen: String| {
        if want != seen {
            mismatches.push(format!("{what}: {seen} instead of {want}"));
        }
    };
    let pictures = seen.pictures()?;
    let size = |picture: &super::case::Picture| format!("{} {:?}", picture.size, picture.format);
    check(
        "pictures",
        vec![size(&want.picture); want.count].join(", "),
        pictures.iter().map(size).collect::<Vec<_>>().join(", "),
    );
    check(
        "files",
        want.count.to_string(),
        seen.images.len().to_string(),
    );
    check(
        "failures",
        want.failures.to_string(),
        seen.failures.to_string(),
    );
    check("empty entries", "0".to_owned(), seen.empty.to_string());
    if !want.events.is_empty() {
        check("events", want.events.join(", "), seen.events.join(", "));
    }
    let usage = seen.usage.unwrap_or_default();
    check(
        "output tokens",
        want.output_tokens.to_string(),
        figure(usage.output_tokens),
    );
    if scenario.case.is_seedream() {
        check(
            "images billed",
            want.count.to_string(),
            figure(usage.generated_images),
        );
        check(
            "total tokens",
            want.output_tokens.to_string(),
            figure(usage.total_tokens),
        );
    } else {
        check("total tokens", sum(usage), figure(usage.total_tokens));
        check(
            "input image tokens",
            (want.input_images * INPUT_IMAGE_TOKENS).to_string(),
            figure(usage.input_image_tokens),
        );
    }
    Ok(mismatches)
}

fn of_error(
    (kind, status, code, param): (&str, u16, &str, Option<&str>),
    seen: &Seen,
) -> Vec<String> {
    let Some(error) = &seen.error else {
        return vec![format!("no {kind} was raised")];
    };
    let mut mismatches = Vec::new();
    let mut check = |what: &str, want: &str, seen: &str| {
        if want != seen {
            mismatches.push(format!("{what}: {seen:?} instead of {want:?}"));
        }
    };
    check("class", kind, &error.kind);
    check(
        "status",
        &status.to_string(),
        &error
            .status
            .map(|status| status.to_string())
            .unwrap_or_default(),
    );
    check("code", code, error.code.as_deref().unwrap_or_default());
    check(
        "parameter",
        param.unwrap_or_default(),
        error.param.as_deref().unwrap_or_default(),
    );
    if error.request_id.is_none() {
        check("request id", "one", "none");
    }
    mismatches
}

/// A figure as a whole number, which it must be.
fn figure(figure: Option<f64>) -> String {
    figure.map_or_else(|| "none".to_owned(), |figure| figure.to_string())
}

fn sum(usage: Figures) -> String {
    figure(
        usage
            .input_tokens
            .zip(usage.output_tokens)
            .map(|(input, output)| input + output),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::conformance::case::Case;
    use crate::conformance::scenarios::Known;

    fn scenario(known: bool) -> Scenario {
        Scenario {
            case: Case::new("n", json!({})),
            want: Want::Error("BadRequestError", 400, "invalid_value", Some("size")),
            known: known.then_some(Known {
                reason: "r",
                is: |seen| seen.error.is_none(),
            }),
        }
    }

    fn refused(code: &str) -> Seen {
        let error = json!({"kind": "BadRequestError", "own": true, "status": 400, "code": code,
            "param": "size", "message": "m", "request_id": "r"});
        serde_json::from_value(json!({"error": error})).unwrap()
    }

    #[test]
    fn a_mismatch_is_named() {
        let judged = |seen| judge(&scenario(false), &seen).unwrap();
        assert_eq!(judged(refused("invalid_value")), Verdict::Passed);
        assert_eq!(
            judged(refused("other")),
            Verdict::Failed("code: \"other\" instead of \"invalid_value\"".to_owned())
        );
    }

    #[test]
    fn a_known_failure_that_is_gone_is_told() {
        let judged = |seen| judge(&scenario(true), &seen).unwrap();
        assert_eq!(judged(Seen::default()), Verdict::KnownFailure("r"));
        let Verdict::Failed(reason) = judged(refused("invalid_value")) else {
            panic!("an outdated expectation passes")
        };
        assert!(
            reason.starts_with("the expectation is outdated"),
            "{reason}"
        );
        assert!(matches!(judged(refused("other")), Verdict::Failed(_)));
    }
}
