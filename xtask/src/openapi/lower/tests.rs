use super::*;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// A contract that has one of everything, to be broken by the tests.
fn contract() -> Value {
    json!({
        "openapi": "3.0.1",
        "info": { "title": "t", "version": "1" },
        "tags": [{ "name": "图片" }],
        "paths": {
            "/make": { "post": {
                "operationId": "make",
                "summary": "Makes",
                "tags": ["图片"],
                "parameters": [
                    { "name": "Authorization", "in": "header", "required": true, "schema": { "type": "string" } },
                    { "name": "content-type", "in": "header", "schema": { "type": "string" } },
                    { "name": "x-trace", "in": "header", "schema": { "type": "string", "enum": ["on"] } },
                ],
                "requestBody": { "content": { "application/json": { "schema": {
                    "title": "Make",
                    "type": "object",
                    "required": ["model"],
                    "additionalProperties": true,
                    "properties": {
                        "model": { "type": "string", "x-known-as": "MODELS", "x-known-values": ["a", "b"] },
                        "n": { "type": "integer", "minimum": 1, "default": 1 },
                        "tools": { "type": "array", "items": { "type": "string" } },
                    },
                } } } },
                "responses": {
                    "200": { "description": "", "content": {
                        "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } },
                        "text/event-stream": { "schema": { "$ref": "#/components/schemas/Answer" } },
                    } },
                    "4XX": { "$ref": "#/components/responses/Error" },
                    "default": { "description": "" },
                },
            } },
            "/edit": { "post": {
                "operationId": "edit",
                "x-operation-per-media-type": { "application/json": "edit_json" },
                "requestBody": { "content": {
                    "multipart/form-data": {
                        "schema": { "$ref": "#/components/schemas/Form" },
                        "encoding": { "image": { "contentType": "image/png" } },
                    },
                    "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } },
                } },
                "responses": { "200": { "description": "", "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } },
                } } },
            } },
        },
        "components": {
            "securitySchemes": {},
            "responses": {},
            "schemas": {
                "Answer": {
                    "type": "object",
                    "properties": {
                        "data": { "type": "array", "items": { "type": "string", "maxLength": 3 } },
                        "format": { "type": "string", "enum": ["png"], "nullable": true },
                    },
                },
                "Form": {
                    "type": "object",
                    "required": ["image", "prompt"],
                    "properties": {
                        "image": { "type": "array", "items": { "type": "string", "format": "binary" } },
                        "mask": { "type": "string", "format": "binary" },
                        "prompt": { "type": "string" },
                    },
                },
            },
        },
    })
}

const BODY: &str = "/paths/~1make/post/requestBody/content/application~1json/schema";
const ANSWER: &str = "/components/schemas/Answer";

/// The lowered contract as JSON, and the known words.
fn lowered() -> (Value, Known) {
    let lowered = lower(&contract()).unwrap();
    (
        serde_json::to_value(&lowered.document).unwrap(),
        lowered.known,
    )
}

/// Replaces what is at `pointer` and expects `message` among the faults.
#[track_caller]
fn refused(pointer: &str, value: Value, message: &str) {
    let mut contract = contract();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    contract.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
    let error = lower(&contract).unwrap_err();
    let faults: Vec<String> = error
        .0
        .iter()
        .map(|fault| format!("{}: {}", fault.at, fault.text))
        .collect();
    assert!(faults.iter().any(|fault| fault == message), "{faults:#?}");
}

#[test]
fn nothing_but_operations_and_schemas_is_left() {
    let (document, _) = lowered();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["components", "info", "openapi", "paths"]);
    let make = &document["paths"]["/make"]["post"];
    assert!(make["tags"].is_null());
    let statuses: Vec<&String> = make["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["200"], "errors are dropped");
}

#[test]
fn extensions_are_no_paths_and_no_operations() {
    let mut contract = contract();
    contract["paths"]["x-note"] = json!({});
    contract["paths"]["/make"]["x-note"] = json!({});
    lower(&contract).unwrap();
}

#[test]
fn pseudo_headers_are_dropped_and_real_ones_kept() {
    let (document, known) = lowered();
    let parameters = &document["paths"]["/make"]["post"]["parameters"];
    assert_eq!(parameters.as_array().unwrap().len(), 1);
    assert_eq!(parameters[0]["name"], "x-trace");
    assert!(parameters[0]["schema"]["enum"].is_null());
    assert_eq!(known["MAKE_X_TRACE"].words, ["on"]);
}

#[test]
fn the_body_in_line_gets_the_name_of_its_title() {
    let (document, _) = lowered();
    let body = &document["paths"]["/make"]["post"]["requestBody"];
    assert_eq!(
        body["content"],
        json!({ JSON: { "schema": { "$ref": "#/components/schemas/Make" } } })
    );
    assert!(document["components"]["schemas"]["Make"].is_object());
}

#[test]
fn limits_and_defaults_are_told_and_not_enforced() {
    let (document, _) = lowered();
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["Make"]["properties"]["n"],
        json!({ "type": "integer", "description": "At least 1. `1` when left out." })
    );
    assert_eq!(
        schemas["Answer"]["properties"]["data"]["items"],
        json!({ "type": "string", "description": "At most 3 characters." })
    );
}

#[test]
fn optional_lists_are_nullable() {
    let (document, _) = lowered();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Answer"]["properties"]["data"]["nullable"], true);
    assert_eq!(schemas["Make"]["properties"]["tools"]["nullable"], true);
}

#[test]
fn known_words_are_collected_and_the_string_stays_open() {
    let (document, known) = lowered();
    let model = &document["components"]["schemas"]["Make"]["properties"]["model"];
    assert_eq!(
        *model,
        json!({ "type": "string", "description": "Known words: [`MODELS`](crate::known::MODELS)." })
    );
    assert_eq!(known["MODELS"].words, ["a", "b"]);
    let format = &document["components"]["schemas"]["Answer"]["properties"]["format"];
    assert!(
        format["enum"].is_null(),
        "a published enum is opened: {format}"
    );
    assert_eq!(known["ANSWER_FORMAT"].words, ["png"]);
}

#[test]
fn unknown_members_are_kept_by_every_object_with_members() {
    let mut contract = contract();
    contract.pointer_mut(ANSWER).unwrap()["additionalProperties"] = false.into();
    let document = serde_json::to_value(lower(&contract).unwrap().document).unwrap();
    let schemas = &document["components"]["schemas"];
    for name in ["Make", "Answer", "Form"] {
        assert_eq!(schemas[name]["additionalProperties"], json!({}), "{name}");
    }
}

#[test]
fn properties_that_would_be_one_field_are_told_apart() {
    let mut contract = contract();
    let properties = &mut contract.pointer_mut(ANSWER).unwrap()["properties"];
    for name in ["extra", "Data", "seed", "Seed"] {
        properties[name] = json!({ "type": "string" });
    }
    let lowered = lower(&contract).unwrap();
    let renames: Vec<(&str, &str)> = lowered
        .renames
        .0
        .values()
        .map(|rename| (rename.wire.as_str(), rename.ident.as_str()))
        .collect();
    assert_eq!(
        renames,
        [("extra", "extra_2"), ("Data", "data_2"), ("Seed", "seed_2")]
    );
}

#[test]
fn a_schema_that_nothing_uses_is_left_out_whatever_it_holds() {
    let mut contract = contract();
    contract["components"]["schemas"]["Unused"] = json!({ "not": {} });
    let document = serde_json::to_value(lower(&contract).unwrap().document).unwrap();
    assert!(document["components"]["schemas"]["Unused"].is_null());
}

#[test]
fn components_are_read_where_they_are_used() {
    let mut contract = contract();
    contract["components"]["parameters"] = json!({
        "Trace": { "name": "x-trace", "in": "header", "schema": { "type": "integer" } },
        "Page": { "name": "page", "in": "query", "schema": { "type": "integer" } },
    });
    contract["paths"]["/make"]["parameters"] = json!([
        { "$ref": "#/components/parameters/Trace" },
        { "$ref": "#/components/parameters/Page" },
    ]);
    let document = serde_json::to_value(lower(&contract).unwrap().document).unwrap();
    let parameters = document["paths"]["/make"]["post"]["parameters"]
        .as_array()
        .unwrap();
    let types: Vec<(&Value, &Value)> = parameters
        .iter()
        .map(|parameter| (&parameter["name"], &parameter["schema"]["type"]))
        .collect();
    assert_eq!(
        types,
        [
            (&json!("page"), &json!("integer")),
            (&json!("x-trace"), &json!("string"))
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_what_would_mend_it() {
    let mut contract = contract();
    let make = contract.pointer_mut("/paths/~1make/post").unwrap();
    make["operationId"] = Value::Null;
    make["requestBody"]["content"][JSON]["schema"]["title"] = Value::Null;
    contract.pointer_mut(ANSWER).unwrap()["properties"]["data"] = json!({ "not": {} });
    let faults = lower(&contract).unwrap_err();
    let fixes: Vec<(String, bool)> = faults
        .0
        .iter()
        .map(|fault| (fault.at.to_string(), fault.fix.is_some()))
        .collect();
    assert_eq!(
        fixes,
        [
            ("paths./make.post".to_owned(), true),
            (
                "paths./make.post.requestBody.content.application/json.schema".to_owned(),
                true
            ),
            (
                "components.schemas.Answer.properties.data.not".to_owned(),
                true
            ),
        ]
    );
}

#[test]
fn a_choice_between_strings_is_an_open_string() {
    let mut contract = contract();
    contract.pointer_mut(ANSWER).unwrap()["properties"]["format"] =
        json!({ "anyOf": [{ "type": "string" }, { "type": "string", "enum": ["png", "gif"] }] });
    assert_eq!(
        lower(&contract).unwrap().known["ANSWER_FORMAT"].words,
        ["png", "gif"]
    );
}

#[test]
fn an_operation_that_can_stream_gets_a_raw_twin() {
    let (document, _) = lowered();
    let paths = &document["paths"];
    let raw = &paths["/make#make_raw"]["post"];
    assert_eq!(raw["operationId"], "make_raw");
    assert_eq!(raw["requestBody"], paths["/make"]["post"]["requestBody"]);
    assert!(raw["responses"]["200"]["content"]["*/*"].is_object());
    let typed = &paths["/make"]["post"]["responses"]["200"]["content"];
    assert!(typed[JSON].is_object() && typed[EVENTS].is_null());
    assert!(paths["/edit#edit_raw"].is_null(), "this one cannot stream");
}

#[test]
fn a_form_is_sent_as_bytes_with_their_content_type() {
    let (document, _) = lowered();
    let edit = &document["paths"]["/edit"]["post"];
    assert_eq!(edit["parameters"][0]["name"], "Content-Type");
    assert_eq!(edit["parameters"][0]["required"], true);
    assert_eq!(
        edit["requestBody"]["content"],
        json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } })
    );
}

#[test]
fn files_are_taken_out_of_a_form_and_listed() {
    let (document, known) = lowered();
    let form = &document["components"]["schemas"]["Form"];
    assert_eq!(
        form["properties"],
        json!({ "prompt": { "type": "string" } })
    );
    assert_eq!(
        document["paths"]["/edit"]["post"]["description"],
        "The body is a multipart form: the fields of [`Form`](types::Form) and the files of \
         [`FORM_FILES`](crate::known::FORM_FILES)."
    );
    assert_eq!(form["required"], json!(["prompt"]));
    assert_eq!(known["FORM_FILES"].words, ["image", "mask"]);
}

#[test]
fn each_media_type_of_a_body_gives_an_operation() {
    let (document, _) = lowered();
    let json = &document["paths"]["/edit#edit_json"]["post"];
    assert_eq!(json["operationId"], "edit_json");
    assert!(json["requestBody"]["content"][JSON].is_object());
    assert!(
        json["parameters"].is_null(),
        "only a form needs its content type"
    );
}

#[test]
fn a_media_type_without_an_operation_is_refused() {
    refused(
        "/paths/~1edit/post/x-operation-per-media-type",
        json!({}),
        "paths./edit.post.requestBody.content.multipart/form-data: a second media type beside application/json; \
         x-operation-per-media-type has to name an operation for it",
    );
    refused(
        "/paths/~1edit/post/x-operation-per-media-type/text~1csv",
        "edit_csv".into(),
        "paths./edit.post.requestBody.content: lacks text/csv, which x-operation-per-media-type names",
    );
}

#[test]
fn a_media_type_that_cannot_be_sent_or_read_is_refused() {
    refused(
        "/paths/~1make/post/requestBody/content",
        json!({ "text/csv": { "schema": { "type": "string" } } }),
        "paths./make.post.requestBody.content.text/csv.schema: only JSON and forms can be sent",
    );
    refused(
        "/paths/~1make/post/responses/200/content/text~1csv",
        json!({}),
        "paths./make.post.responses.200.content.text/csv: only JSON and event streams are understood",
    );
}

#[test]
fn another_version_of_openapi_is_refused() {
    refused(
        "/openapi",
        "3.1.0".into(),
        "openapi: version \"3.1.0\" cannot be generated, only 3.0 can",
    );
}

#[test]
fn a_version_that_is_no_header_is_refused() {
    refused(
        "/info/version",
        "一".into(),
        "info.version: \"一\" is not plain ASCII text",
    );
}

#[test]
fn operations_without_an_id_of_their_own_are_refused() {
    refused(
        "/paths/~1make/post/operationId",
        Value::Null,
        "paths./make.post: has no operationId",
    );
    refused(
        "/paths/~1make/post/operationId",
        "edit".into(),
        "paths./make.post: the operationId \"edit\" occurs twice",
    );
}

#[test]
fn parameters_that_the_generator_mistakes_are_refused() {
    let parameter = |place: &str, name: &str| json!([{ "in": place, "name": name, "schema": { "type": "string" } }]);
    refused(
        "/paths/~1make/post/parameters",
        parameter("cookie", "session"),
        "paths./make.post.parameters.0: only header, path and query parameters are understood",
    );
    refused(
        "/paths/~1make/post/parameters",
        parameter("query", "body"),
        "paths./make.post.parameters.0: collides with the request body",
    );
}

#[test]
fn a_body_without_a_name_of_its_own_is_refused() {
    refused(
        &format!("{BODY}/title"),
        Value::Null,
        "paths./make.post.requestBody.content.application/json.schema: needs a title, which becomes the name of the \
         type",
    );
    refused(
        &format!("{BODY}/title"),
        "Answer".into(),
        "paths./make.post.requestBody.content.application/json.schema.title: \"Answer\" is also the name of \
         components.schemas.Answer",
    );
}

#[test]
fn an_answer_in_line_needs_a_name() {
    let schema = "/paths/~1make/post/responses/200/content/application~1json/schema";
    refused(
        schema,
        json!({ "type": "object" }),
        "paths./make.post.responses.200.content.application/json.schema: needs a title, which becomes the name of \
         the type",
    );
    let mut contract = contract();
    *contract.pointer_mut(schema).unwrap() = json!({
        "title": "Made", "type": "object", "properties": { "id": { "type": "string" } },
    });
    let document = serde_json::to_value(lower(&contract).unwrap().document).unwrap();
    assert!(document["components"]["schemas"]["Made"].is_object());
}

#[test]
fn a_second_answer_is_refused() {
    refused(
        "/paths/~1make/post/responses/202",
        json!({ "description": "" }),
        "paths./make.post.responses: exactly one answer with a 2xx status is understood",
    );
}

#[test]
fn combinations_that_the_generator_mistakes_are_refused() {
    let answer = "components.schemas.Answer.properties.data";
    let data = format!("{ANSWER}/properties/data");
    refused(
        &data,
        json!({ "anyOf": [{ "type": "string" }] }),
        &format!("{answer}.anyOf: would become a struct that does not serialise; use oneOf"),
    );
    refused(
        &data,
        json!({ "not": { "type": "string" } }),
        &format!("{answer}.not: this keyword is not understood"),
    );
    refused(
        &data,
        json!({ "allOf": [{ "$ref": "#/components/schemas/Form" }, { "$ref": "#/components/schemas/Answer" }] }),
        &format!("{answer}.allOf: only a single member is understood"),
    );
    refused(
        &data,
        json!({ "oneOf": [{ "type": "string" }, { "type": ["string", "null"] }] }),
        &format!("{answer}.oneOf.1.type: exactly one type is understood"),
    );
}

#[test]
fn references_that_lead_nowhere_or_hide_something_are_refused() {
    let at = "components.schemas.Answer.properties.data";
    let data = format!("{ANSWER}/properties/data");
    refused(
        &data,
        json!({ "$ref": "#/components/schemas/Nothing" }),
        &format!("{at}: there is no schema \"Nothing\""),
    );
    refused(
        &data,
        json!({ "$ref": "other.yaml" }),
        &format!("{at}: has to be a reference to a named schema"),
    );
    refused(
        &data,
        json!({ "$ref": "#/components/schemas/Form", "type": "object" }),
        &format!("{at}.type: is not understood here"),
    );
}

#[test]
fn known_words_of_one_name_are_united() {
    let mut contract = contract();
    contract.pointer_mut(ANSWER).unwrap()["properties"]["model"] =
        json!({ "type": "string", "x-known-as": "MODELS", "enum": ["b", "c"] });
    let known = lower(&contract).unwrap().known;
    let words: BTreeMap<&String, ()> = known["MODELS"]
        .words
        .iter()
        .map(|word| (word, ()))
        .collect();
    assert_eq!(words.into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    refused(
        &format!("{ANSWER}/properties/n"),
        json!({ "type": "integer", "enum": [1, 2] }),
        "components.schemas.Answer.properties.n.enum: only strings have known words",
    );
}

#[test]
fn a_form_that_is_no_object_is_refused() {
    for form in [json!("text"), json!([1]), json!({ "properties": [1] })] {
        let pointer = "/components/schemas/Form";
        refused(
            pointer,
            form,
            "components.schemas.Form.properties: a form needs fields",
        );
    }
}

#[test]
fn a_file_outside_of_a_form_is_refused() {
    refused(
        &format!("{ANSWER}/properties/file"),
        json!({ "type": "string", "format": "binary" }),
        "components.schemas.Answer.properties.file.format: a file has no shape outside of a form",
    );
}

#[test]
fn what_is_not_understood_is_never_dropped() {
    refused(
        "/webhooks",
        json!({}),
        "the document.webhooks: is not understood here",
    );
    refused(
        "/components/callbacks",
        json!({}),
        "components.callbacks: is not understood here",
    );
    refused(
        "/paths/~1make/head",
        json!({}),
        "paths./make.head: is not understood here",
    );
    refused(
        "/paths/~1make/post/callbacks",
        json!({}),
        "paths./make.post.callbacks: is not understood here",
    );
    refused(
        &format!("{ANSWER}/additionalProperties"),
        json!({ "type": "string" }),
        "components.schemas.Answer.additionalProperties: only true and false are understood",
    );
}
