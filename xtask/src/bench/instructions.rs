//! Instructions, counted by valgrind: the one figure that repeats on any machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::build::Programs;
use super::process::{Scratch, Server};
use crate::gates::tool;

/// The version of gungraun, and so of its runner.
const GUNGRAUN: &str = "0.20.0";
/// Calls whose instructions are counted.
struct Calls {
    job: &'static str,
    answer: &'static str,
    /// Between these counts the difference is taken, so that the start drops out.
    counts: [u64; 2],
}

const SMALL: Calls = Calls {
    job: "small",
    answer: "small",
    counts: [200, 1200],
};
const PICTURE: Calls = Calls {
    job: "file",
    answer: "json-1-2097152",
    counts: [2, 12],
};

/// Instructions of one call of each client.
pub(super) struct Pair {
    pub(super) sdk: u64,
    pub(super) naive: u64,
}

impl Pair {
    /// How many times the instructions of the naive client the SDK's are.
    pub(super) fn ratio(&self) -> f64 {
        self.sdk as f64 / self.naive as f64
    }
}

/// What was counted.
pub(super) struct Counts {
    pub(super) small: Pair,
    /// One picture to a file, and the length of its base64.
    pub(super) picture: Pair,
    pub(super) base64_bytes: u64,
}

fn has_valgrind() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Counts the instructions of calls on one thread; `None` without valgrind.
pub(super) fn of_calls(programs: &Programs, scratch: &Scratch) -> Result<Option<Counts>> {
    if !has_valgrind() {
        println!("valgrind is missing: NO INSTRUCTIONS WERE COUNTED");
        return Ok(None);
    }
    let server = Server::start(programs, None)?;
    let pair = |calls: &Calls| -> Result<Pair> {
        let one_of = |client| -> Result<u64> {
            let [few, many] = calls.counts;
            let count = |calls_made| count(programs, scratch, &server, client, calls, calls_made);
            Ok((count(many)? - count(few)?) / (many - few))
        };
        Ok(Pair {
            sdk: one_of("sdk")?,
            naive: one_of("naive")?,
        })
    };
    Ok(Some(Counts {
        small: pair(&SMALL)?,
        picture: pair(&PICTURE)?,
        base64_bytes: 2_097_152_u64.div_ceil(3) * 4,
    }))
}

fn count(
    programs: &Programs,
    scratch: &Scratch,
    server: &Server,
    client: &str,
    calls: &Calls,
    calls_made: u64,
) -> Result<u64> {
    let counts = scratch.certificate().with_file_name("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(programs.client(client))
        .args([client, calls.job, &server.url(), calls.answer])
        .arg(scratch.pictures()?)
        .args([calls_made.to_string(), "1".to_owned()])
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
    let runner = tool::installed(root, "gungraun-runner", GUNGRAUN)?;
    let status = Command::new(crate::workspace::cargo())
        .args([
            "bench",
            "--quiet",
            "--package",
            "imagegen",
            "--bench",
            "cpu",
        ])
        .args(["--no-default-features", "--features", "__private"])
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
