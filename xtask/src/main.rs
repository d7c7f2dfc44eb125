//! The maintainer's commands, run as `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A program for a terminal has nowhere else to write.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

mod bench;
mod budget;
mod ci;
#[cfg(test)]
mod corpus;
mod deny;
mod diff;
mod features;
mod gates;
mod generate;
mod lower;
mod openapi;
mod overlay;
mod provenance;
mod refine;
mod sdk;
mod tool;
mod validate;
mod yaml;

/// The maintainer's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Regenerate the contract and the API crate from openapi/gateway.yaml and openapi/overlay.yaml
    Openapi(Openapi),
    /// Check that the library compiles with every choice of TLS, with all and with none
    Features,
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
    /// Check the licences, bans, sources and advisories of deny.toml
    Deny,
    /// Check how many crates the library brings
    Budget,
    /// Check that no module imports one that imports it, and that no file is overlong
    Modules {
        /// Count the crate in this folder instead, and hold nothing against it
        #[arg(long, value_name = "DIR")]
        src: Option<PathBuf>,
    },
    /// Measure the SDK beside its peers, and write docs/performance.md
    Bench {
        #[command(subcommand)]
        what: Option<bench::Bench>,
    },
    /// Run every gate, stopping at the first that fails
    Ci,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
struct Openapi {
    /// Change nothing, and fail if a generated file is stale
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    command: Option<OpenapiCommand>,
}

#[derive(Subcommand)]
enum OpenapiCommand {
    /// Report what the sources change in the contract
    Diff {
        /// The contract to compare with, instead of the checked-in openapi/images.yaml
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Openapi(Openapi {
            command: Some(OpenapiCommand::Diff { against }),
            ..
        }) => report(against),
        Command::Openapi(Openapi { check: true, .. }) => check(),
        Command::Openapi(_) => regenerate(),
        Command::Features => features::run(root()),
        Command::Readme { check } => sdk::run(root(), "readme", check),
        Command::Conformance { check } => sdk::run(root(), "conformance", check),
        Command::Deny => deny::run(root()),
        Command::Budget => budget::run(root()),
        Command::Modules { src: None } => gates::modules::run(root()),
        Command::Modules { src: Some(src) } => gates::modules::count(&src),
        Command::Bench { what } => bench::run(root(), what),
        Command::Ci => ci::run(root()),
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
    package.parent().unwrap_or(package)
}

fn regenerate() -> Result<()> {
    let files = openapi::Sources::read(root())?.build()?;
    let written = openapi::write(root(), &files)?;
    for file in &written {
        println!("wrote {}", file.path);
    }
    if written.is_empty() {
        println!("everything is up to date");
    }
    Ok(())
}

fn check() -> Result<()> {
    let files = openapi::Sources::read(root())?.build()?;
    let stale = openapi::check(root(), &files)?;
    if stale.is_empty() {
        println!("everything is up to date");
        return Ok(());
    }
    for file in &stale {
        println!("{}\n", file.excerpt);
    }
    let paths: Vec<&str> = stale.iter().map(|stale| stale.path).collect();
    bail!("stale: {}; run `cargo xtask openapi`", paths.join(", "));
}

fn report(against: Option<PathBuf>) -> Result<()> {
    let old = against.unwrap_or_else(|| root().join(openapi::CONTRACT));
    let text =
        openapi::read_text(&old).with_context(|| format!("cannot read {}", old.display()))?;
    let old = yaml::read(&text).with_context(|| old.display().to_string())?;
    let lines = diff::report(&old, &openapi::Sources::read(root())?.contract()?);
    for line in &lines {
        println!("{line}");
    }
    if lines.is_empty() {
        println!("the contract has not changed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        assert!(Cli::try_parse_from(["xtask", "openapi", "--check"]).is_ok());
        assert!(Cli::try_parse_from(["xtask", "openapi", "diff", "--against", "a"]).is_ok());
        assert!(Cli::try_parse_from(["xtask", "openapi", "--check", "diff"]).is_err());
    }
}
