//! `cargo xtask budget`: how many crates the library brings, held against checked-in numbers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Cargo's arguments for a choice of features, and how many crates it makes for Linux, this one
/// included. A change is made here on purpose, in the commit that causes it.
const BUDGET: [(&str, &[&str], usize); 4] = [
    ("default", &[], 107),
    (
        "rustls-ring",
        &["--no-default-features", "--features", "http2,rustls-ring"],
        103,
    ),
    (
        "native-tls",
        &["--no-default-features", "--features", "http2,native-tls"],
        104,
    ),
    ("none", &["--no-default-features"], 81),
];

/// Counts, and fails where a number is another one, be it smaller.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut off = Vec::new();
    for (name, features, budget) in BUDGET {
        let count = crates(root, features)?.len();
        println!("{name}: {count} crates");
        if count != budget {
            off.push(format!("{name}: {count} crates, not {budget}"));
        }
    }
    if !off.is_empty() {
        bail!(
            "{}; if that is meant, change the budget in xtask/src/gates/budget.rs",
            off.join("; ")
        );
    }
    Ok(())
}

/// Everything that is compiled into a program, or to compile it.
fn crates(root: &Path, features: &[&str]) -> Result<BTreeSet<String>> {
    let output = Command::new(crate::workspace::cargo())
        .args([
            "tree",
            "--locked",
            "--package",
            "imagegen",
            "--prefix",
            "none",
        ])
        .args([
            "--edges",
            "normal,build",
            "--target",
            "x86_64-unknown-linux-gnu",
        ])
        .args(["--format", "{p}"])
        .args(features)
        .current_dir(root)
        .output()
        .context("cannot run cargo")?;
    ensure!(
        output.status.success(),
        "cargo tree failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout)?;
    let names = lines.lines().filter(|line| !line.is_empty());
    Ok(names
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect())
}
