//! What a batch brought: the JSON object of `--json`, the summary, the exit code.

use std::path::Path;
use std::time::Duration;

use imagegen::price::{Amount, Currency};
use imagegen::{Problem, SavedImage};
use serde::Serialize;
use serde_json::{Map, Value};

use super::run::several;
use crate::failure::Exit;
use crate::output::{to_line, to_value};
use crate::report::ImageEntry;

/// What `--json` prints; a contract with scripts, in this order.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    jobs: usize,
    /// Answered in this run.
    pub(crate) done: usize,
    /// Answered in an earlier run.
    pub(crate) done_before: usize,
    /// Refused: nothing was made.
    pub(crate) failed: usize,
    /// May have been carried out and billed, in earlier runs too.
    pub(crate) unknown: usize,
    pub(crate) not_sent: usize,
    images: Vec<JobImage>,
    failures: Vec<JobFailure>,
    /// What all runs cost, what is unknown counted with the most it can.
    cost: Option<Amount>,
    currency: Option<Currency>,
    elapsed_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    emulated: Option<bool>,
    /// Warnings that have been given.
    #[serde(skip)]
    warned: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct JobImage {
    line: usize,
    #[serde(flatten)]
    image: ImageEntry,
}

#[derive(Debug, Serialize)]
struct JobFailure {
    line: usize,
    code: Option<String>,
    message: String,
}

impl Report {
    /// The report of so many jobs, of which these warnings have been given.
    pub(crate) fn new(jobs: usize, emulated: bool, warned: Vec<Problem>) -> Self {
        Self {
            jobs,
            emulated: emulated.then_some(true),
            warned,
            ..Self::default()
        }
    }

    pub(crate) fn saved(
        &mut self,
        line: usize,
        saved: &SavedImage,
        path: &Path,
        revised_prompt: Option<String>,
    ) {
        let image = ImageEntry::new(saved, path, revised_prompt);
        self.images.push(JobImage { line, image });
    }

    pub(crate) fn failed(&mut self, line: usize, code: Option<&str>, message: &str) {
        self.failures.push(JobFailure {
            line,
            code: code.map(str::to_owned),
            message: message.to_owned(),
        });
    }

    /// Closes the report; `cost` is that of all runs.
    pub(crate) fn close(&mut self, elapsed: Duration, cost: Amount, currency: Option<Currency>) {
        self.elapsed_ms = elapsed.as_millis();
        self.cost = currency.map(|_| cost);
        self.currency = currency;
    }

    /// Whether a warning has not been given yet.
    pub(crate) fn is_new(&mut self, warning: &Problem) -> bool {
        let new = !self.warned.contains(warning);
        if new {
            self.warned.push(warning.clone());
        }
        new
    }

    /// What a second interrupt leaves to tell.
    pub(crate) fn so_far(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("images".to_owned(), to_value(&self.images));
        object.insert("failures".to_owned(), to_value(&self.failures));
        object
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.unknown > 0 {
            Exit::Unknown
        } else if self.failures.is_empty() && self.not_sent == 0 {
            Exit::Done
        } else if self.images.is_empty() && self.done_before == 0 {
            Exit::Failed
        } else {
            Exit::Partial
        }
    }

    pub(crate) fn to_json(&self) -> String {
        to_line(self)
    }

    /// One line for a person.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!(
            "{} done in {:.1} s, {}",
            several(self.done, "job"),
            self.elapsed_ms as f64 / 1e3,
            several(self.images.len(), "image"),
        );
        for (count, what) in [
            (self.done_before, "done before"),
            (self.failed, "failed"),
            (self.unknown, "of unknown outcome"),
            (self.not_sent, "not sent"),
        ] {
            if count > 0 {
                text += &format!("; {count} {what}");
            }
        }
        if let (Some(cost), Some(currency)) = (self.cost, self.currency) {
            text += &format!("; {cost} {currency} in all, at list prices");
        }
        text
    }
}
