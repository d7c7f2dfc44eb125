//! The first step: the published document and our facts about it become one contract.

use anyhow::{Context, Result, anyhow};
use roas_overlay::{
    apply::{Apply, ApplyErrorKind, ApplyOptions},
    v1_0::Overlay,
    validation::Validate,
};
use serde_json::Value;

use super::yaml;

/// Applies the overlay to the document, both given as YAML text.
pub(crate) fn apply(document: &str, overlay: &str) -> Result<Value> {
    let mut document = yaml::read(document).context("openapi/gateway.yaml")?;
    let overlay = parse(overlay).context("openapi/overlay.yaml")?;
    overlay
        .apply(&mut document, ApplyOptions::ErrorOnZeroMatch.into())
        .map_err(|error| {
            let what = overlay.actions[error.action_index]
                .description
                .as_deref()
                .unwrap_or("no description");
            let why = match error.kind {
                ApplyErrorKind::ZeroMatch => "matches nothing in openapi/gateway.yaml".to_owned(),
                kind => format!("cannot be applied: {kind}"),
            };
            anyhow!(
                "openapi/overlay.yaml: actions[{}] (\"{what}\"), whose target is {}, {why}",
                error.action_index,
                error.target
            )
        })?;
    Ok(document)
}

fn parse(text: &str) -> Result<Overlay> {
    let overlay: Overlay = serde_json::from_value(yaml::read(text)?)?;
    overlay.validate(Default::default())?;
    Ok(overlay)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "paths: {/a: {post: {parameters: {n: 1}}}}";

    fn overlay(actions: &str) -> String {
        format!("overlay: 1.0.0\ninfo: {{title: t, version: v}}\nactions:\n{actions}")
    }

    #[test]
    fn an_action_adds_and_keeps_what_is_published() {
        let actions = "- {target: \"$.paths['/a'].post.parameters\", update: {m: 2}}";
        let merged = apply(DOCUMENT, &overlay(actions)).unwrap();
        assert_eq!(
            merged["paths"]["/a"]["post"]["parameters"],
            serde_json::json!({"m": 2, "n": 1})
        );
    }

    #[test]
    fn an_action_that_matches_nothing_is_named() {
        let actions = "- {target: $.paths, update: {}}\n\
                       - {description: b gets a title., target: \"$.paths['/b']\", update: {}}";
        let error = apply(DOCUMENT, &overlay(actions)).unwrap_err().to_string();
        assert_eq!(
            error,
            "openapi/overlay.yaml: actions[1] (\"b gets a title.\"), whose target is $.paths['/b'], \
             matches nothing in openapi/gateway.yaml"
        );
    }

    #[test]
    fn a_malformed_overlay_is_refused() {
        assert!(apply(DOCUMENT, &overlay("[]")).is_err());
        assert!(apply(DOCUMENT, &overlay("- {target: '$.[', update: {}}")).is_err());
    }
}
