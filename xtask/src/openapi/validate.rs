//! Checks that the contract is valid OpenAPI 3.0, by an implementation that has nothing to do with the generator.

use anyhow::{Result, ensure};
use enumset::EnumSet;
use roas::{
    v3_0::spec::Spec,
    validation::{Options, Validate},
};
use serde_json::Value;

/// Findings of the validator that are let through, because exports are full of them and nothing has to be decided.
fn allowed() -> EnumSet<Options> {
    use Options::*;
    // A folder of the editor as a tag, an answer without a text, a logo without an address; parts that no operation
    // uses, which are left out.
    IgnoreMissingTags
        | IgnoreUnusedTags
        | IgnoreEmptyResponseDescription
        | IgnoreInvalidUrls
        | IgnoreUnusedSchemas
        | IgnoreUnusedParameters
        | IgnoreUnusedResponses
        | IgnoreUnusedExamples
        | IgnoreUnusedRequestBodies
        | IgnoreUnusedHeaders
        | IgnoreUnusedSecuritySchemes
}

/// What is wrong with a contract.
pub(crate) fn findings(contract: &Value) -> Vec<String> {
    let spec: Spec = match serde_json::from_value(contract.clone()) {
        Ok(spec) => spec,
        Err(error) => return vec![format!("is not an OpenAPI 3.0 document: {error}")],
    };
    match spec.validate(allowed(), None) {
        Ok(()) => Vec::new(),
        Err(error) => error.errors.iter().map(ToString::to_string).collect(),
    }
}

/// Refuses a contract that is not valid.
pub(crate) fn validate(contract: &Value) -> Result<()> {
    let findings = findings(contract);
    ensure!(
        findings.is_empty(),
        "openapi/images.yaml: is not valid OpenAPI 3.0: {}",
        findings.join("; ")
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
        contract["paths"]["/a"]["get"]["parameters"] =
            json!([{ "$ref": "#/components/parameters/nowhere" }]);
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
