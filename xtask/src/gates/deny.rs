//! `cargo xtask deny`: what may come in from outside, as deny.toml has it.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::tool;

/// The cargo-deny that deny.toml is written for.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources, and the advisories if their database can be had.
pub(crate) fn run(root: &Path) -> Result<()> {
    let program = tool::installed(root, "cargo-deny", VERSION)?;
    let check = |what: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["deny", "check", "--hide-inclusion-graph"]);
        command.args(what).current_dir(root);
        command
    };
    let status = check(&["licenses", "bans", "sources"]).status();
    ensure!(
        status.context("cannot run cargo-deny")?.success(),
        "a dependency breaks a rule of deny.toml"
    );

    let output = check(&["advisories"]).stdout(Stdio::inherit()).output();
    let output = output.context("cannot run cargo-deny")?;
    if output.status.success() {
        return Ok(());
    }
    if is_unreachable(&String::from_utf8_lossy(&output.stderr)) {
        println!("advisories NOT checked: their database cannot be reached from here");
        return Ok(());
    }
    io::stderr().write_all(&output.stderr)?;
    ensure!(output.status.success(), "a dependency has a known weakness");
    Ok(())
}

/// Whether cargo-deny says that it could not get at the advisories, rather than that it read them.
fn is_unreachable(said: &str) -> bool {
    said.contains("failed to fetch advisory database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advisory_is_not_taken_for_a_missing_database() {
        assert!(is_unreachable(
            "[ERROR] failed to fetch advisory database https://example.com with cli"
        ));
        assert!(!is_unreachable("error[vulnerability]: a buffer overflow"));
    }
}
