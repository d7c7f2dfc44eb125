//! The second step: the contract becomes a document that the code generator can take.
//!
//! This is where the generator's limits are worked around, in memory and nowhere else. What it would turn into
//! wrong code is refused here, with its place in the YAML.
//!
//! Two kinds of operation are added. A request body with several media types gives one operation for each, and an
//! operation that may answer with a stream gets a twin, called `..._raw`, whose answer is left unread. An added
//! operation lives on its origin's path with a fragment, which makes it another path for the generator and is
//! never sent.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

mod schema;

#[cfg(test)]
pub(crate) use schema::KnownWords;
use schema::Schemas;
pub(crate) use schema::{Known, schema_reference};

/// The extension that names one more operation for each further media type of a request body.
pub(crate) const PER_MEDIA_TYPE: &str = "x-operation-per-media-type";

pub(crate) const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];

/// Header parameters that OpenAPI says to ignore, and that the generator would turn into arguments.
const PSEUDO_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const FORM: &str = "multipart/form-data";

/// What the docs of a twin say.
const RAW: &str = "The answer is left unread: JSON or server-sent events, as its content type says";

/// What is left of a contract once it can be generated.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The document, without anything the generator has no use for.
    pub(crate) document: OpenAPI,
    /// The words known today for strings that stay open.
    pub(crate) known: Known,
}

/// Lowers a contract.
pub(crate) fn lower(contract: &Value) -> Result<Lowered> {
    let openapi = contract["openapi"].as_str().unwrap_or_default();
    ensure!(
        openapi.starts_with("3.0."),
        "openapi: version \"{openapi}\" cannot be generated, only 3.0 can"
    );
    only(
        contract,
        "the document",
        &[
            "components",
            "externalDocs",
            "info",
            "openapi",
            "paths",
            "security",
            "servers",
            "tags",
        ],
    )?;
    only(
        &contract["components"],
        "components",
        &["responses", "schemas", "securitySchemes"],
    )?;
    let version = contract["info"]["version"].as_str().unwrap_or_default();
    // The generated client puts it into a header, and panics on the first call if it cannot.
    ensure!(
        !version.is_empty() && version.is_ascii(),
        "info.version: \"{version}\" is not plain ASCII text"
    );

    let mut lowering = Lowering {
        schemas: Schemas::new(&contract["components"]["schemas"])?,
        paths: BTreeMap::new(),
        operation_ids: BTreeSet::new(),
    };
    for (path, item) in members(&contract["paths"], "paths")? {
        if path.starts_with("x-") {
            continue;
        }
        only(item, &format!("paths.{path}"), &METHODS)?;
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                lowering.operation(path, method, operation)?;
            }
        }
    }

    let (schemas, known) = lowering.schemas.finish()?;
    let document = serde_json::from_value(json!({
        "openapi": openapi,
        "info": {
            "title": contract["info"]["title"],
            "description": contract["info"]["description"],
            "version": version,
        },
        "paths": lowering.paths,
        "components": { "schemas": schemas },
    }))
    .context("the lowered document is not OpenAPI 3.0")?;
    Ok(Lowered { document, known })
}

struct Lowering {
    schemas: Schemas,
    // Sorted by type, so that the order of the generated code does not hang on how JSON maps are configured.
    paths: BTreeMap<String, Value>,
    operation_ids: BTreeSet<String>,
}

/// A request body in one media type, and the operation that sends it.
struct Body {
    operation_id: String,
    content: Value,
    is_form: bool,
}

/// What an operation answers when all is well.
struct Answer {
    schema: Value,
    may_stream: bool,
}

impl Lowering {
    fn operation(&mut self, path: &str, method: &str, operation: &Value) -> Result<()> {
        let at = &format!("paths.{path}.{method}");
        only(
            operation,
            at,
            &[
                "deprecated",
                "description",
                "externalDocs",
                "operationId",
                "parameters",
                "requestBody",
                "responses",
                "security",
                "summary",
                "tags",
            ],
        )?;
        let Some(operation_id) = operation["operationId"].as_str() else {
            bail!("{at}: has no operationId");
        };
        let parameters = self.parameters(at, operation_id, &operation["parameters"])?;
        let answer = self.answer(&format!("{at}.responses"), &operation["responses"])?;

        for body in self.bodies(at, operation_id, operation)? {
            let mut typed = json!({
                "operationId": body.operation_id,
                "parameters": parameters,
                "responses": success(JSON, &answer.schema),
            });
            for key in ["summary", "description"] {
                if let Some(text) = operation.get(key) {
                    typed[key] = text.clone();
                }
            }
            if !body.content.is_null() {
                typed["requestBody"] = json!({ "required": true, "content": body.content });
            }
            if body.is_form {
                typed["parameters"] = with_content_type(parameters.clone());
            }
            if answer.may_stream {
                let raw_id = format!("{}_raw", body.operation_id);
                let mut raw = typed.clone();
                raw["operationId"] = raw_id.as_str().into();
                raw["description"] =
                    format!("{RAW}; see [`Client::{}`].", body.operation_id).into();
                raw["responses"] = success("*/*", &json!({}));
                self.add(at, &format!("{path}#{raw_id}"), method, raw)?;
            }
            if body.operation_id == operation_id {
                self.add(at, path, method, typed)?;
            } else {
                self.add(at, &format!("{path}#{}", body.operation_id), method, typed)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, at: &str, path: &str, method: &str, operation: Value) -> Result<()> {
        let id = operation["operationId"].as_str().unwrap_or_default();
        ensure!(
            self.operation_ids.insert(id.to_owned()),
            "{at}: the operationId \"{id}\" occurs twice"
        );
        let item = self.paths.entry(path.to_owned());
        item.or_insert_with(|| json!({}))[method] = operation;
        Ok(())
    }

    /// Keeps the parameters that are really sent.
    fn parameters(
        &mut self,
        at: &str,
        operation_id: &str,
        parameters: &Value,
    ) -> Result<Vec<Value>> {
        let mut kept = Vec::new();
        for (index, parameter) in parameters.as_array().into_iter().flatten().enumerate() {
            let at = format!("{at}.parameters.{index}");
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["in"].as_str() {
                Some("header") if PSEUDO_HEADERS.contains(&name.to_lowercase().as_str()) => {
                    continue;
                }
                // The generated function would have two arguments called body.
                Some("query") if name == "body" => bail!("{at}: collides with the request body"),
                Some("header" | "path" | "query") => {}
                _ => bail!("{at}: only header, path and query parameters are understood"),
            }
            only(
                parameter,
                &at,
                &[
                    "deprecated",
                    "description",
                    "example",
                    "in",
                    "name",
                    "required",
                    "schema",
                ],
            )?;
            let mut parameter = parameter.clone();
            self.schemas.inline(
                &format!("{at}.schema"),
                &format!("{operation_id}_{name}"),
                &mut parameter["schema"],
            )?;
            if let Some(parameter) = parameter.as_object_mut() {
                parameter.remove("example");
            }
            kept.push(parameter);
        }
        Ok(kept)
    }

    /// Splits a request body by media type, since a generated operation can send only one.
    fn bodies(&mut self, at: &str, operation_id: &str, operation: &Value) -> Result<Vec<Body>> {
        let body = &operation["requestBody"];
        let at = format!("{at}.requestBody");
        if body.is_null() {
            return Ok(vec![Body {
                operation_id: operation_id.to_owned(),
                content: Value::Null,
                is_form: false,
            }]);
        }
        only(body, &at, &["content", "description", "required"])?;
        let at = format!("{at}.content");
        let content = members(&body["content"], &at)?;
        let own_ids = &operation[PER_MEDIA_TYPE];
        for (media_type, _) in own_ids.as_object().into_iter().flatten() {
            ensure!(
                content.contains_key(media_type),
                "{at}: lacks {media_type}, which {PER_MEDIA_TYPE} names"
            );
        }

        let mut main = None;
        let mut bodies = Vec::new();
        for (media_type, media) in content {
            let at = format!("{at}.{media_type}");
            let own_id = own_ids[media_type].as_str();
            if own_id.is_none()
                && let Some(other) = main.replace(media_type)
            {
                bail!(
                    "{at}: a second media type beside {other}; {PER_MEDIA_TYPE} has to name an operation for it"
                );
            }
            only(media, &at, &["encoding", "example", "examples", "schema"])?;
            let at = format!("{at}.schema");
            let content = match media_type.as_str() {
                JSON => json!({ JSON: { "schema": self.schemas.body(&at, &media["schema"])? } }),
                FORM => {
                    self.schemas.form(&at, &media["schema"])?;
                    // The generator cannot encode forms, so the caller hands over the encoded bytes.
                    json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } })
                }
                _ => bail!("{at}: only JSON and forms can be sent"),
            };
            bodies.push(Body {
                operation_id: own_id.unwrap_or(operation_id).to_owned(),
                content,
                is_form: media_type == FORM,
            });
        }
        ensure!(
            main.is_some(),
            "{at}: leaves no media type for {operation_id} itself"
        );
        Ok(bodies)
    }

    /// Finds the one successful answer. Errors are dropped: a *documented* error whose body does not decode loses its
    /// status and its headers in the generated client, while an undocumented one keeps everything.
    fn answer(&self, at: &str, responses: &Value) -> Result<Answer> {
        let mut answers = members(responses, at)?
            .iter()
            .filter(|(status, _)| status.starts_with('2'));
        let (Some((status, response)), None) = (answers.next(), answers.next()) else {
            bail!("{at}: exactly one answer with a 2xx status is understood");
        };
        let at = format!("{at}.{status}");
        only(response, &at, &["content", "description", "headers"])?;
        let content = members(&response["content"], &format!("{at}.content"))?;
        for (media_type, media) in content {
            let at = format!("{at}.content.{media_type}");
            ensure!(
                [JSON, EVENTS].contains(&media_type.as_str()),
                "{at}: only JSON and event streams are understood"
            );
            only(media, &at, &["example", "examples", "schema"])?;
            // Two inline answers would share one generated name, and the second would be decoded as the first.
            self.schemas
                .reference(&format!("{at}.schema"), &media["schema"])?;
        }
        let Some(json) = content.get(JSON) else {
            bail!("{at}.content: has no {JSON}");
        };
        Ok(Answer {
            schema: json["schema"].clone(),
            may_stream: content.contains_key(EVENTS),
        })
    }
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

fn success(media_type: &str, schema: &Value) -> Value {
    json!({ "200": { "description": "Success", "content": { media_type: { "schema": schema } } } })
}

/// The members of an object.
fn members<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>> {
    value
        .as_object()
        .with_context(|| format!("{at}: an object is expected here"))
}

/// Refuses an object that has keys other than these and extensions: what is not understood must not be dropped.
fn only(value: &Value, at: &str, keys: &[&str]) -> Result<()> {
    for key in members(value, at)?.keys() {
        ensure!(
            keys.contains(&key.as_str()) || key.starts_with("x-"),
            "{at}.{key}: is not understood here"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
