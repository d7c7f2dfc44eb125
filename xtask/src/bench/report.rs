//! Tables of what was measured, and docs/performance.md, whose marked parts they are.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::instructions::Counts;
use super::process::Sample;
use super::series::Series;
use super::statistics::range;
use super::study;
use super::workload::{Goal, Workload};

const PAGE: &str = "docs/performance.md";

fn wall(sample: &Sample) -> f64 {
    sample.wall
}

fn cpu(sample: &Sample) -> f64 {
    sample.cpu
}

fn memory(sample: &Sample) -> f64 {
    sample.memory
}

fn tail(sample: &Sample) -> f64 {
    sample.tail
}

/// A series as a table.
pub(super) fn series(workload: &Workload, series: &Series) -> String {
    let mut table = format!(
        "`{}`: {} × `{}`{}\n\n| client | wall ms | CPU ms | CPU against raw | memory over idle, MiB | last byte to done, ms |\n| --- | --- | --- | --- | --- | --- |\n",
        workload.name,
        workload.calls,
        workload.answer,
        match workload.at_once {
            1 => String::new(),
            at_once => format!(", {at_once} at once"),
        },
    );
    for client in series.clients() {
        let cell = |figure| range(series.figure(client, figure));
        let ratio = range(series.ratio(client, "raw", cpu));
        // `write!` to a string does not fail.
        let _ = writeln!(
            table,
            "| {client} | {} | {} | {ratio} | {} | {} |",
            cell(wall),
            cell(cpu),
            cell(memory),
            cell(tail),
        );
    }
    table.push('\n');
    table
}

/// Instructions of calls.
pub(super) fn counts(counted: Option<&Counts>) -> String {
    let Some(Counts { small, picture, .. }) = counted else {
        return "Instructions were not counted: valgrind was missing.\n".to_owned();
    };
    format!(
        "| client | instructions a small call | a call with 2 MiB to a file |\n| --- | --- | --- |\n\
         | sdk | {} | {} |\n| naive | {} | {} |\n",
        small.sdk, picture.sdk, small.naive, picture.naive
    )
}

/// Writes the marked parts of the page.
pub(super) fn write(
    root: &Path,
    rounds: usize,
    measured: &[(&Workload, Series)],
    counted: Option<&Counts>,
) -> Result<()> {
    let path = root.join(PAGE);
    let mut page = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    let details: String = measured
        .iter()
        .map(|(workload, measured)| series(workload, measured))
        .collect();
    for (part, text) in [
        ("setting", setting(rounds)),
        ("goals", goals(measured, counted)),
        ("study", study::table(measured, counted)),
        ("series", details + &counts(counted)),
    ] {
        page = with_part(&page, part, &text)?;
    }
    fs::write(&path, page).with_context(|| format!("cannot write {PAGE}"))?;
    println!("wrote {PAGE}");
    Ok(())
}

/// The page with one of its parts replaced.
fn with_part(page: &str, part: &str, text: &str) -> Result<String> {
    let begin = format!("<!-- {part}: written by `cargo xtask bench` -->\n");
    let end = format!("<!-- /{part} -->");
    let missing = || format!("{PAGE} has no part {part}");
    let (before, rest) = page.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    Ok(format!("{before}{begin}\n{text}\n{end}{after}"))
}

/// What was measured with what.
fn setting(rounds: usize) -> String {
    let said = |program: &Path, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let rustc = said(Path::new("rustc"), "--version").unwrap_or_default();
    let kernel = said(Path::new("uname"), "-sr").unwrap_or_default();
    // Beyond the second number it is whoever built it.
    let kernel = kernel.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, name)| name);
    format!(
        "{cores} cores of {processor}; {kernel}; {rustc}; imagegen {}, async-openai 0.43.0; {rounds} rounds.\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// The goals and what was reached.
fn goals(measured: &[(&Workload, Series)], counted: Option<&Counts>) -> String {
    let mut table = "| Workload | times faster than | | against the limit | | memory over idle |\n\
        | --- | --- | --- | --- | --- | --- |\n\
        | | CPU | wall | CPU | wall | MiB |\n"
        .to_owned();
    for (workload, measured) in measured {
        let Some(Goal {
            row,
            peer,
            limit,
            memory: most,
        }) = workload.goal
        else {
            continue;
        };
        let pair = |over: &str, under: &str| {
            (
                range(measured.ratio(over, under, cpu)),
                range(measured.ratio(over, under, wall)),
            )
        };
        let (faster_cpu, faster_wall) = match peer {
            Some((peer, goal)) => {
                let (cpu, wall) = pair(peer, "sdk");
                (format!("{peer} ≥ {goal}: **{cpu}**"), wall)
            }
            None => Default::default(),
        };
        let (limit_cpu, limit_wall) = match limit {
            Some((limit, goal)) => {
                let (cpu, wall) = pair("sdk", limit);
                (format!("≤ {goal}: **{cpu}**"), wall)
            }
            None => Default::default(),
        };
        let held = range(measured.figure("sdk", memory));
        let held = most.map_or_else(String::new, |most| format!("≤ {most}: **{held}**"));
        let _ = writeln!(
            table,
            "| {row} | {faster_cpu} | {faster_wall} | {limit_cpu} | {limit_wall} | {held} |"
        );
    }
    for (workload, measured) in measured {
        if workload.name.starts_with("idle-") {
            let held = range(measured.figure("sdk", memory));
            let most = if workload.tls { 3 } else { 2 };
            let _ = writeln!(
                table,
                "| one call, `{}`{} | | | | | ≤ {most}: **{held}** |",
                workload.answer,
                if workload.tls { " over TLS" } else { "" }
            );
        }
    }
    if let Some(Counts { small, .. }) = counted {
        let _ = writeln!(
            table,
            "| small URL answer, instructions: {} against {} of bare reqwest + serde | | | ≤ 1.02: **{:.2}** | | |",
            small.sdk,
            small.naive,
            small.ratio()
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_marked_part_changes() {
        let page = "a\n<!-- x: written by `cargo xtask bench` -->\nold\n<!-- /x -->\nb\n";
        assert_eq!(
            with_part(page, "x", "new\n").unwrap(),
            "a\n<!-- x: written by `cargo xtask bench` -->\n\nnew\n\n<!-- /x -->\nb\n"
        );
        assert!(with_part(page, "y", "").is_err());
    }
}
