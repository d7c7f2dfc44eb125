use serde_json::json;

use super::*;

fn document() -> Value {
    json!({ "paths": { "/v1/a": { "post": {
        "summary": "old",
        "security": [],
        "schema": { "properties": {
            "model": { "type": "string", "description": "A model." },
            "size": { "type": "integer", "enum": ["a"] },
        } },
    } } } })
}

const SCHEMA: &str = "$.paths['/v1/a'].post.schema";

fn merged(published: &Value, before: Option<&Value>, actions: &str) -> Merged {
    let text = format!("overlay: 1.0.0\ninfo: {{title: t, version: v}}\nactions:\n{actions}");
    merge(published, before, &text).unwrap()
}

/// The remarks on one update of the schema.
fn remarks(before: Option<&Value>, update: &str) -> Vec<(Kind, String)> {
    let merged = merged(
        &document(),
        before,
        &format!("- {{target: \"{SCHEMA}\", update: {update}}}"),
    );
    let remarks = merged.remarks.into_iter();
    remarks.map(|remark| (remark.kind, remark.text)).collect()
}

#[test]
fn an_action_adds_and_keeps_what_is_published() {
    let update = "{title: T, properties: {model: {description: Better.}, n: {type: integer}}}";
    assert_eq!(remarks(None, update), []);
    let merged = merged(
        &document(),
        None,
        &format!("- {{target: \"{SCHEMA}\", update: {update}}}"),
    );
    let schema = &merged.contract["paths"]["/v1/a"]["post"]["schema"];
    assert_eq!(
        schema["properties"]["model"],
        json!({ "type": "string", "description": "Better." })
    );
    assert_eq!(schema["properties"]["n"]["type"], "integer");
    let place = Place::of(&[
        "paths",
        "/v1/a",
        "post",
        "schema",
        "properties",
        "n",
        "type",
    ]);
    assert_eq!(
        merged.origin(&place).unwrap().to_string(),
        "actions.0.update.properties.n.type"
    );
    let published = Place::of(&["paths", "/v1/a", "post", "summary"]);
    assert!(merged.origin(&published).is_none());
}

#[test]
fn what_the_gateway_says_otherwise_is_a_contradiction_unless_it_is_overruled_knowingly() {
    let update = "{properties: {size: {type: string}}}";
    assert_eq!(
        remarks(None, update),
        [(
            Kind::Contradiction,
            "says \"string\", and the gateway publishes \"integer\"".to_owned()
        )]
    );
    let with = |value: &str| {
        let overrules = format!("x-overrules: {{/properties/size/type: {value}}}");
        merged(
            &document(),
            None,
            &format!("- {{target: \"{SCHEMA}\", {overrules}, update: {update}}}"),
        )
        .remarks
    };
    assert!(with("integer").is_empty());
    assert_eq!(with("number").len(), 1, "it publishes something else again");
}

#[test]
fn a_reference_beside_what_is_published_in_line_is_a_contradiction_and_takes_its_place() {
    let update = "{properties: {size: {$ref: '#/components/schemas/Size'}}}";
    assert_eq!(
        remarks(None, update),
        [(
            Kind::Contradiction,
            "says Size, and the gateway publishes integer in line".to_owned()
        )]
    );
    let merged = merged(
        &document(),
        None,
        &format!("- {{target: \"{SCHEMA}\", update: {update}}}"),
    );
    let size = &merged.contract["paths"]["/v1/a"]["post"]["schema"]["properties"]["size"];
    assert_eq!(*size, json!({ "$ref": "#/components/schemas/Size" }));
}

#[test]
fn a_fact_about_what_has_gone_is_a_ghost() {
    let ghost = remarks(None, "{properties: {prompt: {description: What to draw.}}}");
    assert_eq!(ghost[0].0, Kind::Ghost);
    let mut before = document();
    before["paths"]["/v1/a"]["post"]["schema"]["properties"]["n"] = json!({ "type": "integer" });
    let update = "{properties: {n: {type: integer}}}";
    assert_eq!(remarks(None, update), []);
    assert_eq!(remarks(Some(&before), update)[0].0, Kind::Ghost);
}

#[test]
fn what_the_gateway_publishes_too_is_redundant() {
    assert_eq!(
        remarks(None, "{properties: {model: {type: string}}}")[0].0,
        Kind::Redundant
    );
    assert_eq!(
        remarks(None, "{properties: {size: {x-known-values: [a]}}}")[0].0,
        Kind::Redundant
    );
    assert_eq!(
        remarks(None, "{properties: {size: {x-known-values: [a, b]}}}")[0].0,
        Kind::Overruled
    );
}

#[test]
fn a_text_that_the_gateway_has_changed_is_told_and_needs_no_decision() {
    let mut before = document();
    before["paths"]["/v1/a"]["post"]["schema"]["properties"]["model"]["description"] =
        "Other.".into();
    let update = "{properties: {model: {description: Better.}}}";
    let remarks = remarks(Some(&before), update);
    assert_eq!(remarks[0].0, Kind::Overruled);
    assert!(!remarks[0].0.is_open());
}

#[test]
fn a_target_that_is_not_there_says_what_is() {
    let why = |target: &str| {
        let merged = merged(
            &document(),
            None,
            &format!("- {{target: \"{target}\", update: {{}}}}"),
        );
        merged.remarks[0].text.clone()
    };
    assert!(why("$.paths['/v2/a'].post").contains("/v2/a is gone, and /v1/a is there now"));
    assert!(why("$.paths['/b'].post").contains("/b is gone; there are /v1/a"));
    assert!(why("$[?@['/x'] && !@['/v1/a']]").contains("/x is gone"));
    assert!(why("$[?!@['/v1/a']].nothing").contains("publishes /v1/a by now"));
    let why = why(&format!("{SCHEMA}.properties.size.items"));
    assert!(
        why.contains(&format!(
            "{SCHEMA}.properties.size is there, `.items` is not in it"
        )),
        "{why}"
    );
}

#[test]
fn taking_away_what_has_changed_is_a_contradiction() {
    let mut before = document();
    before["paths"]["/v1/a"]["post"]["schema"]["properties"]["size"]["type"] = "string".into();
    let action = "- {target: \"$.paths['/v1/a'].post.schema.properties.size\", remove: true}";
    assert_eq!(
        merged(&document(), Some(&before), action).remarks[0].kind,
        Kind::Contradiction
    );
    let remarks = merged(&document(), Some(&document()), action).remarks;
    assert!(remarks.is_empty(), "{remarks:#?}");
}

#[test]
fn a_malformed_overlay_is_refused() {
    let text = |actions: &str| {
        format!("overlay: 1.0.0\ninfo: {{title: t, version: v}}\nactions:\n{actions}")
    };
    assert!(merge(&document(), None, &text("[]")).is_err());
    assert!(merge(&document(), None, &text("- {target: '$.[', update: {}}")).is_err());
}

#[test]
fn a_schema_in_another_language_is_called_by_its_title() {
    let mut document = document();
    document["components"] = json!({ "schemas": { "图": { "type": "object" } } });
    document["paths"]["/v1/a"]["post"]["schema"] = json!({ "$ref": "#/components/schemas/图" });
    let action = "- {target: \"$.components.schemas['图']\", update: {title: Picture}}";
    let contract = merged(&document, None, action).contract;
    assert_eq!(
        contract["components"]["schemas"]["Picture"]["title"],
        "Picture"
    );
    let reference = &contract["paths"]["/v1/a"]["post"]["schema"]["$ref"];
    assert_eq!(reference, "#/components/schemas/Picture");
}
