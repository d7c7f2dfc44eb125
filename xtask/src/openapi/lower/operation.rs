//! Lowering of operations.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;
use serde_json::{Map, Value, json};

use super::{
    Faults, Fix, Known, METHODS, Place, Renames, Sorted, members, only, schema::Schemas, snake,
};

/// The extension that names one more operation for each further media type of a request body.
pub(crate) const PER_MEDIA_TYPE: &str = "x-operation-per-media-type";

/// Header parameters that OpenAPI says to ignore, and that the generator would turn into arguments.
const PSEUDO_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const FORM: &str = "multipart/form-data";

/// What the docs of a twin say.
const RAW: &str = "The answer is left unread: JSON or server-sent events, as its content type says";

/// References are followed this often: a component may be another's alias, and never its own.
const ALIASES: usize = 8;

pub(super) struct Lowering<'a> {
    contract: &'a Value,
    pub(super) faults: Faults,
    schemas: Schemas,
    paths: Sorted,
    operation_ids: BTreeSet<String>,
}

/// A request body in one media type, and the operation that sends it.
struct Body {
    operation_id: String,
    content: Value,
    /// The name of the schema, if it is a form.
    form: Option<String>,
}

/// What an operation answers when all is well.
struct Answer {
    status: String,
    schema: Value,
    may_stream: bool,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        contract: &'a Value,
        named: BTreeMap<String, (Place, Value)>,
        faults: Faults,
    ) -> Self {
        Self {
            contract,
            faults,
            schemas: Schemas::new(named),
            paths: Sorted::new(),
            operation_ids: BTreeSet::new(),
        }
    }

    pub(super) fn finish(mut self) -> (Sorted, Sorted, Known, Renames, Faults) {
        let (schemas, known, renames) = self.schemas.finish(&mut self.faults);
        (self.paths, schemas, known, renames, self.faults)
    }

    /// Lowers the operations on a path.
    pub(super) fn path(&mut self, path: &str, item: &Value) {
        let at = Place::of(&["paths", path]);
        let mut keys = vec!["description", "parameters", "summary"];
        keys.extend(METHODS);
        only(item, &at, &keys, &mut self.faults);
        let shared: Vec<Value> = list(&item["parameters"]).to_vec();
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                self.operation(path, method, operation, &shared);
            }
        }
    }

    fn operation(&mut self, path: &str, method: &str, operation: &Value, shared: &[Value]) {
        let at = Place::of(&["paths", path, method]);
        only(
            operation,
            &at,
            &[
                "deprecated",
                "description",
                "externalDocs",
                "operationId",
                "parameters",
                "requestBody",
                "responses",
                "security",
                "servers",
                "summary",
                "tags",
            ],
            &mut self.faults,
        );
        let suggested = suggested_id(path, method);
        let operation_id = match operation["operationId"].as_str() {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => {
                let fix = Fix::Update(at.clone(), json!({ "operationId": suggested }));
                self.faults.with(&at, "has no operationId", Some(fix));
                suggested
            }
        };
        let parameters = self.parameters(&at, &operation_id, operation, shared);
        let answer = self.answer(&at.join("responses"), &operation_id, operation);
        let bodies = self.bodies(&at, &operation_id, operation);
        let Some(answer) = answer else { return };
        for body in bodies {
            let mut typed = json!({
                "operationId": body.operation_id,
                "parameters": parameters,
                "responses": success(&answer.status, JSON, &answer.schema),
            });
            let text = |key: &str| {
                operation[key]
                    .as_str()
                    .filter(|text| !text.trim().is_empty())
            };
            for key in ["summary", "description"] {
                if let Some(text) = text(key) {
                    typed[key] = text.into();
                }
            }
            if let Some(form) = &body.form {
                let docs = form_docs(form, self.schemas.has_files(form));
                let text = text("description").unwrap_or_default();
                typed["description"] = format!("{text}\n\n{docs}").trim_start().into();
            }
            if !body.content.is_null() {
                typed["requestBody"] = json!({ "required": true, "content": body.content });
            }
            if body.form.is_some() {
                typed["parameters"] = with_content_type(parameters.clone());
            }
            if answer.may_stream {
                let raw_id = format!("{}_raw", body.operation_id);
                let mut raw = typed.clone();
                raw["operationId"] = raw_id.as_str().into();
                let twin = snake(&body.operation_id);
                raw["description"] = format!("{RAW}; see [`Client::{twin}`].").into();
                raw["responses"] = success(&answer.status, "*/*", &json!({}));
                self.add(&at, &format!("{path}#{raw_id}"), method, raw);
            }
            if body.operation_id == operation_id {
                self.add(&at, path, method, typed);
            } else {
                self.add(&at, &format!("{path}#{}", body.operation_id), method, typed);
            }
        }
    }

    fn add(&mut self, at: &Place, path: &str, method: &str, operation: Value) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        // Two spellings of one method would not compile.
        if !self.operation_ids.insert(snake(id)) {
            let text = format!("the operationId \"{id}\" occurs twice");
            self.faults.add(at, text);
        }
        let item = self.paths.entry(path.to_owned());
        item.or_insert_with(|| json!({}))[method] = operation;
    }

    /// Follows a reference to a component that is no schema.
    fn resolve(&mut self, at: &Place, value: &Value) -> Option<Value> {
        let mut value = value;
        for _ in 0..ALIASES {
            let Some(reference) = value["$ref"].as_str() else {
                return Some(value.clone());
            };
            let pointer = reference.strip_prefix('#').unwrap_or("/nowhere");
            let Some(target) = self.contract.pointer(pointer) else {
                self.faults.add(at, format!("there is no {reference}"));
                return None;
            };
            value = target;
        }
        self.faults.add(at, "is a reference to itself");
        None
    }

    /// Keeps the parameters that are really sent.
    fn parameters(
        &mut self,
        at: &Place,
        operation_id: &str,
        operation: &Value,
        shared: &[Value],
    ) -> Vec<Value> {
        let own = list(&operation["parameters"]);
        let mut all: Vec<(Place, Value)> = Vec::new();
        let path = at.parent().unwrap_or_default();
        for (place, parameters) in [(path, shared), (at.clone(), own)] {
            for (index, parameter) in parameters.iter().enumerate() {
                let place = place.join("parameters").join(index);
                let Some(parameter) = self.resolve(&place, parameter) else {
                    continue;
                };
                // An operation's own parameter takes the place of one that all on its path share.
                all.retain(|(_, other)| {
                    (&other["in"], &other["name"]) != (&parameter["in"], &parameter["name"])
                });
                all.push((place, parameter));
            }
        }
        let kept = all
            .into_iter()
            .filter_map(|(at, parameter)| self.parameter(&at, operation_id, parameter));
        kept.collect()
    }

    fn parameter(&mut self, at: &Place, operation_id: &str, mut parameter: Value) -> Option<Value> {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        match parameter["in"].as_str() {
            Some("header") if PSEUDO_HEADERS.contains(&name.to_lowercase().as_str()) => {
                return None;
            }
            // The generated function would have two arguments called body.
            Some("query") if name == "body" => {
                self.faults.add(at, "collides with the request body");
                return None;
            }
            Some("header" | "path" | "query") => {}
            _ => {
                let fix = Some(Fix::Remove(at.clone()));
                let text = "only header, path and query parameters are understood";
                self.faults.with(at, text, fix);
                return None;
            }
        }
        only(
            &parameter,
            at,
            &[
                "allowEmptyValue",
                "deprecated",
                "description",
                "example",
                "examples",
                "in",
                "name",
                "required",
                "schema",
            ],
            &mut self.faults,
        );
        self.schemas.inline(
            &at.join("schema"),
            &format!("{operation_id}_{name}"),
            &mut parameter["schema"],
            &mut self.faults,
        );
        if let Some(parameter) = parameter.as_object_mut() {
            for key in ["allowEmptyValue", "example", "examples"] {
                parameter.remove(key);
            }
            parameter.retain(|key, _| !key.starts_with("x-"));
        }
        Some(parameter)
    }

    /// Splits a request body by media type, since a generated operation can send only one.
    fn bodies(&mut self, at: &Place, operation_id: &str, operation: &Value) -> Vec<Body> {
        let at = at.join("requestBody");
        let nothing = vec![Body {
            operation_id: operation_id.to_owned(),
            content: Value::Null,
            form: None,
        }];
        let Some(body) = operation.get("requestBody").filter(|body| !body.is_null()) else {
            return nothing;
        };
        let Some(body) = self.resolve(&at, body) else {
            return nothing;
        };
        only(
            &body,
            &at,
            &["content", "description", "required"],
            &mut self.faults,
        );
        let at = at.join("content");
        let Some(content) = members(&body["content"], &at, &mut self.faults) else {
            return nothing;
        };
        // A body without any media type, as exports write it for a GET.
        if content.is_empty() {
            return nothing;
        }
        let own_ids = &operation[PER_MEDIA_TYPE];
        for (media_type, _) in own_ids.as_object().into_iter().flatten() {
            if !content.contains_key(media_type) {
                let text = format!("lacks {media_type}, which {PER_MEDIA_TYPE} names");
                self.faults.add(&at, text);
            }
        }
        self.media_types(&at, operation_id, content, own_ids)
    }

    fn media_types(
        &mut self,
        at: &Place,
        operation_id: &str,
        content: &Map<String, Value>,
        own_ids: &Value,
    ) -> Vec<Body> {
        let mut main: Option<&str> = None;
        let mut bodies = Vec::new();
        let operation = at
            .parent()
            .and_then(|body| body.parent())
            .unwrap_or_default();
        // JSON is what the operation itself sends, if it can.
        let mut content: Vec<(&String, &Value)> = content.iter().collect();
        content.sort_by_key(|(media_type, _)| (*media_type != JSON, (*media_type).clone()));
        for (media_type, media) in content {
            let at = at.join(media_type);
            let own_id = own_ids[media_type].as_str();
            if ![JSON, FORM].contains(&media_type.as_str()) {
                let fix = Some(Fix::Remove(at.clone()));
                let at = at.join("schema");
                self.faults
                    .with(&at, "only JSON and forms can be sent", fix);
                continue;
            }
            let mut id = own_id.unwrap_or(operation_id).to_owned();
            if own_id.is_none()
                && let Some(other) = main.replace(media_type)
            {
                let kind = if media_type == FORM { "form" } else { "json" };
                id = format!("{operation_id}_{kind}");
                let fix = Fix::Update(
                    operation.clone(),
                    json!({ PER_MEDIA_TYPE: { media_type: id } }),
                );
                let text = format!(
                    "a second media type beside {other}; {PER_MEDIA_TYPE} has to name an operation for it"
                );
                self.faults.with(&at, text, Some(fix));
            }
            only(
                media,
                &at,
                &["encoding", "example", "examples", "schema"],
                &mut self.faults,
            );
            let at = at.join("schema");
            let suggested = format!("{}Request", id.to_upper_camel_case());
            let mut form = None;
            let content = match media_type.as_str() {
                JSON => {
                    let schema =
                        self.schemas
                            .named(&at, &media["schema"], &suggested, &mut self.faults);
                    json!({ JSON: { "schema": schema } })
                }
                _ => {
                    form = self
                        .schemas
                        .form(&at, &media["schema"], &suggested, &mut self.faults);
                    // The generator cannot encode forms, so the caller hands over the encoded bytes.
                    json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } })
                }
            };
            bodies.push(Body {
                operation_id: id,
                content,
                form,
            });
        }
        if main.is_none() {
            let text = format!("leaves no media type for {operation_id} itself");
            self.faults.add(at, text);
        }
        bodies
    }

    /// Finds the one successful answer. Errors are dropped: a *documented* error whose body does not decode loses its
    /// status and its headers in the generated client, while an undocumented one keeps everything.
    fn answer(&mut self, at: &Place, operation_id: &str, operation: &Value) -> Option<Answer> {
        let responses = members(&operation["responses"], at, &mut self.faults)?;
        let mut answers = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'));
        let (Some((status, response)), None) = (answers.next(), answers.next()) else {
            let text = "exactly one answer with a 2xx status is understood";
            let others = responses
                .keys()
                .filter(|status| status.starts_with('2'))
                .skip(1);
            let fix = others.map(|status| Fix::Remove(at.join(status))).next();
            self.faults.with(at, text, fix);
            return None;
        };
        let at = at.join(status);
        let response = self.resolve(&at, response)?;
        only(
            &response,
            &at,
            &["content", "description", "headers", "links"],
            &mut self.faults,
        );
        let suggested = format!("{}Response", operation_id.to_upper_camel_case());
        let content_at = at.join("content");
        let content = members(&response["content"], &content_at, &mut self.faults)?;
        let mut json = None;
        for (media_type, media) in content {
            let at = content_at.join(media_type);
            if ![JSON, EVENTS].contains(&media_type.as_str()) {
                let text = "only JSON and event streams are understood";
                self.faults.with(&at, text, Some(Fix::Remove(at.clone())));
                continue;
            }
            only(
                media,
                &at,
                &["example", "examples", "schema"],
                &mut self.faults,
            );
            // Two inline answers would share one generated name, and the second would be decoded as the first.
            let named = if media_type == JSON {
                &suggested
            } else {
                &format!("{}Event", operation_id.to_upper_camel_case())
            };
            let schema = self.schemas.named(
                &at.join("schema"),
                &media["schema"],
                named,
                &mut self.faults,
            );
            if media_type == JSON {
                json = Some(schema);
            }
        }
        let Some(schema) = json else {
            self.faults.add(&content_at, format!("has no {JSON}"));
            return None;
        };
        Some(Answer {
            status: status.clone(),
            schema,
            may_stream: content.contains_key(EVENTS),
        })
    }
}

/// What an operation without an id could be called: `POST /v1/videos` is `create_videos`.
fn suggested_id(path: &str, method: &str) -> String {
    let verb = match method {
        "post" => "create",
        "put" | "patch" => "update",
        verb => verb,
    };
    let is_version = |part: &&str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
    };
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{') && !is_version(part))
        .collect();
    snake(&format!("{verb}_{}", parts.join("_")))
}

/// Says what a form is made of, since its body is bytes.
fn form_docs(form: &str, has_files: bool) -> String {
    let constant = super::names::constant(form);
    let files = if has_files {
        format!(" and the files of [`{constant}_FILES`](crate::known::{constant}_FILES)")
    } else {
        String::new()
    };
    format!("The body is a multipart form: the fields of [`{form}`](types::{form}){files}.")
}

/// Adds the one header that has to come from the caller: a form's content type names the boundary its body uses.
fn with_content_type(mut parameters: Vec<Value>) -> Value {
    parameters.push(json!({
        "name": "Content-Type",
        "in": "header",
        "required": true,
        "description": "`multipart/form-data` with the boundary that the body uses.",
        "schema": { "type": "string" },
    }));
    parameters.into()
}

fn success(status: &str, media_type: &str, schema: &Value) -> Value {
    json!({ status: { "description": "Success", "content": { media_type: { "schema": schema } } } })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
