//! The command line of `cargo xtask openapi`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use super::{
    diff,
    sources::{self, Sources},
    yaml,
};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Openapi {
    /// Change nothing, and fail if a generated file is stale
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Report what the sources change in the contract
    Diff {
        /// The contract to compare with, instead of the checked-in openapi/images.yaml
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
}

/// Runs the command.
pub(crate) fn run(root: &Path, openapi: Openapi) -> Result<()> {
    match openapi.command {
        Some(Command::Diff { against }) => report(root, against),
        None if openapi.check => check(root),
        None => regenerate(root),
    }
}

fn regenerate(root: &Path) -> Result<()> {
    let files = Sources::read(root)?.build()?;
    let written = sources::write(root, &files)?;
    for file in &written {
        println!("wrote {}", file.path);
    }
    if written.is_empty() {
        println!("everything is up to date");
    }
    Ok(())
}

fn check(root: &Path) -> Result<()> {
    let files = Sources::read(root)?.build()?;
    let stale = sources::check(root, &files)?;
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

fn report(root: &Path, against: Option<PathBuf>) -> Result<()> {
    let old = against.unwrap_or_else(|| root.join(sources::CONTRACT));
    let text =
        sources::read_text(&old).with_context(|| format!("cannot read {}", old.display()))?;
    let old = yaml::read(&text).with_context(|| old.display().to_string())?;
    let lines = diff::report(&old, &Sources::read(root)?.contract()?);
    for line in &lines {
        println!("{line}");
    }
    if lines.is_empty() {
        println!("the contract has not changed");
    }
    Ok(())
}
