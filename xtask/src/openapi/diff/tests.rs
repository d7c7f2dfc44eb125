use serde_json::json;

use super::*;

fn contract() -> Value {
    json!({
        "openapi": "3.0.1",
        "info": { "title": "t", "version": "1" },
        "paths": { "/a": { "post": {
            "operationId": "a",
            "requestBody": { "content": { "application/json": { "schema": {
                "title": "Request",
                "type": "object",
                "required": ["model"],
                "properties": {
                    "model": { "type": "string", "enum": ["one", "two"] },
                    "n": { "type": "integer", "maximum": 4 },
                },
            } } } },
            "responses": { "200": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Answer" },
            } } } },
        } } },
        "components": { "schemas": { "Answer": {
            "type": "object",
            "properties": { "data": { "type": "array", "items": { "type": "string" } } },
        } } },
    })
}

const SCHEMA: &str = "/paths/~1a/post/requestBody/content/application~1json/schema";

/// Each difference as one line; `!q` and `!a` mark what it breaks.
fn lines(old: &Value, new: &Value) -> Vec<String> {
    let line = |difference: &Difference| {
        let breaks = difference.breaks;
        let marks = [(breaks.request, " !q"), (breaks.answer, " !a")];
        let marks: String = marks
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, mark)| *mark)
            .collect();
        format!(
            "{:?} {}: {}{marks}",
            difference.change, difference.what, difference.detail
        )
    };
    differences(old, new).iter().map(line).collect()
}

#[track_caller]
fn check(change: impl FnOnce(&mut Value), expected: &[&str]) {
    let mut new = contract();
    change(&mut new);
    assert_eq!(lines(&contract(), &new), expected);
}

/// Puts a value at a pointer whose parent is there.
fn put(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
}

#[track_caller]
fn check_put(pointer: &str, value: Value, expected: &[&str]) {
    check(|new| put(new, pointer, value), expected);
}

#[track_caller]
fn in_request(property: &str, value: Value, expected: &[&str]) {
    check_put(&format!("{SCHEMA}/properties/{property}"), value, expected);
}

#[test]
fn the_same_document_has_nothing_to_report() {
    check(|_| {}, &[]);
}

#[test]
fn properties_that_come_and_go_are_reported_with_their_type() {
    in_request(
        "seed",
        json!({"type": "integer"}),
        &["Added POST /a request.seed: integer, optional"],
    );
    check_put(
        "/components/schemas/Answer/properties",
        json!({}),
        &["Removed Answer.data: list of string, optional !a"],
    );
}

#[test]
fn what_becomes_required_breaks_requests_and_what_becomes_optional_breaks_answers() {
    check_put(
        &format!("{SCHEMA}/required"),
        json!(["model", "n", "style"]),
        &[
            "Changed POST /a request.n: optional -> required !q",
            "Changed POST /a request.style: optional -> required, which no property declares !q",
        ],
    );
    let mut old = contract();
    put(
        &mut old,
        "/components/schemas/Answer/required",
        json!(["data"]),
    );
    assert_eq!(
        lines(&old, &contract()),
        ["Changed Answer.data: required -> optional !a"]
    );
}

#[test]
fn words_break_by_direction_and_their_order_says_nothing() {
    in_request(
        "model",
        json!({"type": "string", "enum": ["two", "three"]}),
        &["Changed POST /a request.model enum: +three, -one !q"],
    );
    in_request(
        "model",
        json!({"type": "string", "enum": ["one", "two", "three"]}),
        &["Changed POST /a request.model enum: +three"],
    );
    in_request(
        "model",
        json!({"type": "string", "enum": ["two", "one"]}),
        &["Note POST /a request.model enum: another order"],
    );
    in_request(
        "model",
        json!({"type": "string"}),
        &["Removed POST /a request.model enum: -one, -two"],
    );
}

#[test]
fn bounds_are_reported_with_which_way_they_move() {
    for (value, expected) in [
        (
            json!({"type": "integer", "maximum": 2}),
            "Changed POST /a request.n maximum: 4 -> 2 !q",
        ),
        (
            json!({"type": "integer", "maximum": 9}),
            "Changed POST /a request.n maximum: 4 -> 9",
        ),
        (
            json!({"type": "integer"}),
            "Removed POST /a request.n maximum: 4",
        ),
        (
            json!({"type": "integer", "maximum": 4, "minimum": 1}),
            "Added POST /a request.n minimum: 1 !q",
        ),
        (
            json!({"type": "integer", "maximum": 4, "multipleOf": 2}),
            "Added POST /a request.n multipleOf: 2 !q",
        ),
        (
            json!({"type": "integer", "maximum": 4, "default": 1}),
            "Added POST /a request.n default: 1",
        ),
        (
            json!({"type": "integer", "maximum": 4, "deprecated": true}),
            "Changed POST /a request.n deprecated: false -> true",
        ),
        (
            json!({"type": "integer", "maximum": 4, "nullable": true}),
            "Changed POST /a request.n nullable: false -> true",
        ),
        (
            json!({"type": "number", "maximum": 4}),
            "Changed POST /a request.n: integer -> number",
        ),
        (
            json!({"type": "string", "maximum": 4}),
            "Changed POST /a request.n: integer -> string !q",
        ),
        (
            json!({"type": "integer", "maximum": 4, "not": {}}),
            "NotUnderstood POST /a request.n not: nothing -> {} !q",
        ),
        (
            json!({"type": "integer", "maximum": 4, "x-a": 1}),
            "Note POST /a request.n x-a: nothing -> 1",
        ),
    ] {
        in_request("n", value, &[expected]);
    }
    check_put(
        "/components/schemas/Answer/properties/data/items",
        json!({"type": "string", "maxLength": 3}),
        &["Added Answer.data[] maxLength: 3"],
    );
}

#[test]
fn a_choice_that_holds_the_old_type_only_adds_to_it() {
    in_request(
        "model",
        json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        &[
            "Changed POST /a request.model: string -> string or list of string",
            "Removed POST /a request.model enum: -one, -two",
        ],
    );
}

#[test]
fn a_name_for_what_stood_in_line_is_no_difference() {
    check(
        |new| {
            let schema = new.pointer(SCHEMA).unwrap().clone();
            new["components"]["schemas"]["Request"] = schema;
            put(new, SCHEMA, json!({"$ref": "#/components/schemas/Request"}));
        },
        &["Added Request: object"],
    );
    check(
        |new| {
            let answer = json!({"allOf": [{"$ref": "#/components/schemas/Answer"}]});
            put(
                new,
                "/paths/~1a/post/responses/200/content/application~1json/schema",
                answer,
            );
        },
        &[],
    );
}

#[test]
fn a_schema_that_holds_itself_ends() {
    check_put(
        "/components/schemas/Answer/properties/data/items",
        json!({"$ref": "#/components/schemas/Answer"}),
        &[
            "Changed Answer.data[]: string -> object !a",
            "Added Answer.data[].data: list of Answer, optional",
        ],
    );
}

#[test]
fn operations_that_come_go_and_move_are_reported() {
    check_put(
        "/paths/~1b",
        json!({"get": {"operationId": "b"}}),
        &["Added GET /b: b"],
    );
    check(
        |new| {
            let item = new["paths"].as_object_mut().unwrap().remove("/a").unwrap();
            new["paths"]["/v2/a/"] = item;
        },
        &["Moved /a: to /v2/a/ !q !a"],
    );
    check_put("/paths", json!({}), &["Removed POST /a: a !q !a"]);
}

#[test]
fn everything_around_the_schemas_is_compared() {
    let parameter =
        json!([{"in": "header", "name": "x-a", "required": true, "schema": {"type": "string"}}]);
    for (pointer, value, expected) in [
        (
            "/paths/~1a/post/parameters",
            parameter,
            "Added POST /a header parameter x-a: string !q",
        ),
        (
            "/paths/~1a/post/requestBody/required",
            json!(true),
            "Changed POST /a requestBody.required: false -> true !q",
        ),
        (
            "/paths/~1a/post/deprecated",
            json!(true),
            "Changed POST /a deprecated: false -> true",
        ),
        (
            "/paths/~1a/post/responses/429",
            json!({}),
            "Added POST /a answer 429: no body",
        ),
        (
            "/paths/~1a/post/responses/200/headers",
            json!({"x-id": {"schema": {"type": "string"}}}),
            "Added POST /a answer 200 header x-id: string",
        ),
        (
            "/paths/~1a/post/security",
            json!([{"key": []}]),
            "Changed POST /a security: none -> key !q",
        ),
        (
            "/paths/~1a/post/callbacks",
            json!({}),
            "NotUnderstood POST /a callbacks: nothing -> {} !q !a",
        ),
        (
            "/servers",
            json!([{"url": "https://a.example"}]),
            "Changed servers: [] -> [https://a.example]",
        ),
        (
            "/security",
            json!([{"key": []}]),
            "Changed security: none -> key !q",
        ),
        (
            "/info/version",
            json!("2"),
            "Note info.version: \"1\" -> \"2\"",
        ),
        (
            "/components/securitySchemes",
            json!({"key": {"type": "apiKey"}}),
            "Added components.securitySchemes.key: {\"type\":\"apiKey\"} !q",
        ),
        (
            "/tags",
            json!([{"name": "t"}]),
            "Note tags: nothing -> [{\"name\":\"t\"}]",
        ),
        (
            "/jsonSchemaDialect",
            json!("d"),
            "NotUnderstood jsonSchemaDialect: nothing -> \"d\" !q !a",
        ),
    ] {
        check_put(pointer, value, &[expected]);
    }
}

#[test]
fn a_text_shows_the_part_that_differs() {
    in_request(
        "n",
        json!({"type": "integer", "maximum": 4, "description": "a"}),
        &["Note POST /a request.n description: nothing -> \"a\""],
    );
    let long = |text: &str| {
        json!(format!(
            "the models of the gateway are {text} and some others"
        ))
    };
    let change = |old: &str, new: &str| wording::text_change(&long(old), &long(new));
    assert_eq!(change("a, b", "a, c, b"), "+ \"c,\"");
    assert_eq!(change("one two", "one"), "- \"two\"");
    assert_eq!(
        wording::text_change(&json!("1"), &json!("2")),
        "\"1\" -> \"2\""
    );
}
