//! Making the jobs: a few at a time, each noted before it goes out and after it has come back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use imagegen::error::ErrorClass;
use imagegen::price::Amount;
use imagegen::{CallOptions, Error, ImageFailure, ImageResponse, Target};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use super::Job;
use super::books::Books;
use super::journal::{Journal, State};
use super::report::Report;
use crate::call::{Arrived, Call, Step, Steps, fresh_id};
use crate::connect::Connection;
use crate::destination::Destination;
use crate::failure::{Exit, Failure, one_line, sentence};
use crate::interrupt::interrupted;
use crate::output::Output;
use crate::progress::Progress;

/// The jobs of a file, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) connection: Connection,
    pub(crate) destination: Destination,
    pub(crate) target: Target,
    pub(crate) journal: Journal,
    pub(crate) books: Books,
    pub(crate) concurrency: usize,
    pub(crate) output: Arc<Output>,
    pub(crate) waiting: VecDeque<Job>,
    pub(crate) report: Report,
    /// How many jobs in a row have ended with an unknown outcome.
    pub(crate) lost_in_a_row: usize,
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
    /// Links that were not saved yet.
    links: Vec<String>,
}

/// Why no more jobs are sent.
#[derive(Clone, Debug)]
enum Stop {
    Interrupted(Exit),
    Because(String),
}

impl Batch {
    /// Makes the jobs.
    ///
    /// # Errors
    ///
    /// If stdout or the journal cannot be written, or on a second interrupt. What goes wrong with
    /// a job goes into the report.
    pub(crate) async fn make(&mut self, started: Instant) -> Result<Exit, Failure> {
        let total = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        let progress = Progress::start(&self.output, "the batch", total);
        let (sender, mut steps): (Steps, UnboundedReceiver<_>) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        let mut out = HashMap::new();
        let mut stop = None;
        let mut number = 0;
        loop {
            while stop.is_none() && out.len() < self.concurrency {
                let Some(job) = self.waiting.pop_front() else {
                    break;
                };
                let most = self.most(&job);
                if !self.books.allow(most) {
                    if out.is_empty() {
                        stop = Some(Stop::Because(self.beyond(&job, most)));
                    }
                    self.waiting.push_front(job);
                    break;
                }
                let (call, sent) = self.send(number, job, most, &sender)?;
                out.insert(number, sent);
                running.spawn(call.make());
                number += 1;
            }
            if out.is_empty() {
                break;
            }
            tokio::select! {
                Some((call, step)) = steps.recv() => {
                    if let Some(result) = self.take(&mut out, call, step)? {
                        progress.one_done();
                        stop = stop.or(result);
                    }
                }
                Some(Err(panic)) = running.join_next() => {
                    std::panic::resume_unwind(panic.into_panic());
                }
                exit = interrupted() => match stop {
                    Some(Stop::Interrupted(_)) => return Err(self.abandon(&out)),
                    _ => {
                        self.output.note(format_args!(
                            "no more jobs are sent; waiting for {} (interrupt again to leave them)",
                            several(out.len(), "request"),
                        ));
                        stop = Some(Stop::Interrupted(exit));
                    }
                },
            }
        }
        drop(progress);
        self.finish(stop, started.elapsed())
    }

    /// The most a job can cost, if its model has a price.
    fn most(&self, job: &Job) -> Option<Amount> {
        let table = self.connection.client.models();
        Some(table.estimate(&job.request, false)?.most)
    }

    fn beyond(&self, job: &Job, most: Option<Amount>) -> String {
        format!(
            "{} of the budget of {} is spent or held, and line {} may cost {}",
            self.books.charged(),
            self.money(self.books.budget.unwrap_or_default()),
            job.line,
            self.money(most.unwrap_or_default()),
        )
    }

    fn money(&self, amount: Amount) -> String {
        match self.books.currency {
            Some(currency) => format!("{amount} {currency}"),
            None => amount.to_string(),
        }
    }

    /// Notes that a job goes out, and gets its call ready.
    fn send(
        &mut self,
        number: u32,
        job: Job,
        most: Option<Amount>,
        steps: &Steps,
    ) -> Result<(Call, Out), Failure> {
        let client_request_id = fresh_id();
        let earlier = self.journal.cost(&job.id);
        let state = State::Sent {
            client_request_id: client_request_id.clone(),
        };
        self.journal.note(&job.id, state, sum(earlier, most))?;
        self.books.hold(most);
        let options = CallOptions::new().client_request_id(&client_request_id);
        let call = Call {
            number,
            client: self.connection.client.with(options),
            request: job.request.clone(),
            target: self.target.clone(),
            stream: false,
            deadline: None,
            steps: steps.clone(),
        };
        let out = Out {
            job,
            client_request_id,
            most,
            earlier,
            images: Vec::new(),
            failures: Vec::new(),
            links: Vec::new(),
        };
        Ok((call, out))
    }

    /// Takes in what happened in a call; once it has ended, whether that ends the batch.
    fn take(
        &mut self,
        out: &mut HashMap<u32, Out>,
        call: u32,
        step: Step,
    ) -> Result<Option<Option<Stop>>, Failure> {
        let Some(entry) = out.get_mut(&call) else {
            return Ok(None);
        };
        match step {
            Step::Preview(_) => {}
            Step::Link(link) => entry.links.push(link),
            Step::Image(arrived) => self.image(entry, *arrived)?,
            Step::Failed { failure, .. } => self.failed(entry, &failure),
            Step::Ended(result) => {
                let Some(entry) = out.remove(&call) else {
                    return Ok(None);
                };
                return Ok(Some(match result {
                    Ok(response) => {
                        self.answered(entry, &response)?;
                        None
                    }
                    Err(error) => self.ended(entry, error)?,
                }));
            }
        }
        Ok(None)
    }

    fn image(&mut self, out: &mut Out, arrived: Arrived) -> Result<(), Failure> {
        out.links.retain(|link| Some(link) != arrived.link.as_ref());
        let saved = match arrived.saved {
            Ok(saved) => saved,
            Err(why) => {
                self.fail(out, Some("not_saved"), &why);
                return Ok(());
            }
        };
        let path = self.destination.shown(&saved.path);
        if let Some(reason) = &saved.displaced {
            let why = format!("{reason}; the picture is kept at {}", path.display());
            self.fail(out, Some("misplaced"), &why);
        }
        out.images.push(path.to_string_lossy().into_owned());
        self.report
            .saved(out.job.line, &saved, path, arrived.revised_prompt);
        if self.output.json() {
            return Ok(());
        }
        self.output.data(path.as_os_str().as_encoded_bytes())
    }

    fn failed(&mut self, out: &mut Out, failure: &ImageFailure) {
        let mut why = format!("image {} failed", failure.index + 1);
        for part in [&failure.code, &failure.message].into_iter().flatten() {
            why += &format!(": {}", one_line(&self.without_key(part), 300));
        }
        if let Some(raw) = &failure.raw {
            let kept = self
                .destination
                .keep_answer(&out.client_request_id, None, raw);
            why += &told(kept.map(|path| path.display().to_string()));
        }
        self.fail(out, failure.code.as_deref(), &why);
    }

    fn fail(&mut self, out: &mut Out, code: Option<&str>, why: &str) {
        self.output
            .error(format_args!("line {}: {why}", out.job.line));
        self.report.failed(out.job.line, code, why);
        out.failures.push(why.to_owned());
    }

    fn answered(&mut self, out: Out, response: &ImageResponse) -> Result<(), Failure> {
        let line = out.job.line;
        for warning in &response.warnings {
            // What the check said was told before the first job went out.
            if self.report.is_new(warning) {
                self.output.warning(format_args!("line {line}: {warning}"));
            }
        }
        let table = self.connection.client.models();
        let cost = table.cost(&out.job.request, response).or(out.most);
        self.books.settle(out.most, cost);
        self.report.done += 1;
        self.lost_in_a_row = 0;
        let mut text = format!("line {line}: {}", several(out.images.len(), "image"));
        if let Some(cost) = cost {
            text += &format!(", {}", self.money(cost));
        }
        self.output.tell(text);
        let state = State::Done {
            images: out.images,
            failures: out.failures,
            request_id: response.meta.request_id.clone(),
        };
        self.journal
            .note(&out.job.id, state, sum(out.earlier, cost))
    }

    /// A call that did not come to its end.
    fn ended(&mut self, out: Out, error: Error) -> Result<Option<Stop>, Failure> {
        let (line, id) = (out.job.line, &out.client_request_id);
        let refused = !error.may_be_billed();
        let mut stop = fails_for_all(&error).then(|| {
            Stop::Because(format!(
                "line {line} failed in a way that all jobs would share"
            ))
        });
        let mut message = sentence(&error);
        if let Error::Decode(answer) = &error
            && !answer.body().is_empty()
        {
            let id = answer.request_id().unwrap_or(id);
            let kept = self
                .destination
                .keep_answer(id, answer.content_type(), answer.body());
            message += &told(kept.map(|path| path.display().to_string()));
        }
        if !refused && !message.contains(id.as_str()) {
            message += &format!(" (client request id {id})");
        }
        let message = self.without_key(&message);
        self.output.error(format_args!("line {line}: {message}"));
        // The server's own words may quote the prompt: they are for the terminal.
        let noted = error.to_string();
        let failure = Failure::from(error);
        let code = failure.details.get("code").and_then(|code| code.as_str());
        self.report
            .failed(line, Some(code.unwrap_or(failure.kind)), &message);
        let (state, cost) = if refused {
            self.books.settle(out.most, None);
            self.report.failed += 1;
            self.lost_in_a_row = 0;
            (State::Failed { message: noted }, out.earlier)
        } else {
            self.report.unknown += 1;
            self.lost_in_a_row += 1;
            let state = State::Unknown {
                message: noted,
                client_request_id: out.client_request_id,
                images: out.images,
            };
            (state, sum(out.earlier, out.most))
        };
        self.journal.note(&out.job.id, state, cost)?;
        if self.lost_in_a_row == TOO_MANY_LOST {
            stop = Some(Stop::Because(format!(
                "{TOO_MANY_LOST} in a row ended with an unknown outcome"
            )));
        }
        Ok(stop)
    }

    /// Why the command ends while requests are out. The journal has them as sent.
    fn abandon(&self, out: &HashMap<u32, Out>) -> Failure {
        let ids: Vec<&str> = out
            .values()
            .map(|out| out.client_request_id.as_str())
            .collect();
        let mut message = format!(
            "interrupted with {} out: what becomes of them is unknown, and may be billed (client request ids {})",
            several(ids.len(), "request"),
            ids.join(", "),
        );
        for link in out.values().flat_map(|out| &out.links) {
            message += &format!("; a picture was not saved yet: {link}");
        }
        let mut failure = Failure::new(Exit::Unknown, "interrupted", message);
        failure = failure.detail("client_request_ids", ids);
        failure.beside = self.report.so_far();
        failure
    }

    /// Tells what came of the batch.
    fn finish(&mut self, stop: Option<Stop>, elapsed: Duration) -> Result<Exit, Failure> {
        self.report.not_sent = self.waiting.len();
        if self.report.not_sent > 0
            && let Some(Stop::Because(why)) = &stop
        {
            let jobs = several(self.report.not_sent, "job");
            self.output.error(format_args!("{jobs} not sent: {why}"));
        }
        let cost = self.books.charged();
        self.report.close(elapsed, cost, self.books.currency);
        if self.output.json() {
            self.output.data(self.report.to_json().as_bytes())?;
        }
        self.output.tell(self.report.summary());
        Ok(match stop {
            Some(Stop::Interrupted(exit)) if self.report.unknown == 0 => exit,
            _ => self.report.exit(),
        })
    }

    /// A server's words without the key, should it repeat it.
    fn without_key(&self, text: &str) -> String {
        text.replace(&self.connection.key, "***")
    }
}

/// Where an answer that was paid for is kept, as the end of a sentence.
fn told(kept: Result<String, String>) -> String {
    match kept {
        Ok(path) => format!("; the answer is kept in {path}"),
        Err(error) => format!("; the answer could not be kept: {error}"),
    }
}

fn sum(one: Option<Amount>, other: Option<Amount>) -> Option<Amount> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

/// `1 job`, `2 jobs`.
pub(super) fn several(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// Whether every other job would fail alike, so that no more of them are sent.
fn fails_for_all(error: &Error) -> bool {
    match error {
        Error::Api(refused) => matches!(
            refused.class(),
            ErrorClass::Authentication | ErrorClass::Permission | ErrorClass::Quota
        ),
        Error::Config(_) | Error::Transport(_) => true,
        Error::File(file) => file.action() != "read",
        _ => false,
    }
}
