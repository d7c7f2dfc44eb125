//! The calls of one request: one, or several where the model makes one picture a call.

mod arrivals;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use imagegen::{ImageResponse, Problem, client_request_id};
use tokio::time::Instant;

use crate::connect::Connection;
use crate::destination::Destination;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::report::GenerateReport;
use crate::request::Plan;
use crate::run::{Attempt, FailsAlike, Step, Stop, Work, fails_alike};
use arrivals::Arrivals;

/// How many calls are out at a time.
pub(crate) const CONCURRENT: usize = 3;

/// The calls of one request, and what comes of them.
#[derive(Debug)]
pub(crate) struct FanOut {
    connection: Connection,
    plan: Arc<Plan>,
    /// When `--timeout` ends the last of them.
    deadline: Option<Instant>,
    output: Arc<Output>,
    arrivals: Arrivals,
    /// The number of the next call.
    next: u32,
    /// The ids of the calls that are out, by their numbers.
    out: BTreeMap<u32, String>,
}

impl FanOut {
    pub(crate) fn new(
        connection: Connection,
        destination: Destination,
        plan: Plan,
        doubts: Vec<Problem>,
        deadline: Option<Instant>,
        output: &Arc<Output>,
    ) -> Self {
        let plan = Arc::new(plan);
        let (model, emulated) = (plan.request.model(), connection.emulator.is_some());
        let report = GenerateReport::new(model, emulated, output.json());
        Self {
            arrivals: Arrivals::new(report, output, destination, &plan, doubts),
            connection,
            plan,
            deadline,
            output: Arc::clone(output),
            next: 0,
            out: BTreeMap::new(),
        }
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

    /// Why the command ends before these calls did.
    pub(crate) async fn left(&mut self, ids: Vec<String>) -> Failure {
        self.arrivals.report.close().await;
        let message = match ids.as_slice() {
            [] => "interrupted".to_owned(),
            [id] => format!(
                "interrupted while the request was out: it may be carried out and billed all the same (client request id {id})"
            ),
            ids => format!(
                "interrupted while {} requests were out: they may be carried out and billed all the same (client request ids {})",
                ids.len(),
                ids.join(", ")
            ),
        };
        let mut failure = Failure::new(Exit::Unknown, "interrupted", message);
        if !ids.is_empty() {
            failure = failure.detail("client_request_ids", ids);
        }
        for link in self.arrivals.links() {
            failure.message += &format!("; a picture was not saved yet: {}", link.url);
        }
        failure.beside = self.arrivals.report.so_far();
        failure
    }

    /// Prints the result.
    ///
    /// # Errors
    ///
    /// If no call brought a picture: the gravest reason.
    pub(crate) async fn finish(
        &mut self,
        stop: Option<Stop>,
        elapsed: Duration,
    ) -> Result<Exit, Failure> {
        self.not_sent(stop.as_ref());
        let report = &mut self.arrivals.report;
        report.close().await;
        let unknown = report.is_unknown();
        let stopped = stop.and_then(|stop| stop.exit).filter(|_| !unknown);
        if let Some(mut failure) = report.nothing(self.plan.calls) {
            failure.exit = stopped.unwrap_or(failure.exit);
            return Err(failure);
        }
        if self.plan.calls == 1 {
            for message in report.failed_calls() {
                self.output.error(message);
            }
        }
        let exit = stopped.unwrap_or_else(|| report.exit());
        if self.output.json() {
            self.output.object(&report.to_json(elapsed))?;
        }
        self.output.tell(report.summary(elapsed));
        Ok(exit)
    }

    /// Notes the calls that never went out.
    fn not_sent(&mut self, stop: Option<&Stop>) {
        let why = match stop {
            Some(stop) => &stop.why,
            None => "the time was up",
        };
        let why = format!("not sent: {why}");
        for call in self.next..self.plan.calls {
            let index = self.arrivals.place(call, 0);
            self.arrivals
                .report
                .failed(index, Some("not_sent"), Some(&why));
        }
    }

    /// Ends what was started for the calls.
    pub(crate) async fn stop(self) {
        if let Some(emulator) = self.connection.emulator {
            emulator.stop().await;
        }
    }
}

impl Work for FanOut {
    fn next(&mut self) -> Result<Option<Attempt>, Stop> {
        let number = self.next;
        // The first call goes out in any case, and tells what is wrong.
        let late = number > 0
            && self
                .deadline
                .is_some_and(|deadline| deadline <= Instant::now());
        if number >= self.plan.calls || late {
            return Ok(None);
        }
        self.next += 1;
        let id = client_request_id();
        self.out.insert(number, id.clone());
        let mut attempt = Attempt::generate(
            number,
            &self.connection.client,
            self.plan.request.clone(),
            id,
            self.plan.delivery,
            self.arrivals.target(number),
        );
        attempt.deadline = self.deadline;
        Ok(Some(attempt))
    }

    fn take(&mut self, number: u32, step: Step) -> Option<Stop> {
        match step {
            Step::Preview(preview) => self.arrivals.preview(number, &preview),
            Step::Link(link) => self.arrivals.link(link),
            Step::Image(arrived) => return self.arrivals.image(number, *arrived),
            Step::Failed {
                failure,
                request_id,
            } => {
                let own = self.out.get(&number).map_or("unknown", String::as_str);
                let id = request_id.as_deref().unwrap_or(own);
                self.arrivals.failed(number, &failure, id);
            }
            Step::Answered(response) => {
                self.out.remove(&number);
                self.charge(&response);
                self.arrivals.answered(&response);
            }
            Step::Broken(error) => {
                let id = self.out.remove(&number).unwrap_or_default();
                let alike = fails_alike(&error) >= FailsAlike::SameRequest;
                self.arrivals.call_failed(number, &id, error);
                return alike.then(|| Stop::because("a call before it failed for good"));
            }
            Step::Fetched => {}
        }
        None
    }
}
