//! `imagegen generate` and `imagegen edit`.

use std::sync::Arc;
use std::time::Instant;

use imagegen::{Client, Error, Problem, ProblemKind};
use serde::Serialize;
use serde_json::Value;

use crate::args::{Ask, Global};
use crate::connect::{DEFAULT_TIMEOUT, Rules, connect, connect_dry};
use crate::destination::Destination;
use crate::failure::{Exit, Failure};
use crate::fan_out::{CONCURRENT, FanOut};
use crate::output::Output;
use crate::progress::Progress;
use crate::request::{Plan, RequestArgs, nearest_id, plan};
use crate::run::{Ending, Scheduler, within_limit};

pub(crate) fn run(
    global: &Global,
    args: RequestArgs<'_>,
    output: &Arc<Output>,
) -> Result<Exit, Failure> {
    // Files and stdin are read before the first signal is listened for: until then Ctrl-C ends
    // the command as it ends any other.
    let ask = args.ask;
    let rules = ask.check.rules()?;
    let plan = plan(args, global.provider, &rules.table)?;
    if ask.dry_run {
        let client = connect_dry(global, rules, output)?;
        return super::block_on(dry_run(&client, plan, output));
    }
    super::block_on(generate(global, ask, rules, plan, output))
}

/// What `--dry-run` prints; a contract with scripts, in this order.
#[derive(Serialize)]
struct DryRun {
    method: Value,
    url: Value,
    headers: Value,
    body: Value,
    /// How often it would be sent, if not once.
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<u32>,
}

async fn dry_run(client: &Client, plan: Plan, output: &Output) -> Result<Exit, Failure> {
    let doubts = client
        .check_for(&plan.request, plan.delivery)
        .map_err(|error| plan.explain(Error::from(error).into()))?;
    warn(&doubts, client, output);
    let mut preview = client
        .generate(plan.request.clone())
        .preview_for(plan.delivery)
        .await
        .map_err(|error| plan.explain(error.into()))?;
    let object = DryRun {
        method: preview["method"].take(),
        url: preview["url"].take(),
        headers: preview["headers"].take(),
        body: preview["body"].take(),
        calls: (plan.calls > 1).then_some(plan.calls),
    };
    if plan.calls > 1 {
        output.note(format_args!(
            "the model answers with one image a call, so this would be sent {} times",
            plan.calls
        ));
    }
    output.pretty(&object)?;
    Ok(Exit::Done)
}

async fn generate(
    global: &Global,
    ask: &Ask,
    rules: Rules,
    plan: Plan,
    output: &Arc<Output>,
) -> Result<Exit, Failure> {
    let connection = connect(global, rules, output).await?;
    let doubts = connection
        .client
        .check_for(&plan.request, plan.delivery)
        .map_err(|error| plan.explain(Error::from(error).into()))?;
    warn(&doubts, &connection.client, output);
    let previews = ask.streaming.save_partials;
    let destination = Destination::prepare(&ask.save, previews, plan.calls, plan.per_call)?;
    if connection.emulator.is_some() {
        output.note("the pictures come from the emulator inside this command, not from a model");
    }
    let started = Instant::now();
    let limit = global.timeout.unwrap_or(DEFAULT_TIMEOUT);
    let deadline = global.timeout.map(|limit| (started + limit).into());
    let scheduler = Scheduler {
        output: Arc::clone(output),
        progress: Progress::start(output, plan.request.model(), plan.calls),
        concurrency: within_limit(CONCURRENT, plan.per_call.into()),
        limit,
        several: plan.calls > 1,
    };
    let mut calls = FanOut::new(connection, destination, plan, doubts, deadline, output);
    let result = match scheduler.run(&mut calls).await {
        Ending::Over(stop) => calls.finish(stop, started.elapsed()).await,
        Ending::Left(ids) => Err(calls.left(ids).await),
    };
    calls.stop().await;
    result
}

/// Says what the check doubts, with a name for an id that looks like a slip.
pub(super) fn warn(problems: &[Problem], client: &Client, output: &Output) {
    for problem in problems {
        let mut text = problem.to_string();
        if problem.kind == ProblemKind::Model
            && let Some(near) = nearest_id(client.models(), &problem.model)
        {
            text += &format!("; did you mean {near}?");
        }
        output.warning(text);
    }
}
