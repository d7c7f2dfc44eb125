//! `imagegen batch`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use imagegen::{Client, Problem, Target};

use super::generate::warn;
use crate::args::{Batch as Args, Global, Save};
use crate::batch::{Batch, Books, Job, Journal, Report, State, read, refuse};
use crate::connect::{Connection, Rules, connect, variable_set};
use crate::destination::Destination;
use crate::failure::{Exit, Failure};
use crate::output::Output;

pub(crate) fn run(global: &Global, args: &Args, output: &Arc<Output>) -> Result<Exit, Failure> {
    let rules = args.check.rules()?;
    let model = args
        .model
        .clone()
        .or_else(|| variable_set("IMAGEGEN_MODEL"));
    let jobs = read(&args.jobs, model.as_deref())?;
    super::block_on(make(global, args, rules, jobs, output))
}

async fn make(
    global: &Global,
    args: &Args,
    rules: Rules,
    jobs: Vec<Job>,
    output: &Arc<Output>,
) -> Result<Exit, Failure> {
    let connection = connect(global, rules, output).await?;
    let client = &connection.client;
    let warned = check(&jobs, client, output)?;
    let mut report = Report::new(jobs.len(), connection.emulator.is_some(), warned);
    let mut books = books(&jobs, client, args)?;
    let journal = Journal::open(&args.out_dir, connection.emulator.is_some())?;
    let save = Save {
        output: None,
        out_dir: Some(args.out_dir.clone()),
        force: false,
    };
    let destination = Destination::prepare(&save, false, 1, 1)?;
    let waiting = sort(jobs, &journal, args, &mut report, &mut books, output);
    if connection.emulator.is_some() {
        output.note("the pictures come from the emulator inside this command, not from a model");
    }
    let mut batch = Batch {
        connection,
        destination,
        target: Target::folder(&args.out_dir),
        journal,
        books,
        concurrency: usize::from(args.concurrency),
        output: Arc::clone(output),
        waiting,
        report,
        lost_in_a_row: 0,
    };
    let result = batch.make(Instant::now()).await;
    let Connection { emulator, .. } = batch.connection;
    if let Some(emulator) = emulator {
        emulator.stop().await;
    }
    result
}

/// Checks every job before the first is sent; what it returns are the warnings, given once each.
fn check(jobs: &[Job], client: &Client, output: &Output) -> Result<Vec<Problem>, Failure> {
    let mut wrong = Vec::new();
    let mut doubts = Vec::new();
    for job in jobs {
        match client.check(&job.request) {
            Ok(found) => doubts.extend(found),
            Err(error) => wrong.push(format!("line {}: {error}", job.line)),
        }
    }
    refuse(&wrong)?;
    let mut warned = Vec::new();
    for doubt in doubts {
        if !warned.contains(&doubt) {
            warned.push(doubt);
        }
    }
    warn(&warned, client, output);
    Ok(warned)
}

/// The books of these jobs: one currency, and with a budget a price for each.
fn books(jobs: &[Job], client: &Client, args: &Args) -> Result<Books, Failure> {
    let estimates = jobs.iter().map(|job| client.estimate(&job.request));
    let mut currencies = Vec::new();
    for (job, estimate) in jobs.iter().zip(estimates) {
        match estimate {
            Some(estimate) if !currencies.contains(&estimate.currency) => {
                currencies.push(estimate.currency);
            }
            None if args.budget.is_some() => {
                return Err(Failure::misuse(format!(
                    "--budget: no price of {} is known (line {}); --model-table can bring one",
                    job.request.model(),
                    job.line,
                )));
            }
            _ => {}
        }
    }
    if let ([one, other, ..], Some(_)) = (currencies.as_slice(), args.budget) {
        return Err(Failure::misuse(format!(
            "--budget: some jobs are charged in {one} and some in {other}; make a batch of each"
        )));
    }
    let currency = currencies.first().copied();
    Ok(Books::new(
        currency.filter(|_| currencies.len() == 1),
        args.budget,
    ))
}

/// The jobs that are to be made; the others are accounted for.
fn sort(
    jobs: Vec<Job>,
    journal: &Journal,
    args: &Args,
    report: &mut Report,
    books: &mut Books,
    output: &Output,
) -> VecDeque<Job> {
    let mut waiting = VecDeque::new();
    for job in jobs {
        // Paid for or not: what may have been charged stays in the books.
        books.spend(journal.cost(&job.id));
        match journal.entry(&job.id).map(|entry| &entry.state) {
            Some(State::Done { .. }) => report.done_before += 1,
            Some(
                State::Sent { client_request_id }
                | State::Unknown {
                    client_request_id, ..
                },
            ) => {
                if args.retry_unknown {
                    waiting.push_back(job);
                    continue;
                }
                report.unknown += 1;
                let message = format!(
                    "its outcome is unknown since an earlier run (client request id {client_request_id}); --retry-unknown makes it again"
                );
                output.error(format_args!("line {}: {message}", job.line));
                report.failed(job.line, Some("outcome_unknown"), &message);
            }
            Some(State::Failed { .. }) | None => waiting.push_back(job),
        }
    }
    waiting
}
