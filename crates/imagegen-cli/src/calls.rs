//! The calls of one command: made a few at a time, none discarding another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use imagegen::error::ErrorClass;
use imagegen::{CallOptions, Error, ImageResponse, Problem};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use crate::arrivals::Arrivals;
use crate::call::{Call, Step, Steps, fresh_id};
use crate::connect::Connection;
use crate::destination::Destination;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::progress::Progress;
use crate::report::Report;
use crate::request::Plan;

/// How many calls are out at a time.
const CONCURRENT: usize = 3;

/// The calls of one command.
#[derive(Debug)]
pub(crate) struct Calls {
    connection: Connection,
    plan: Arc<Plan>,
    /// When `--timeout` ends the last of them.
    deadline: Option<Instant>,
    output: Arc<Output>,
    arrivals: Arrivals,
    /// The ids of the calls that are out, by their numbers.
    out: BTreeMap<u32, String>,
    /// Whether one failed in a way that the others cannot but share.
    hopeless: bool,
    sender: Steps,
    steps: UnboundedReceiver<(u32, Step)>,
}

impl Calls {
    pub(crate) fn new(
        connection: Connection,
        destination: Destination,
        plan: Plan,
        doubts: Vec<Problem>,
        deadline: Option<Instant>,
        output: &Arc<Output>,
    ) -> Self {
        let plan = Arc::new(plan);
        let report = Report::new(plan.request.model(), connection.emulator.is_some());
        let (sender, steps) = mpsc::unbounded_channel();
        Self {
            arrivals: Arrivals::new(report, output, destination, &connection.key, &plan, doubts),
            connection,
            plan,
            deadline,
            output: Arc::clone(output),
            out: BTreeMap::new(),
            hopeless: false,
            sender,
            steps,
        }
    }

    /// Makes all calls and takes in what they bring.
    ///
    /// # Errors
    ///
    /// If stdout cannot be written. What goes wrong with a call goes into the report.
    pub(crate) async fn make(&mut self) -> Result<(), Failure> {
        let total = self.plan.calls;
        let progress = Progress::start(&self.output, self.plan.request.model(), total);
        let mut running = JoinSet::new();
        let mut next = 0;
        let mut late = false;
        loop {
            while next < total && self.out.len() < CONCURRENT && !self.hopeless && !late {
                match self.call(next) {
                    Some(call) => {
                        running.spawn(call.make());
                        next += 1;
                    }
                    None => late = true,
                }
            }
            if self.out.is_empty() {
                break;
            }
            tokio::select! {
                Some((call, step)) = self.steps.recv() => {
                    if matches!(step, Step::Ended(_)) {
                        progress.one_done();
                    }
                    self.take(call, step)?;
                }
                Some(Err(panic)) = running.join_next() => {
                    std::panic::resume_unwind(panic.into_panic());
                }
            }
        }
        for call in next..total {
            let why = if late {
                "not sent: the time was up"
            } else {
                "not sent: a call before it failed for good"
            };
            let index = self.arrivals.place(call, 0);
            self.arrivals
                .report
                .failed(index, Some("not_sent"), Some(why));
        }
        Ok(())
    }

    /// The call of this number; `None` if there is no time left for it.
    fn call(&mut self, number: u32) -> Option<Call> {
        let id = fresh_id();
        let mut options = CallOptions::new().client_request_id(&id);
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            // The first call goes out in any case, and tells what is wrong.
            if left.is_zero() && number > 0 {
                return None;
            }
            options = options.timeout(left);
        }
        self.out.insert(number, id);
        Some(Call {
            number,
            client: self.connection.client.with(options),
            request: self.plan.request.clone(),
            target: self.arrivals.target(number),
            stream: self.plan.stream,
            deadline: self.deadline,
            steps: self.sender.clone(),
        })
    }

    /// Takes in what happened in a call.
    fn take(&mut self, call: u32, step: Step) -> Result<(), Failure> {
        match step {
            Step::Preview(preview) => self.arrivals.preview(call, &preview),
            Step::Link(link) => self.arrivals.link(link),
            Step::Image(arrived) => self.arrivals.image(call, *arrived)?,
            Step::Failed {
                failure,
                request_id,
            } => {
                let own = self.out.get(&call).map_or("unknown", String::as_str);
                let id = request_id.as_deref().unwrap_or(own);
                self.arrivals.failed(call, &failure, id);
            }
            Step::Ended(result) => {
                let id = self.out.remove(&call).unwrap_or_default();
                match result {
                    Ok(response) => {
                        self.charge(&response);
                        self.arrivals.answered(&response);
                    }
                    Err(error) => {
                        self.hopeless |= fails_again(&error);
                        self.arrivals.call_failed(call, &id, error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes what an answer cost, if a vendor gave it.
    fn charge(&mut self, response: &ImageResponse) {
        let (request, table) = (&self.plan.request, self.connection.client.models());
        let price = table
            .get(request.model())
            .and_then(|row| row.price.as_ref());
        if let (Some(price), Some(cost)) = (price, table.cost(request, response))
            && self.connection.emulator.is_none()
        {
            self.arrivals.report.charged(cost, price.currency);
        }
    }

    /// Why the command ends before its calls did.
    pub(crate) fn interrupted(&mut self, exit: Exit) -> Failure {
        while let Ok((call, step)) = self.steps.try_recv() {
            // What came at the last moment counts; a stdout that is gone does not matter now.
            let _ = self.take(call, step);
        }
        let ids: Vec<&str> = self.out.values().map(String::as_str).collect();
        let mut failure = match ids.as_slice() {
            [] => Failure::new(exit, "interrupted", "interrupted"),
            [id] => unknown(&format!(
                "interrupted while the request was out: it may be carried out and billed all the same (client request id {id})"
            )),
            ids => unknown(&format!(
                "interrupted while {} requests were out: they may be carried out and billed all the same (client request ids {})",
                ids.len(),
                ids.join(", ")
            )),
        };
        if !ids.is_empty() {
            failure = failure.detail("client_request_ids", ids);
        }
        for link in self.arrivals.links() {
            failure.message += &format!("; a picture was not saved yet: {link}");
        }
        failure.beside = self.arrivals.report.so_far();
        failure
    }

    /// Prints the result.
    ///
    /// # Errors
    ///
    /// If no call brought a picture: the gravest reason.
    pub(crate) fn finish(&mut self, elapsed: Duration) -> Result<Exit, Failure> {
        let report = &mut self.arrivals.report;
        if let Some(failure) = report.nothing(self.plan.calls) {
            return Err(failure);
        }
        if self.plan.calls == 1 {
            for message in report.failed_calls() {
                self.output.error(message);
            }
        }
        if self.output.json() {
            let object = report.to_json(elapsed);
            self.output.data(object.as_bytes())?;
        }
        self.output.tell(report.summary(elapsed));
        Ok(report.exit())
    }

    /// Ends what was started for the calls.
    pub(crate) async fn stop(self) {
        if let Some(emulator) = self.connection.emulator {
            emulator.stop().await;
        }
    }
}

fn unknown(text: &str) -> Failure {
    Failure::new(Exit::Unknown, "interrupted", text)
}

/// Whether the same call can only fail again, so that no more of them are made.
fn fails_again(error: &Error) -> bool {
    match error {
        Error::Api(refused) => !matches!(
            refused.class(),
            ErrorClass::OutputModeration
                | ErrorClass::RateLimit
                | ErrorClass::Server
                | ErrorClass::NoImages
        ),
        Error::Config(_) | Error::InvalidRequest(_) | Error::Transport(_) | Error::File(_) => true,
        _ => false,
    }
}
