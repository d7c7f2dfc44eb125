//! Minimal programs, built from nothing: time and size, held against budgets.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// A program that makes one picture.
struct Program {
    /// Its name in the table.
    name: &'static str,
    package: &'static str,
    /// Cargo's arguments for its features.
    features: &'static [&'static str],
    budget: Option<Budget>,
    /// Whether CI builds it.
    in_ci: bool,
}

/// What a program may come to, a few per cent above what was measured. It is changed on purpose,
/// in the commit that causes it.
struct Budget {
    /// CPU of the build, against the peer's in the same run: seconds differ between machines.
    cpu: f64,
    /// The stripped program.
    megabytes: f64,
}

/// The peer first: what the others are held against.
const PROGRAMS: [Program; 5] = [
    Program {
        name: "async-openai 0.43",
        package: "minimal-async-openai",
        features: &[],
        budget: None,
        in_ci: true,
    },
    Program {
        name: "imagegen, default features",
        package: "minimal-imagegen",
        features: &[],
        budget: Some(Budget {
            cpu: 1.15,
            megabytes: 8.2,
        }),
        in_ci: false,
    },
    Program {
        name: "imagegen, `rustls-ring`",
        package: "minimal-imagegen",
        features: &["--no-default-features", "--features", "ring"],
        budget: Some(Budget {
            cpu: 0.88,
            megabytes: 6.1,
        }),
        in_ci: true,
    },
    Program {
        name: "imagegen, `native-tls`",
        package: "minimal-imagegen",
        features: &["--no-default-features", "--features", "native-tls"],
        budget: Some(Budget {
            cpu: 0.75,
            megabytes: 4.5,
        }),
        in_ci: false,
    },
    Program {
        name: "imagegen, no TLS",
        package: "minimal-imagegen",
        features: &["--no-default-features"],
        budget: Some(Budget {
            cpu: 0.60,
            megabytes: 3.6,
        }),
        in_ci: false,
    },
];

/// Builds the programs, or those that CI builds, and fails where one is over its budget.
pub(super) fn run(root: &Path, only_ci: bool) -> Result<()> {
    let bench = root.join("bench");
    let target = root.join("target/cold");
    fetch(&bench)?;
    println!("| program | CPU s | of async-openai's | wall s | stripped MB |");
    println!("| --- | --- | --- | --- | --- |");
    let mut peer = None;
    let mut over = Vec::new();
    for program in PROGRAMS.iter().filter(|program| program.in_ci || !only_ci) {
        let package = ["--profile", "shipped", "--package", program.package];
        let built = build(&bench, &target, &[&package, program.features].concat())?;
        let size = fs::metadata(target.join("shipped").join(program.package))?.len();
        let megabytes = size as f64 / 1e6;
        let ratio = built.cpu / *peer.get_or_insert(built.cpu);
        println!(
            "| {} | {:.0} | {ratio:.2} | {:.0} | {megabytes:.2} |",
            program.name, built.cpu, built.wall
        );
        let Some(budget) = &program.budget else {
            continue;
        };
        if ratio > budget.cpu {
            over.push(format!(
                "{} takes {ratio:.2} of async-openai's CPU to build, not {:.2}",
                program.name, budget.cpu
            ));
        }
        if megabytes > budget.megabytes {
            over.push(format!(
                "{} is {megabytes:.2} MB, not {:.2}",
                program.name, budget.megabytes
            ));
        }
    }
    if !only_ci {
        debug_builds(root, &target)?;
    }
    fs::remove_dir_all(&target)?;
    ensure!(
        over.is_empty(),
        "{}; if that is meant, change the budget in xtask/src/bench/cold.rs",
        over.join("; ")
    );
    Ok(())
}

/// What the workspace costs its own developers.
fn debug_builds(root: &Path, target: &Path) -> Result<()> {
    for (name, arguments) in [
        ("the command, debug", &["--package", "imagegen-cli"] as &[_]),
        (
            "the workspace with its tests, debug",
            &["--workspace", "--all-targets"],
        ),
    ] {
        let built = build(root, target, arguments)?;
        println!("| {name} | {:.0} | | {:.0} | |", built.cpu, built.wall);
    }
    Ok(())
}

/// Brings every source, so that no build waits for the network.
fn fetch(workspace: &Path) -> Result<()> {
    let status = Command::new(crate::cargo())
        .args(["fetch", "--quiet", "--locked"])
        .current_dir(workspace)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo fetch failed");
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
