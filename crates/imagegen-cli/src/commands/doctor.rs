//! `imagegen doctor`: what the command would call, with which key, and whether that works.

use std::fmt::Display;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::args::Global;
use crate::connect::{Connection, Endpoint, Rules, connect};
use crate::failure::{Exit, Failure, one_line, root_cause};
use crate::output::Output;

/// How long the list of models may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The most of it that is read.
const MAX_LIST: usize = 8 * 1024 * 1024;

pub(crate) fn run(global: &Global, output: &Output) -> Result<Exit, Failure> {
    let mut findings = Findings {
        output,
        object: Map::new(),
    };
    let mut result = examine(global, &mut findings);
    if let Err(failure) = &mut result {
        // Scripts get what was found beside what is wrong.
        failure.beside = findings.object;
    } else if output.json() {
        output.pretty(&findings.object)?;
    }
    result.map(|()| Exit::Done)
}

fn examine(global: &Global, findings: &mut Findings<'_>) -> Result<(), Failure> {
    let provider = global.provider.provider().to_string();
    findings.add("provider", &provider, provider.as_str())?;
    if !global.emulator {
        settings(global, findings)?;
    }
    super::block_on(async {
        let connection = connect(global, Rules::default(), findings.output).await?;
        let result = reach(&connection, findings).await;
        if let Some(emulator) = connection.emulator {
            emulator.stop().await;
        }
        result
    })
}

/// Tells where base URL and key come from.
fn settings(global: &Global, findings: &mut Findings<'_>) -> Result<(), Failure> {
    let endpoint = Endpoint::read(global, findings.output)?;
    let base_url = endpoint.base_url();
    match &base_url {
        Ok(base) => {
            let text = format!("{} (from {})", base.value, base.origin);
            findings.add("base URL", text, base.value.as_str())?;
        }
        Err(_) => findings.add("base URL", "missing", Value::Null)?,
    }
    let key = endpoint.key();
    match &key {
        // Not even its length: what is printed here ends up in bug reports.
        Ok(key) => {
            let text = format!("present (from {})", key.origin);
            findings.add("API key", text, key.origin.as_str())?;
        }
        Err(_) => findings.add("API key", "missing", Value::Null)?,
    }
    base_url.and(key).map(drop)
}

/// Asks for the list of models, which costs nothing.
async fn reach(connection: &Connection, findings: &mut Findings<'_>) -> Result<(), Failure> {
    let client = &connection.client;
    let url = format!("{}/models", client.base_url());
    findings.add("asked", format!("GET {url}"), url.as_str())?;
    let started = Instant::now();
    let request = client.http_client().get(&url).bearer_auth(&connection.key);
    let (status, body) = match fetch(request.timeout(LIMIT)).await {
        Ok(answer) => answer,
        Err(failure) => {
            findings.add("reachable", "no", false)?;
            return Err(failure);
        }
    };
    let millis = started.elapsed().as_millis();
    findings.add(
        "reachable",
        format!("yes, HTTP {status} after {millis} ms"),
        true,
    )?;
    match status {
        200..=299 => models(connection, &body, findings),
        404 | 405 | 501 => {
            findings.add("models", "no list here, so the key is untried", Value::Null)
        }
        401 | 403 => Err(failed(
            status,
            "the server does not accept the API key",
            &body,
            &connection.key,
        )),
        300..=399 => Err(failed(
            status,
            "the base URL leads elsewhere",
            &body,
            &connection.key,
        )),
        _ => Err(failed(status, "the server fails", &body, &connection.key)),
    }
}

/// The status and the beginning of the body.
async fn fetch(request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), Failure> {
    let unreached = |error: reqwest::Error| {
        let host = error
            .url()
            .and_then(|url| url.host_str())
            .unwrap_or("the host");
        let mut message = format!("cannot reach {host}");
        let error = error.without_url();
        if let Some(cause) = root_cause(&error) {
            message += &format!(": {cause}");
        }
        Failure::new(Exit::Failed, "transport", message)
    };
    let mut answer = request.send().await.map_err(unreached)?;
    let mut body = Vec::new();
    while body.len() < MAX_LIST
        && let Some(chunk) = answer.chunk().await.map_err(unreached)?
    {
        body.extend_from_slice(&chunk);
    }
    Ok((answer.status().as_u16(), body))
}

/// A status that is no success, with what the server says of it.
fn failed(status: u16, what: &str, body: &[u8], key: &str) -> Failure {
    let mut message = format!("{what} (HTTP {status})");
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    if let Some(said) = json["error"]["message"].as_str() {
        message += &format!(": {}", one_line(&said.replace(key, "***"), 300));
    }
    Failure::new(Exit::Failed, "api", message).detail("status", status)
}

/// How many models are listed, and which of them have a row.
fn models(
    connection: &Connection,
    body: &[u8],
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    let json = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let Some(list) = json["data"].as_array() else {
        let message = "the answer is no list of models: is the base URL that of an API?";
        return Err(Failure::new(Exit::Failed, "decode", message));
    };
    let table = connection.client.models();
    let known: Vec<&str> = list
        .iter()
        .filter_map(|model| model["id"].as_str())
        .filter(|id| table.get(id).is_some())
        .collect();
    let text = match known.as_slice() {
        [] => format!("{} listed, none of them known here by that id", list.len()),
        known => format!("{} listed; image models: {}", list.len(), known.join(", ")),
    };
    findings.add(
        "models",
        text,
        json!({"listed": list.len(), "known": known}),
    )
}

/// Lines for a person, or members of one object.
struct Findings<'a> {
    output: &'a Output,
    object: Map<String, Value>,
}

impl Findings<'_> {
    fn add(
        &mut self,
        name: &str,
        text: impl Display,
        value: impl Into<Value>,
    ) -> Result<(), Failure> {
        let member = name.to_lowercase().replace(' ', "_");
        self.object.insert(member, value.into());
        if self.output.json() {
            return Ok(());
        }
        self.output.data(format!("{name:10} {text}").as_bytes())
    }
}
