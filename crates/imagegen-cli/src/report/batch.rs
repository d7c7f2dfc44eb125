//! What a batch brought.

use std::path::Path;
use std::time::Duration;

use imagegen::price::{Amount, Currency};
use imagegen::{Problem, SavedImage};
use serde::Serialize;
use serde_json::{Map, Value};

use super::bounded::is_zero;
use super::{Bounded, ImageEntry, Images};
use crate::failure::Exit;
use crate::output::{to_line, to_value};
use crate::text::several;

/// What `--json` prints; a contract with scripts, in this order.
#[derive(Debug, Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    counts: &'a Counts,
    images: Vec<JobImage<'a>>,
    failures: &'a Bounded<JobFailure>,
    cost: Option<Amount>,
    currency: Option<Currency>,
    elapsed_ms: u128,
    #[serde(skip_serializing_if = "is_zero")]
    failures_left_out: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    emulated: Option<bool>,
}

/// What became of the jobs.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counts {
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
    /// Answered with pictures at links that brought none; the next run tries the links again.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) links_left: usize,
}

/// What a batch brought, collected as it comes.
#[derive(Debug)]
pub(crate) struct BatchReport {
    pub(crate) counts: Counts,
    /// Each with the line of its job.
    images: Images<usize>,
    failures: Bounded<JobFailure>,
    /// What all runs cost, what is unknown counted with the most it can.
    cost: Option<Amount>,
    currency: Option<Currency>,
    elapsed: Duration,
    emulated: Option<bool>,
    /// Warnings that have been given.
    warned: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct JobImage<'a> {
    line: usize,
    #[serde(flatten)]
    image: &'a ImageEntry,
}

#[derive(Debug, Serialize)]
struct JobFailure {
    line: usize,
    code: Option<String>,
    message: String,
}

impl BatchReport {
    /// The report of so many jobs, of which these warnings have been given; `hashes` says whether
    /// anybody asks for those of the pictures.
    pub(crate) fn new(jobs: usize, emulated: bool, hashes: bool, warned: Vec<Problem>) -> Self {
        Self {
            counts: Counts {
                jobs,
                ..Counts::default()
            },
            images: Images::new(hashes),
            failures: Bounded::default(),
            cost: None,
            currency: None,
            elapsed: Duration::ZERO,
            emulated: emulated.then_some(true),
            warned,
        }
    }

    pub(crate) fn saved(
        &mut self,
        line: usize,
        saved: &SavedImage,
        path: &Path,
        revised_prompt: Option<String>,
    ) {
        self.images.push(line, saved, path, revised_prompt);
    }

    /// Notes that a picture or a whole job failed; returns whether that is worth a line.
    pub(crate) fn failed(&mut self, line: usize, code: Option<&str>, message: &str) -> bool {
        self.failures.push(JobFailure {
            line,
            code: code.map(str::to_owned),
            message: message.to_owned(),
        })
    }

    /// Closes the report; `cost` is that of all runs.
    pub(crate) async fn close(
        &mut self,
        elapsed: Duration,
        cost: Amount,
        currency: Option<Currency>,
    ) {
        self.elapsed = elapsed;
        self.cost = currency.map(|_| cost);
        self.currency = currency;
        self.images.close().await;
    }

    fn entries(&self) -> Vec<JobImage<'_>> {
        let entries = self.images.entries().iter();
        entries
            .map(|(line, image)| JobImage { line: *line, image })
            .collect()
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
        object.insert("images".to_owned(), to_value(&self.entries()));
        object.insert("failures".to_owned(), to_value(&self.failures));
        object
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.counts.unknown > 0 {
            Exit::Unknown
        } else if self.failures.is_empty() && self.counts.not_sent == 0 {
            Exit::Done
        } else if self.images.is_empty() && self.counts.done_before == 0 {
            Exit::Failed
        } else {
            Exit::Partial
        }
    }

    pub(crate) fn to_json(&self) -> String {
        to_line(&Object {
            counts: &self.counts,
            images: self.entries(),
            failures: &self.failures,
            cost: self.cost,
            currency: self.currency,
            elapsed_ms: self.elapsed.as_millis(),
            failures_left_out: self.failures.left_out(),
            emulated: self.emulated,
        })
    }

    /// One line for a person.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!(
            "{} done in {:.1} s, {}",
            several(self.counts.done, "job"),
            self.elapsed.as_secs_f64(),
            several(self.images.len(), "image"),
        );
        for (count, what) in [
            (self.counts.done_before, "done before"),
            (self.counts.failed, "failed"),
            (self.counts.unknown, "of unknown outcome"),
            (self.counts.links_left, "with links that brought nothing"),
            (self.counts.not_sent, "not sent"),
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
