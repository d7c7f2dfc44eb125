//! What the calls of one request brought.

use std::path::Path;
use std::time::Duration;

use imagegen::price::{Amount, Currency};
use imagegen::{Format, ImageResponse, Pixels, SavedImage};
use serde::Serialize;
use serde_json::{Map, Value};

use super::bounded::is_zero;
use super::{Bounded, ImageEntry, Images};
use crate::failure::{Exit, Failure};
use crate::output::{to_line, to_value};
use crate::run::gravest;
use crate::text::bytes;

/// What `--json` prints; a contract with scripts, in this order.
#[derive(Serialize)]
struct Object<'a> {
    model: &'a str,
    images: Vec<&'a ImageEntry>,
    failures: &'a Bounded<FailureEntry>,
    usage: Option<&'a Value>,
    /// At list prices, in `currency`.
    cost: Option<Amount>,
    request_id: Option<&'a String>,
    elapsed_ms: u128,
    /// Of several calls, each has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_ids: Option<&'a Vec<String>>,
    /// The previews that were kept.
    #[serde(skip_serializing_if = "Bounded::is_empty")]
    partials: &'a Bounded<PartialEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
    #[serde(skip_serializing_if = "is_zero")]
    failures_left_out: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    emulated: Option<bool>,
}

#[derive(Debug, Serialize)]
struct PartialEntry {
    path: String,
    /// The image it previews, from 0.
    index: u32,
    partial_index: u32,
    format: Option<&'static str>,
    width: Option<u32>,
    height: Option<u32>,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct FailureEntry {
    index: u32,
    code: Option<String>,
    message: Option<String>,
}

/// Pictures, failures and figures, collected as they come.
#[derive(Debug)]
pub(crate) struct GenerateReport {
    model: String,
    emulated: bool,
    images: Images<()>,
    /// What the summary says of the pictures.
    described: Vec<String>,
    failures: Bounded<FailureEntry>,
    partials: Bounded<PartialEntry>,
    /// Pictures that lie elsewhere than asked for.
    misplaced: usize,
    /// Why calls failed as a whole, the first of them foremost.
    failed_calls: Vec<Failure>,
    usage: Option<Value>,
    request_ids: Vec<String>,
    /// What the answers cost at list prices.
    cost: Option<(Amount, Currency)>,
}

impl GenerateReport {
    /// `hashes` says whether anybody asks for those of the pictures.
    pub(crate) fn new(model: &str, emulated: bool, hashes: bool) -> Self {
        Self {
            model: model.to_owned(),
            emulated,
            images: Images::new(hashes),
            described: Vec::new(),
            failures: Bounded::default(),
            partials: Bounded::default(),
            misplaced: 0,
            failed_calls: Vec::new(),
            usage: None,
            request_ids: Vec::new(),
            cost: None,
        }
    }

    /// Takes over the figures of an answer.
    pub(crate) fn answered(&mut self, response: &ImageResponse) {
        self.identified(response.meta.request_id.as_deref());
        if let Some(usage) = &response.completion.usage {
            let usage = to_value(usage);
            match &mut self.usage {
                Some(sum) => add(sum, &usage),
                None => self.usage = Some(usage),
            }
        }
    }

    /// Notes what an answer cost.
    pub(crate) fn charged(&mut self, cost: Amount, currency: Currency) {
        let before = self.cost.map_or(Amount::ZERO, |(amount, _)| amount);
        self.cost = Some((before + cost, currency));
    }

    /// Notes the server's id of a request.
    pub(crate) fn identified(&mut self, request_id: Option<&str>) {
        self.request_ids.extend(request_id.map(str::to_owned));
    }

    /// Notes a picture that is saved, its path as it is shown.
    pub(crate) fn saved(
        &mut self,
        saved: &SavedImage,
        path: &Path,
        revised_prompt: Option<String>,
    ) {
        let mut shown = saved
            .format
            .map_or_else(|| "unknown format".to_owned(), |f| f.to_string());
        if let Some(size) = saved.size {
            shown += &format!(" {size}");
        }
        self.described
            .push(format!("{shown}, {}", bytes(saved.bytes)));
        self.images.push((), saved, path, revised_prompt);
    }

    /// Notes a preview that is kept.
    pub(crate) fn partial(
        &mut self,
        index: u32,
        partial_index: u32,
        saved: &SavedImage,
        path: &Path,
    ) {
        self.partials.push(PartialEntry {
            path: path.to_string_lossy().into_owned(),
            index,
            partial_index,
            format: saved.format.map(Format::as_str),
            width: saved.size.map(Pixels::width),
            height: saved.size.map(Pixels::height),
            bytes: saved.bytes,
        });
    }

    /// Notes that a picture did not come out; returns whether that is worth a line.
    pub(crate) fn failed(&mut self, index: u32, code: Option<&str>, message: Option<&str>) -> bool {
        self.failures.push(FailureEntry {
            index,
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
        })
    }

    /// Nothing more comes.
    pub(crate) async fn close(&mut self) {
        // Calls that are out together answer in any order.
        self.failures.sort_by_key(|entry| entry.index);
        self.images.close().await;
    }

    /// Notes that a whole call brought nothing.
    pub(crate) fn call_failed(&mut self, index: u32, failure: Failure) {
        let code = failure.details.get("code").and_then(Value::as_str);
        let code = code.unwrap_or(failure.kind).to_owned();
        self.failed(index, Some(&code), Some(&failure.message));
        self.failed_calls.push(failure);
    }

    /// Notes that a saved picture lies elsewhere than asked for.
    pub(crate) fn misplaced(&mut self, index: u32, message: &str) {
        self.failed(index, Some("misplaced"), Some(message));
        self.misplaced += 1;
    }

    /// What an interrupt leaves to tell.
    pub(crate) fn so_far(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("images".to_owned(), to_value(&self.entries()));
        object.insert("failures".to_owned(), to_value(&self.failures));
        if !self.partials.is_empty() {
            object.insert("partials".to_owned(), to_value(&self.partials));
        }
        object
    }

    /// The failure of a run in which no call brought an answer: the gravest of them.
    pub(crate) fn nothing(&mut self, calls: u32) -> Option<Failure> {
        if !self.images.is_empty() {
            return None;
        }
        let gravest = gravest(&self.failed_calls)?;
        let mut failure = self.failed_calls.swap_remove(gravest);
        if calls > 1 {
            failure.message = format!("none of the {calls} images came out");
            let failures = to_value(&self.failures);
            failure.beside.insert("failures".to_owned(), failures);
        }
        Some(failure)
    }

    fn entries(&self) -> Vec<&ImageEntry> {
        self.images
            .entries()
            .iter()
            .map(|(_, entry)| entry)
            .collect()
    }

    /// Whether a call failed that may have been billed.
    pub(crate) fn is_unknown(&self) -> bool {
        self.failed_calls
            .iter()
            .any(|failure| failure.exit == Exit::Unknown)
    }

    /// Why calls failed that brought something all the same.
    pub(crate) fn failed_calls(&self) -> impl Iterator<Item = &str> {
        self.failed_calls
            .iter()
            .map(|failure| failure.message.as_str())
    }

    /// The exit code of a run that brought something.
    pub(crate) fn exit(&self) -> Exit {
        if self.failures.is_empty() {
            Exit::Done
        } else if self.images.len() > self.misplaced {
            Exit::Partial
        } else {
            Exit::Failed
        }
    }

    /// The object of `--json`.
    pub(crate) fn to_json(&self, elapsed: Duration) -> String {
        let several = self.request_ids.len() > 1;
        to_line(&Object {
            model: &self.model,
            images: self.entries(),
            failures: &self.failures,
            usage: self.usage.as_ref(),
            cost: self.cost.map(|(amount, _)| amount),
            request_id: self.request_ids.first(),
            elapsed_ms: elapsed.as_millis(),
            request_ids: several.then_some(&self.request_ids),
            partials: &self.partials,
            currency: self.cost.map(|(_, currency)| currency),
            failures_left_out: self.failures.left_out(),
            emulated: self.emulated.then_some(true),
        })
    }

    /// One line for a person.
    pub(crate) fn summary(&self, elapsed: Duration) -> String {
        let mut text = match self.described.as_slice() {
            [] => "no image saved".to_owned(),
            [one] => format!("1 image ({one})"),
            [first, rest @ ..] => {
                let shared = format_of(first);
                let alike = rest.iter().all(|other| format_of(other) == shared);
                let each = if alike {
                    format!(" ({shared} each)")
                } else {
                    String::new()
                };
                format!("{} images{each}", self.described.len())
            }
        };
        text += &format!(" in {:.1} s", elapsed.as_secs_f64());
        if self.misplaced > 0 {
            text += &format!(", {} not where asked for", self.misplaced);
        }
        let failed = self.failures.len() - self.misplaced;
        if failed > 0 {
            text += &format!(", {failed} failed");
        }
        if let Some((cost, currency)) = self.cost {
            text += &format!("; {cost} {currency} at list prices");
        }
        text
    }
}

/// The part of a description that pictures of one call usually share.
fn format_of(described: &str) -> &str {
    described.split(',').next().unwrap_or_default()
}

/// Adds the figures of one usage object to another's.
fn add(sum: &mut Value, more: &Value) {
    match (sum, more) {
        (Value::Object(sum), Value::Object(more)) => {
            for (name, value) in more {
                match sum.get_mut(name) {
                    Some(known) => add(known, value),
                    None => {
                        sum.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (sum @ Value::Number(_), Value::Number(_)) => {
            *sum = match (sum.as_u64(), more.as_u64()) {
                (Some(a), Some(b)) => a.saturating_add(b).into(),
                _ => (sum.as_f64().unwrap_or(0.0) + more.as_f64().unwrap_or(0.0)).into(),
            };
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn usage_of_several_calls_adds_up() {
        let mut sum = json!({"generated_images": 1, "cost": 0.5, "unit": "token"});
        add(
            &mut sum,
            &json!({"generated_images": 2, "cost": 0.25, "unit": "token", "input_images": 1}),
        );
        assert_eq!(
            sum,
            json!({"generated_images": 3, "cost": 0.75, "unit": "token", "input_images": 1})
        );
    }

    #[test]
    fn nothing_saved_is_the_gravest_failure_of_all_calls() {
        let mut report = GenerateReport::new("m", false, false);
        report.call_failed(0, Failure::new(Exit::Failed, "api", "refused"));
        report.call_failed(1, Failure::new(Exit::Unknown, "outcome_unknown", "cut"));
        assert_eq!(report.nothing(1).unwrap().message, "cut");
    }
}
