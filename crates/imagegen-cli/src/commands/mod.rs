//! The subcommands, a file each.

mod batch;
mod completions;
mod doctor;
mod estimate;
mod generate;
mod models;
mod schema;
mod serve;

use std::future::Future;
use std::sync::Arc;

use crate::args::{Cli, Command};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::run::{raise_limit, survive_file_limits};

/// Runs what the command line asks for.
pub(crate) fn run(cli: &Cli, output: &Arc<Output>) -> Result<Exit, Failure> {
    let global = &cli.global;
    global.check()?;
    if global.verbose {
        tell_what_happens();
    }
    match &cli.command {
        Command::Generate(args) => generate::run(global, (&**args).into(), output),
        Command::Edit(args) => generate::run(global, (&**args).into(), output),
        Command::Batch(args) => batch::run(global, args, output),
        Command::Estimate(args) => estimate::run(global, &args.generate, output),
        Command::Models(args) => models::run(global, args, output),
        Command::Serve(args) => serve::run(args, output),
        Command::Schema(args) => schema::run(args, output),
        Command::Completions(args) => completions::run(args, output),
        Command::Doctor => doctor::run(global, output),
    }
}

/// Runs a command's work on a runtime of its own.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                Exit::Failed,
                "system",
                format!("cannot start threads: {error}"),
            )
        })?;
    raise_limit();
    runtime.block_on(async {
        survive_file_limits();
        work.await
    })
}

/// Sends the library's own account of what it does to stderr.
fn tell_what_happens() {
    use tracing::Level;
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;

    let targets = Targets::new()
        .with_target("imagegen", Level::DEBUG)
        .with_target("imagegen_emulator", Level::DEBUG)
        .with_target("reqwest", Level::DEBUG)
        .with_target("hyper_util::client", Level::DEBUG);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .try_init();
}
