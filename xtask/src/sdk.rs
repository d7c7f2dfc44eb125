//! The commands that use the SDK, which are a program of their own.
//!
//! A new document makes the SDK compile no longer until somebody decides about what is new; `cargo xtask openapi` has to
//! work all the same.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

/// Runs such a command, having it built first.
pub(crate) fn run(root: &Path, command: &str, check: bool) -> Result<()> {
    let status = Command::new(crate::workspace::cargo())
        .args(["run", "--quiet", "--package", "xtask-sdk", "--", command])
        .args(check.then_some("--check"))
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "`{command}` failed");
    Ok(())
}
