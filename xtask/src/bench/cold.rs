//! Minimal programs, built from nothing: time, size, and what the whole workspace costs.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// A program: its name in the table, its package, and cargo's arguments for its features.
const PROGRAMS: [(&str, &str, &[&str]); 5] = [
    ("imagegen, default features", "minimal-imagegen", &[]),
    (
        "imagegen, `rustls-ring`",
        "minimal-imagegen",
        &["--no-default-features", "--features", "ring"],
    ),
    (
        "imagegen, `native-tls`",
        "minimal-imagegen",
        &["--no-default-features", "--features", "native-tls"],
    ),
    (
        "imagegen, no TLS",
        "minimal-imagegen",
        &["--no-default-features"],
    ),
    ("async-openai 0.43", "minimal-async-openai", &[]),
];

pub(super) fn run(root: &Path) -> Result<()> {
    let bench = root.join("bench");
    let target = root.join("target/cold");
    println!("| program | CPU s | wall s | stripped MB |\n| --- | --- | --- | --- |");
    for (name, package, features) in PROGRAMS {
        let arguments = [&["--profile", "shipped", "--package", package], features].concat();
        let built = build(&bench, &target, &arguments)?;
        let size = fs::metadata(target.join("shipped").join(package))?.len();
        println!(
            "| {name} | {:.0} | {:.0} | {:.2} |",
            built.cpu,
            built.wall,
            size as f64 / 1e6
        );
    }
    for (name, arguments) in [
        ("the command, debug", &["--package", "imagegen-cli"] as &[_]),
        (
            "the workspace with its tests, debug",
            &["--workspace", "--all-targets"],
        ),
    ] {
        let built = build(root, &target, arguments)?;
        println!("| {name} | {:.0} | {:.0} | |", built.cpu, built.wall);
    }
    fs::remove_dir_all(&target)?;
    Ok(())
}

struct Built {
    cpu: f64,
    wall: f64,
}

/// Builds into an empty folder.
fn build(workspace: &Path, target: &Path, arguments: &[&str]) -> Result<Built> {
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    let cpu_before = children_cpu()?;
    let started = Instant::now();
    let status = Command::new(crate::cargo())
        .args(["build", "--quiet", "--locked", "--offline"])
        .args(arguments)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo build {arguments:?} failed");
    Ok(Built {
        cpu: children_cpu()? - cpu_before,
        wall: started.elapsed().as_secs_f64(),
    })
}

/// User and system seconds of this process's ended children.
fn children_cpu() -> Result<f64> {
    /// The kernel counts in hundredths of a second on every Linux there is.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").context("this needs Linux")?;
    let (_, fields) = stat.rsplit_once(") ").context("/proc/self/stat is odd")?;
    // Fields 16 and 17 of the manual; the first three came before the split.
    let ticks: f64 = fields
        .split(' ')
        .skip(13)
        .take(2)
        .map(|field| field.parse::<f64>().unwrap_or(0.0))
        .sum();
    Ok(ticks / TICKS)
}
