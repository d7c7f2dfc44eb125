//! `imagegen doctor`: what the command would call, with which key, and whether that works.

use std::fmt::Display;
use std::time::{Duration, Instant};

use imagegen::Error;
use serde_json::{Map, Value, json};

use crate::args::Global;
use crate::connect::{Connection, Endpoint, Rules, connect};
use crate::failure::{Exit, Failure, root_cause};
use crate::output::Output;

/// How long the list of models may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How many of the known ids are named.
const SHOWN: usize = 5;

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
    let Ok(answer) = tokio::time::timeout(LIMIT, client.list_models()).await else {
        findings.add("reachable", "no", false)?;
        let message = format!("no answer within {} s", LIMIT.as_secs());
        return Err(Failure::new(Exit::Failed, "transport", message));
    };
    let after = format!("after {} ms", started.elapsed().as_millis());
    match answer {
        Ok(ids) => {
            findings.add("reachable", format!("yes, {after}"), true)?;
            models(connection, &ids, findings)
        }
        Err(Error::Api(refused)) => {
            let status = refused.status().as_u16();
            findings.add("reachable", format!("yes, HTTP {status} {after}"), true)?;
            if matches!(status, 404 | 405 | 501) {
                let text = "no list here, so the key is untried";
                return findings.add("models", text, Value::Null);
            }
            Err(Failure::from(Error::Api(refused)))
        }
        Err(Error::Decode(_)) => {
            findings.add("reachable", format!("yes, {after}"), true)?;
            let message = "the answer is no list of models: is the base URL that of an API?";
            Err(Failure::new(Exit::Failed, "decode", message))
        }
        Err(error) => {
            findings.add("reachable", "no", false)?;
            // Nothing that costs was asked for, whatever became of the question.
            let mut message = format!("no answer from {}", client.base_url());
            if let Some(cause) = root_cause(&error) {
                message += &format!(": {cause}");
            }
            Err(Failure::new(Exit::Failed, "transport", message))
        }
    }
}

/// How many models are listed, and which of them have a row.
fn models(
    connection: &Connection,
    ids: &[String],
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    let table = connection.client.models();
    let known: Vec<&str> = ids
        .iter()
        .map(String::as_str)
        .filter(|id| table.get(id).is_some())
        .collect();
    let text = match known.as_slice() {
        [] => format!("{} listed, none of them known here by that id", ids.len()),
        known => {
            let first = &known[..known.len().min(SHOWN)];
            let more = known.len() - first.len();
            let mut text = format!("{} listed; known here: {}", ids.len(), first.join(", "));
            if more > 0 {
                text += &format!(" and {more} more");
            }
            text
        }
    };
    findings.add("models", text, json!({"listed": ids.len(), "known": known}))
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
