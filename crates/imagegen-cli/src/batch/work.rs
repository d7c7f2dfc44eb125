//! Making the jobs: each noted before it goes out and after it has come back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use imagegen::price::Amount;
use imagegen::{Delivery, Error, ImageFailure, ImageResponse, Target, client_request_id};

use super::Job;
use super::budget::Budget;
use super::journal::{Journal, State};
use crate::connect::Connection;
use crate::destination::{Destination, kept};
use crate::failure::{Exit, Failure, sentence};
use crate::output::Output;
use crate::report::BatchReport;
use crate::run::{
    Arrived, Attempt, FailsAlike, LeftLink, Step, Stop, Work, fails_alike, keep_unread,
};
use crate::text::{io_words, one_line, several};

/// The jobs of a file, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) connection: Connection,
    pub(crate) destination: Destination,
    pub(crate) target: Target,
    pub(crate) journal: Journal,
    pub(crate) budget: Budget,
    pub(crate) output: Arc<Output>,
    pub(crate) waiting: VecDeque<Job>,
    pub(crate) report: BatchReport,
    out: HashMap<u32, Out>,
    /// The number of the next call.
    next: u32,
    /// How many jobs in a row have ended with an unknown outcome.
    lost_in_a_row: usize,
}

/// So many jobs in a row with an unknown outcome end a batch: something takes the money and
/// brings no pictures.
const TOO_MANY_LOST: usize = 3;

/// A job that is out.
#[derive(Debug)]
struct Out {
    job: Job,
    client_request_id: String,
    most: Option<Amount>,
    /// What earlier attempts have cost.
    earlier: Option<Amount>,
    images: Vec<String>,
    failures: Vec<String>,
    /// Links that were not saved yet, or could not be.
    links: Vec<LeftLink>,
    /// The server's, of its answer.
    request_id: Option<String>,
}

impl Batch {
    pub(crate) fn new(
        connection: Connection,
        destination: Destination,
        target: Target,
        journal: Journal,
        output: &Arc<Output>,
        report: BatchReport,
    ) -> Self {
        Self {
            connection,
            destination,
            target,
            journal,
            budget: Budget::default(),
            output: Arc::clone(output),
            waiting: VecDeque::new(),
            report,
            out: HashMap::new(),
            next: 0,
            lost_in_a_row: 0,
        }
    }

    /// The most a job can cost, if its model has a price.
    fn most(&self, job: &Job) -> Option<Amount> {
        Some(self.connection.client.estimate(&job.request)?.most)
    }

    fn beyond(&self, job: &Job, most: Option<Amount>) -> String {
        format!(
            "{} of the budget of {} is spent or held, and line {} may cost {}",
            self.budget.charged(),
            self.money(self.budget.limit.unwrap_or_default()),
            job.line,
            self.money(most.unwrap_or_default()),
        )
    }

    fn money(&self, amount: Amount) -> String {
        match self.budget.currency {
            Some(currency) => format!("{amount} {currency}"),
            None => amount.to_string(),
        }
    }

    /// Notes what became of a job; a journal that cannot be written stops what has not gone out.
    fn note(&mut self, job: &str, state: State, cost: Option<Amount>) -> Result<(), Stop> {
        let currency = self.budget.currency;
        Ok(self.journal.note(job, state, cost, currency)?)
    }

    /// The call of a job, which is noted before it goes out.
    fn call(&mut self, number: u32, job: Job, most: Option<Amount>) -> Result<Attempt, Stop> {
        let (client, target) = (self.connection.client.clone(), self.target.clone());
        let mut out = Out {
            client_request_id: client_request_id(),
            most,
            earlier: self.journal.cost(&job.id),
            images: Vec::new(),
            failures: Vec::new(),
            links: Vec::new(),
            request_id: None,
            job,
        };
        let attempt = if out.job.left.is_empty() {
            let id = out.client_request_id.clone();
            let state = State::Sent {
                client_request_id: id.clone(),
            };
            if let Err(stop) = self.note(&out.job.id, state, sum(out.earlier, most)) {
                self.waiting.push_front(out.job);
                return Err(stop);
            }
            self.budget.hold(most);
            let request = out.job.request.clone();
            Attempt::generate(number, &client, request, id, Delivery::Whole, target)
        } else {
            // Nothing is asked for, and nothing is paid.
            out.most = None;
            let links = std::mem::take(&mut out.job.left);
            if let Some(State::Links {
                images, request_id, ..
            }) = self.journal.entry(&out.job.id).map(|entry| &entry.state)
            {
                (out.images, out.request_id) = (images.clone(), request_id.clone());
            }
            Attempt::fetch(number, &client, out.job.request.prompt(), links, target)
        };
        self.out.insert(number, out);
        Ok(attempt)
    }

    fn image(&mut self, number: u32, arrived: Arrived) -> Option<Stop> {
        let Arrived {
            revised_prompt,
            link,
            saved,
            ..
        } = arrived;
        let saved = match saved {
            Ok(saved) => saved,
            Err(why) => {
                if let (Some(link), Some(out)) = (link, self.out.get_mut(&number))
                    && !out.links.contains(&link)
                {
                    out.links.push(link);
                }
                self.fail(number, Some("not_saved"), &why);
                return None;
            }
        };
        let path = self.destination.shown(&saved.path).to_owned();
        if let Some(reason) = &saved.displaced {
            let reason = io_words(reason);
            let why = format!("{reason}; the picture is kept at {}", path.display());
            self.fail(number, Some("misplaced"), &why);
        }
        let out = self.out.get_mut(&number)?;
        out.links.retain(|left| Some(left) != link.as_ref());
        out.images.push(path.to_string_lossy().into_owned());
        self.report
            .saved(out.job.line, &saved, &path, revised_prompt);
        self.output.saved(&path).err().map(Stop::from)
    }

    fn failed(&mut self, number: u32, failure: &ImageFailure) {
        let Some(out) = self.out.get(&number) else {
            return;
        };
        let mut why = format!("image {} failed", failure.index + 1);
        for part in [&failure.code, &failure.message].into_iter().flatten() {
            why += &format!(": {}", one_line(io_words(part), 300));
        }
        if let Some(raw) = &failure.raw {
            let id = &out.client_request_id;
            why += &kept(&self.destination.keep_answer(id, None, raw));
        }
        self.fail(number, failure.code.as_deref(), &why);
    }

    fn fail(&mut self, number: u32, code: Option<&str>, why: &str) {
        let Some(out) = self.out.get_mut(&number) else {
            return;
        };
        let line = out.job.line;
        if self.report.failed(line, code, why) {
            self.output.error(format_args!("line {line}: {why}"));
            out.failures.push(why.to_owned());
        }
    }

    fn answered(&mut self, mut out: Out, response: &ImageResponse) -> Option<Stop> {
        let line = out.job.line;
        for warning in &response.warnings {
            // What the check said was told before the first job went out.
            if self.report.is_new(warning) {
                self.output.warning(format_args!("line {line}: {warning}"));
            }
        }
        let table = self.connection.client.models();
        let cost = table.cost(&out.job.request, response).or(out.most);
        if out.images.is_empty() && out.links.is_empty() {
            let message = match out.failures.is_empty() {
                true => "the answer brought no picture".to_owned(),
                false => format!("no picture came out: {}", out.failures.join("; ")),
            };
            return self.lost(out, "no_images", &message, &message);
        }
        self.budget.settle(out.most, cost);
        out.request_id.clone_from(&response.meta.request_id);
        self.ended_well(out, cost)
    }

    /// A job whose answer is there: its pictures are saved, or only the way to some is known.
    fn ended_well(&mut self, out: Out, cost: Option<Amount>) -> Option<Stop> {
        let (request_id, cost_of_all) = (out.request_id, sum(out.earlier, cost));
        self.lost_in_a_row = 0;
        let mut text = format!(
            "line {}: {}",
            out.job.line,
            several(out.images.len(), "image")
        );
        if let Some(cost) = cost {
            text += &format!(", {}", self.money(cost));
        }
        let state = if out.links.is_empty() {
            self.report.counts.done += 1;
            State::Done {
                images: out.images,
                failures: out.failures,
                request_id,
            }
        } else {
            self.report.counts.links_left += 1;
            text += &format!(
                "; {} left for the next run",
                several(out.links.len(), "link")
            );
            State::Links {
                links: out.links,
                images: out.images,
                request_id,
            }
        };
        self.output.tell(text);
        self.note(&out.job.id, state, cost_of_all).err()
    }

    /// A call that did not come to its end.
    fn ended(&mut self, out: Out, error: Error) -> Option<Stop> {
        let (line, id) = (out.job.line, &out.client_request_id);
        let alike = (fails_alike(&error) == FailsAlike::All).then(|| {
            Stop::because(format!(
                "line {line} failed in a way that all jobs would share"
            ))
        });
        let mut message = sentence(&error);
        if let Some(answer) = keep_unread(&error, id, &self.destination, &self.output) {
            message += &kept(&answer);
        }
        let billed = error.may_be_billed();
        // The server's own words may quote the prompt: they are for the terminal.
        let noted = error.to_string();
        let failure = Failure::from(error);
        let code = failure.details.get("code").and_then(|code| code.as_str());
        let code = code.unwrap_or(failure.kind);
        if billed {
            return self.lost(out, code, &message, &noted).or(alike);
        }
        self.budget.settle(out.most, None);
        self.report.counts.failed += 1;
        self.lost_in_a_row = 0;
        if self.report.failed(line, Some(code), &message) {
            self.output.error(format_args!("line {line}: {message}"));
        }
        let state = State::Failed { message: noted };
        let noted = self.note(&out.job.id, state, out.earlier).err();
        noted.or(alike)
    }

    /// A job that may have been carried out and billed, and has nothing to show for it.
    fn lost(&mut self, out: Out, code: &str, message: &str, noted: &str) -> Option<Stop> {
        let (line, id) = (out.job.line, &out.client_request_id);
        let mut message = message.to_owned();
        if !message.contains(id.as_str()) {
            message += &format!(" (client request id {id})");
        }
        if self.report.failed(line, Some(code), &message) {
            self.output.error(format_args!("line {line}: {message}"));
        }
        self.report.counts.unknown += 1;
        self.lost_in_a_row += 1;
        let state = State::Unknown {
            message: noted.to_owned(),
            client_request_id: out.client_request_id,
            images: out.images,
        };
        let noted = self.note(&out.job.id, state, sum(out.earlier, out.most));
        let stop = (self.lost_in_a_row == TOO_MANY_LOST).then(|| {
            Stop::because(format!(
                "{TOO_MANY_LOST} in a row ended with an unknown outcome"
            ))
        });
        noted.err().or(stop)
    }

    /// Why the command ends while requests are out. The journal has them as sent.
    pub(crate) async fn left(&mut self, ids: Vec<String>) -> Failure {
        let cost = self.budget.charged();
        let currency = self.budget.currency;
        self.report.close(Duration::ZERO, cost, currency).await;
        let mut message = match ids.as_slice() {
            [] => "interrupted while links were fetched; the next run tries them again".to_owned(),
            ids => format!(
                "interrupted with {} out: what becomes of them is unknown, and may be billed (client request ids {})",
                several(ids.len(), "request"),
                ids.join(", "),
            ),
        };
        for link in self.out.values().flat_map(|out| &out.links) {
            message += &format!("; a picture was not saved yet: {}", link.url);
        }
        let mut failure = Failure::new(Exit::Unknown, "interrupted", message);
        failure = failure.detail("client_request_ids", ids);
        failure.beside = self.report.so_far();
        failure
    }

    /// Tells what came of the batch.
    pub(crate) async fn finish(
        &mut self,
        stop: Option<Stop>,
        elapsed: Duration,
    ) -> Result<Exit, Failure> {
        let left = self.waiting.len();
        self.report.counts.not_sent = left;
        let mut stopped = None;
        if let Some(stop) = stop {
            match stop.exit {
                Some(Exit::Interrupted | Exit::Terminated | Exit::HungUp) => {}
                _ if left > 0 => {
                    let jobs = several(left, "job");
                    self.output
                        .error(format_args!("{jobs} not sent: {}", stop.why));
                }
                Some(_) => self.output.error(&stop.why),
                None => {}
            }
            stopped = stop.exit;
        }
        let cost = self.budget.charged();
        self.report.close(elapsed, cost, self.budget.currency).await;
        let mut exit = self.report.exit();
        if let (Some(stopped), true) = (stopped, exit != Exit::Unknown) {
            exit = stopped;
        }
        if self.output.json() {
            self.output.object(&self.report.to_json())?;
        }
        self.output.tell(self.report.summary());
        Ok(exit)
    }
}

impl Work for Batch {
    fn next(&mut self) -> Result<Option<Attempt>, Stop> {
        let Some(job) = self.waiting.pop_front() else {
            return Ok(None);
        };
        let most = self.most(&job);
        if job.left.is_empty() && !self.budget.allow(most) {
            let why = self.beyond(&job, most);
            self.waiting.push_front(job);
            // What is out may turn out cheaper than what is held for it.
            return match self.out.is_empty() {
                true => Err(Stop::because(why)),
                false => Ok(None),
            };
        }
        let number = self.next;
        self.next += 1;
        self.call(number, job, most).map(Some)
    }

    fn take(&mut self, number: u32, step: Step) -> Option<Stop> {
        match step {
            Step::Preview(_) => None,
            Step::Link(link) => {
                self.out.get_mut(&number)?.links.push(link);
                None
            }
            Step::Image(arrived) => self.image(number, *arrived),
            Step::Failed { failure, .. } => {
                self.failed(number, &failure);
                None
            }
            Step::Answered(response) => {
                let out = self.out.remove(&number)?;
                self.answered(out, &response)
            }
            Step::Broken(error) => {
                let out = self.out.remove(&number)?;
                self.ended(out, error)
            }
            Step::Fetched => {
                let out = self.out.remove(&number)?;
                self.ended_well(out, None)
            }
        }
    }
}

fn sum(one: Option<Amount>, other: Option<Amount>) -> Option<Amount> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}
