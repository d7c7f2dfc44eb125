//! The maintainer's commands that use the SDK, run as `cargo xtask COMMAND`.
//!
//! They are a program of their own so that `cargo xtask openapi` does not need the SDK: a new document makes it
//! compile no longer, on purpose, until somebody decides about what is new.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A program for a terminal has nowhere else to write.

use std::{env, ffi::OsString, path::Path, process::ExitCode};

use clap::{Parser, Subcommand};

mod conformance;
mod readme;

/// The maintainer's commands that use the SDK.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Render the model table into README.md
    Readme {
        /// Change nothing, and fail if the table is stale
        #[arg(long)]
        check: bool,
    },
    /// Let the vendors' own clients judge the emulator, and render docs/deviations.md
    Conformance {
        /// Change nothing, and fail if docs/deviations.md is stale
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Readme { check } => readme::run(root(), check),
        Command::Conformance { check } => conformance::run(root(), check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The cargo that runs this.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The root of the workspace, wherever the command is called from.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}
