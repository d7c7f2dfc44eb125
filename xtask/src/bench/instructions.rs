//! Instructions, counted by valgrind: the one figure that repeats on any machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::build::Programs;
use super::process::{Scratch, Server};

/// The version of gungraun, and so of its runner.
const GUNGRAUN: &str = "0.20.0";
/// Between these counts of calls the difference is taken, so that the start drops out.
const CALLS: [u64; 2] = [200, 1200];

/// Instructions of one small call.
pub(super) struct Calls {
    pub(super) client: &'static str,
    pub(super) instructions: u64,
}

fn has_valgrind() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Counts the instructions of small calls on one thread; `None` without valgrind.
pub(super) fn of_small_calls(programs: &Programs, scratch: &Scratch) -> Result<Option<Vec<Calls>>> {
    if !has_valgrind() {
        println!("valgrind is missing: NO INSTRUCTIONS WERE COUNTED");
        return Ok(None);
    }
    let server = Server::start(programs, None)?;
    let mut counted = Vec::new();
    for client in ["sdk", "naive"] {
        let mut totals = [0; 2];
        for (total, calls) in totals.iter_mut().zip(CALLS) {
            *total = count(programs, scratch, &server, client, calls)?;
        }
        counted.push(Calls {
            client,
            instructions: (totals[1] - totals[0]) / (CALLS[1] - CALLS[0]),
        });
    }
    Ok(Some(counted))
}

fn count(
    programs: &Programs,
    scratch: &Scratch,
    server: &Server,
    client: &str,
    calls: u64,
) -> Result<u64> {
    let counts = scratch.certificate().with_file_name("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(programs.client(client))
        .args([client, "small", &server.url(), "small", "."])
        .args([calls.to_string(), "1".to_owned()])
        .env("RUNTIME", "current")
        .stdout(Stdio::null())
        .status()
        .context("cannot run valgrind")?;
    ensure!(status.success(), "{client} fails under valgrind");
    let text = fs::read_to_string(&counts)?;
    let summary = text.lines().find_map(|line| {
        line.strip_prefix("summary: ")
            .or(line.strip_prefix("totals: "))
    });
    Ok(summary
        .context("callgrind wrote no summary")?
        .trim()
        .parse()?)
}

/// Runs the instruction benchmarks of the library, which fail above their limits.
pub(super) fn of_reader(root: &Path) -> Result<()> {
    ensure!(
        has_valgrind(),
        "instructions are counted by valgrind: install version 3.19 or later"
    );
    let runner = runner(root)?;
    let status = Command::new(crate::cargo())
        .args([
            "bench",
            "--quiet",
            "--package",
            "imagegen",
            "--bench",
            "cpu",
        ])
        .args(["--no-default-features", "--features", "__bench"])
        .env("GUNGRAUN_RUNNER", runner)
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!(
            "a benchmark of the reader fails, or is above its limit in crates/imagegen/benches/cpu.rs"
        );
    }
    Ok(())
}

/// The runner of the same version as the library, built into the target folder once.
fn runner(root: &Path) -> Result<std::path::PathBuf> {
    let tools = root.join("target/tools");
    let runner = tools.join("bin/gungraun-runner");
    let installed = Command::new(&runner)
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(GUNGRAUN));
    if !installed {
        let status = Command::new(crate::cargo())
            .args(["install", "--quiet", "--locked", "gungraun-runner"])
            .args(["--version", GUNGRAUN, "--root"])
            .arg(&tools)
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "gungraun-runner does not install");
    }
    Ok(runner)
}
