//! Programs from crates.io that a gate needs.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A program of exactly this version, which is built below `target` the first time.
pub(crate) fn installed(root: &Path, name: &str, version: &str) -> Result<PathBuf> {
    let folder = root.join("target/tools").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(format!("{name}{EXE_SUFFIX}"));
    if program.is_file() {
        return Ok(program);
    }
    println!("building {name} {version}, once");
    let status = Command::new(crate::workspace::cargo())
        .args(["install", name, "--locked", "--quiet", "--debug"])
        .args(["--version", version, "--root"])
        .arg(&folder)
        .current_dir(root)
        .status()
        .context("cannot run `cargo install`")?;
    ensure!(status.success(), "{name} {version} cannot be built");
    Ok(program)
}
