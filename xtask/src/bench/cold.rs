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
}

/// One by the SDK, and what it may come to, a few per cent above what was measured. It is changed
/// on purpose, in the commit that causes it.
struct Budgeted {
    program: Program,
    /// CPU of the build, against the peer's in the same run: seconds differ between machines.
    cpu: f64,
    /// The stripped program.
    megabytes: f64,
    /// Whether CI builds it.
    in_ci: bool,
}

/// What the others are held against.
const PEER: Program = Program {
    name: "async-openai 0.43",
    package: "minimal-async-openai",
    features: &[],
};

const PROGRAMS: [Budgeted; 4] = [
    Budgeted {
        program: imagegen("imagegen, default features", &[]),
        cpu: 1.15,
        megabytes: 8.2,
        in_ci: false,
    },
    Budgeted {
        program: imagegen(
            "imagegen, `rustls-ring`",
            &["--no-default-features", "--features", "ring"],
        ),
        cpu: 0.92,
        megabytes: 6.3,
        in_ci: true,
    },
    Budgeted {
        program: imagegen(
            "imagegen, `native-tls`",
            &["--no-default-features", "--features", "native-tls"],
        ),
        cpu: 0.75,
        megabytes: 4.5,
        in_ci: false,
    },
    Budgeted {
        program: imagegen("imagegen, no TLS", &["--no-default-features"]),
        cpu: 0.60,
        megabytes: 3.6,
        in_ci: false,
    },
];

const fn imagegen(name: &'static str, features: &'static [&'static str]) -> Program {
    Program {
        name,
        package: "minimal-imagegen",
        features,
    }
}

/// How often a build that is over its budget is measured before that is believed: on a machine
/// that is shared, one build may cost a tenth more than the next.
const TRIES: usize = 3;

/// Builds the programs, or those that CI builds, and fails where one is over its budget.
pub(super) fn run(root: &Path, only_ci: bool) -> Result<()> {
    let bench = root.join("bench");
    let target = root.join("target/cold");
    fetch(&bench)?;
    println!("| program | CPU s | of async-openai's | wall s | stripped MB |");
    println!("| --- | --- | --- | --- | --- |");
    let mut over = Vec::new();
    let mut peer = weigh(&bench, &target, &PEER, None)?;
    for budgeted in PROGRAMS
        .iter()
        .filter(|budgeted| budgeted.in_ci || !only_ci)
    {
        let program = &budgeted.program;
        let mut weighed = weigh(&bench, &target, program, Some(&peer))?;
        let mut ratio = weighed.cpu / peer.cpu;
        for _ in 1..TRIES {
            if ratio <= budgeted.cpu {
                break;
            }
            peer = weigh(&bench, &target, &PEER, None)?;
            weighed = weigh(&bench, &target, program, Some(&peer))?;
            ratio = ratio.min(weighed.cpu / peer.cpu);
        }
        if ratio > budgeted.cpu {
            over.push(format!(
                "{} takes {ratio:.2} of async-openai's CPU to build, not {:.2}",
                program.name, budgeted.cpu
            ));
        }
        if weighed.megabytes > budgeted.megabytes {
            over.push(format!(
                "{} is {:.2} MB, not {:.2}",
                program.name, weighed.megabytes, budgeted.megabytes
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

/// What a program cost to build, and its size.
struct Weighed {
    cpu: f64,
    megabytes: f64,
}

/// Builds a program from nothing and prints its row of the table.
fn weigh(
    bench: &Path,
    target: &Path,
    program: &Program,
    peer: Option<&Weighed>,
) -> Result<Weighed> {
    let package = ["--profile", "shipped", "--package", program.package];
    let built = build(bench, target, &[&package, program.features].concat())?;
    let size = fs::metadata(target.join("shipped").join(program.package))?.len();
    let megabytes = size as f64 / 1e6;
    let ratio = built.cpu / peer.map_or(built.cpu, |peer| peer.cpu);
    println!(
        "| {} | {:.0} | {ratio:.2} | {:.0} | {megabytes:.2} |",
        program.name, built.cpu, built.wall
    );
    Ok(Weighed {
        cpu: built.cpu,
        megabytes,
    })
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
    let status = Command::new(crate::workspace::cargo())
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
    let status = Command::new(crate::workspace::cargo())
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
