//! `imagegen batch`.

use std::sync::Arc;
use std::time::Instant;

use imagegen::price::{Amount, Currency};
use imagegen::{Client, Problem, Target};

use super::generate::warn;
use crate::args::{Batch as Args, Global, Save};
use crate::batch::{Batch, Budget, Job, Journal, State, identify, read, refuse};
use crate::connect::{DEFAULT_TIMEOUT, Rules, connect, variable_set};
use crate::destination::Destination;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::progress::Progress;
use crate::report::BatchReport;
use crate::run::{Ending, Scheduler, within_limit};
use crate::text::several;

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
    mut jobs: Vec<Job>,
    output: &Arc<Output>,
) -> Result<Exit, Failure> {
    let connection = connect(global, rules, output).await?;
    let client = &connection.client;
    let emulated = connection.emulator.is_some();
    let warned = check(&jobs, client, output)?;
    // The emulator inside the command has another port every time.
    identify(&mut jobs, if emulated { "" } else { client.base_url() })?;
    let currency = currency(&jobs, client, args)?;
    let pictures = jobs.iter().map(|job| pictures(job, client)).max();
    let concurrency = within_limit(usize::from(args.concurrency), pictures.unwrap_or(1));
    if args.budget.is_some() {
        warn_of_extras(&jobs, output);
    }
    let journal = Journal::open(&args.out_dir, emulated, output.mask())?;
    if journal.damaged() > 0 {
        let lines = several(journal.damaged(), "line");
        output.warning(format_args!(
            "{lines} of the journal could not be read; what the others say holds"
        ));
    }
    let save = Save {
        output: None,
        out_dir: Some(args.out_dir.clone()),
        force: false,
    };
    let destination = Destination::prepare(&save, false, 1, 1)?;
    if emulated {
        output.note("the pictures come from the emulator inside this command, not from a model");
    }
    let report = BatchReport::new(jobs.len(), emulated, output.json(), warned);
    let target = Target::folder(&args.out_dir);
    let mut batch = Batch::new(connection, destination, target, journal, output, report);
    batch.budget = budget(&batch.journal, currency, args)?;
    sort(jobs, &mut batch, args);
    let total = u32::try_from(batch.waiting.len()).unwrap_or(u32::MAX);
    let scheduler = Scheduler {
        output: Arc::clone(output),
        progress: Progress::start(output, "the batch", total),
        concurrency,
        limit: global.timeout.unwrap_or(DEFAULT_TIMEOUT),
        several: total > 1,
    };
    let started = Instant::now();
    let result = match scheduler.run(&mut batch).await {
        Ending::Over(stop) => batch.finish(stop, started.elapsed()).await,
        Ending::Left(ids) => Err(batch.left(ids).await),
    };
    if let Some(emulator) = batch.connection.emulator {
        emulator.stop().await;
    }
    result
}

/// The most pictures an answer to a job brings, as far as that is known.
fn pictures(job: &Job, client: &Client) -> u64 {
    const USUAL_LIMIT: u64 = 15;

    match client.estimate(&job.request) {
        Some(estimate) => estimate.most_images,
        None => job
            .request
            .param("n")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(USUAL_LIMIT),
    }
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

/// The one currency of these jobs, which with a budget have a price each.
fn currency(jobs: &[Job], client: &Client, args: &Args) -> Result<Option<Currency>, Failure> {
    let mut currencies = Vec::new();
    for job in jobs {
        match client.estimate(&job.request) {
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
    Ok(currency.filter(|_| currencies.len() == 1))
}

/// Says which jobs may cost more than the budget counts.
fn warn_of_extras(jobs: &[Job], output: &Output) {
    for (param, what) in [("tools", "web searches"), ("svg", "the author of an svg")] {
        if let Some(job) = jobs.iter().find(|job| job.request.param(param).is_some()) {
            output.warning(format_args!(
                "--budget does not count {what}, which line {} asks for and the vendor charges besides",
                job.line
            ));
        }
    }
}

/// What has been spent in this folder, by whatever jobs, and what may be.
fn budget(journal: &Journal, currency: Option<Currency>, args: &Args) -> Result<Budget, Failure> {
    let mut budget = Budget::new(currency, args.budget);
    for entry in journal.entries() {
        let Some(cost) = entry.cost.filter(|cost| *cost > Amount::ZERO) else {
            continue;
        };
        match (entry.currency, currency) {
            (Some(spent), Some(currency)) if spent != currency => {
                if args.budget.is_some() {
                    return Err(Failure::misuse(format!(
                        "--budget: jobs in this folder were charged in {spent}, and these are in {currency}; give them another --out-dir"
                    )));
                }
            }
            _ => budget.spend(Some(cost)),
        }
    }
    Ok(budget)
}

/// Puts up the jobs that are to be made; the others are accounted for.
fn sort(jobs: Vec<Job>, batch: &mut Batch, args: &Args) {
    for mut job in jobs {
        let state = batch.journal.entry(&job.id).map(|entry| &entry.state);
        match state {
            Some(State::Done { .. }) => batch.report.counts.done_before += 1,
            Some(State::Links { links, .. }) => {
                if !args.retry_unknown {
                    job.left.clone_from(links);
                }
                batch.waiting.push_back(job);
            }
            Some(
                State::Sent { client_request_id }
                | State::Unknown {
                    client_request_id, ..
                },
            ) => {
                if args.retry_unknown {
                    batch.waiting.push_back(job);
                    continue;
                }
                let message = format!(
                    "its outcome is unknown since an earlier run (client request id {client_request_id}); --retry-unknown makes it again"
                );
                batch.report.counts.unknown += 1;
                if batch
                    .report
                    .failed(job.line, Some("outcome_unknown"), &message)
                {
                    batch
                        .output
                        .error(format_args!("line {}: {message}", job.line));
                }
            }
            Some(State::Failed { .. }) | None => batch.waiting.push_back(job),
        }
    }
}
