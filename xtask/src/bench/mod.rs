//! `cargo xtask bench`: the SDK against its peers and against the bare socket.
//!
//! Every run is a process of its own. Within a round each client runs once, in shuffled order, on
//! one CPU with the server on another; ratios are taken within rounds and the table shows their
//! medians, because a shared machine is never twice the same.

mod build;
mod cold;
mod instructions;
mod process;
mod report;
mod series;
mod statistics;
mod study;
mod workload;

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Bench {
    /// Everything that runs: time, memory, instructions a call (the default)
    Run {
        /// How many rounds each workload gets
        #[arg(long, default_value_t = 7)]
        rounds: usize,
        /// Only workloads whose name contains this; docs/performance.md is left alone
        #[arg(long)]
        only: Option<String>,
    },
    /// Count the reader's instructions against their limits (needs valgrind)
    Cpu,
    /// Build minimal programs from nothing, and hold their cost against budgets (takes a quarter
    /// of an hour)
    Cold {
        /// Only the programs that CI builds (takes three minutes)
        #[arg(long)]
        ci: bool,
    },
}

pub(crate) fn run(root: &Path, bench: Option<Bench>) -> Result<()> {
    match bench.unwrap_or(Bench::Run {
        rounds: 7,
        only: None,
    }) {
        Bench::Run { rounds, only } => macro_benchmark(root, rounds, only.as_deref()),
        Bench::Cpu => instructions::of_reader(root),
        Bench::Cold { ci } => cold::run(root, ci),
    }
}

fn macro_benchmark(root: &Path, rounds: usize, only: Option<&str>) -> Result<()> {
    let programs = build::programs(root)?;
    let scratch = process::Scratch::new(root)?;
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    let mut measured = Vec::new();
    for workload in workload::ALL
        .iter()
        .filter(|workload| wanted(workload.name))
    {
        let series = series::run(&programs, &scratch, workload, rounds)?;
        print!("{}", report::series(workload, &series));
        measured.push((workload, series));
    }
    let counted = if wanted("instructions") {
        let counted = instructions::of_calls(&programs, &scratch)?;
        println!("{}", report::counts(counted.as_ref()));
        counted
    } else {
        None
    };
    if only.is_none() {
        report::write(root, rounds, &measured, counted.as_ref())?;
    }
    Ok(())
}
