//! Checks that the contract is valid OpenAPI 3.0, by an implementation that has nothing to do with the generator.

use anyhow::{Context, Result, ensure};
use enumset::EnumSet;
use roas::{
    v3_0::spec::Spec,
    validation::{Options, Validate},
};
use serde_json::Value;

/// Findings of the validator that are let through, each with the reason.
///
/// There are none today. A finding in what the gateway publishes is first corrected in the overlay; only what the
/// overlay cannot correct belongs here.
const ALLOWED: EnumSet<Options> = EnumSet::empty();

/// Validates a contract.
pub(crate) fn validate(contract: &Value) -> Result<()> {
    let spec: Spec = serde_json::from_value(contract.clone())
        .context("openapi/images.yaml: is not an OpenAPI 3.0 document")?;
    let findings = match spec.validate(ALLOWED, None) {
        Ok(()) => Vec::new(),
        Err(error) => error.errors,
    };
    ensure!(
        findings.is_empty(),
        "openapi/images.yaml: is not valid OpenAPI 3.0: {}",
        findings
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contract() -> Value {
        json!({
            "openapi": "3.0.1",
            "info": { "title": "t", "version": "1" },
            "paths": { "/a": { "get": { "operationId": "a", "responses": { "200": { "description": "d" } } } } },
        })
    }

    #[test]
    fn a_sound_contract_passes() {
        validate(&contract()).unwrap();
    }

    #[test]
    fn every_finding_is_named() {
        let mut contract = contract();
        contract["info"]["title"] = "".into();
        contract["paths"]["/a"]["get"]["tags"] = json!(["nowhere"]);
        let error = validate(&contract).unwrap_err().to_string();
        assert!(
            error.contains("title") && error.contains("nowhere"),
            "{error}"
        );
    }

    #[test]
    fn another_version_is_refused() {
        let mut contract = contract();
        contract["openapi"] = "3.1.0".into();
        assert!(validate(&contract).is_err());
    }
}
