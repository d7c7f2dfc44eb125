//! The goals of the study that stand behind the issue's, held against what was measured.

use std::fmt::Write as _;

use super::instructions::Counts;
use super::process::Sample;
use super::series::Series;
use super::statistics::range;
use super::workload::Workload;

/// A goal that a series answers.
struct Goal {
    id: &'static str,
    what: &'static str,
    /// What must hold on any machine, and the limit that was measured.
    bounds: &'static str,
    workload: &'static str,
    figure: Figure,
}

enum Figure {
    /// Of CPU time, against another client.
    Cpu(&'static str),
    /// Of the time from the last byte to the end, against another client.
    Tail(&'static str),
    /// Over idle, in MiB.
    Memory,
}

const GOALS: [Goal; 14] = [
    goal(
        "G2",
        "small calls, 64 at once: CPU against naive",
        "≤ 1.10; 1.00",
        "small-64-at-once",
        Figure::Cpu("naive"),
    ),
    goal(
        "G5",
        "4 × 32 MB to files: CPU against naive",
        "≤ 0.26; 0.20",
        "file-4x32",
        Figure::Cpu("naive"),
    ),
    goal(
        "G6",
        "2 MB to a file: CPU against naive",
        "≤ 0.36; 0.27",
        "file-1x2",
        Figure::Cpu("naive"),
    ),
    goal(
        "G7",
        "4 × 32 MB to files: CPU against the limit",
        "≤ 1.6; 1.1",
        "file-4x32",
        Figure::Cpu("raw"),
    ),
    goal(
        "G8",
        "4 × 32 MB to files: MiB over idle",
        "≤ 3; 2",
        "file-4x32",
        Figure::Memory,
    ),
    goal(
        "G8",
        "128 MB to a file over TLS: MiB over idle",
        "≤ 3; 2",
        "idle-tls-1x128",
        Figure::Memory,
    ),
    goal(
        "G10",
        "4 × 32 MB to memory: MiB over idle",
        "≤ 132.6; 129",
        "memory-4x32",
        Figure::Memory,
    ),
    goal(
        "G11",
        "4 × 32 MB to memory: CPU against naive",
        "≤ 0.32; 0.25",
        "memory-4x32",
        Figure::Cpu("naive"),
    ),
    goal(
        "G12",
        "stream to files: CPU against the limit",
        "≤ 2.0; 1.4",
        "stream-3+1x8",
        Figure::Cpu("raw"),
    ),
    goal(
        "G12",
        "stream to files: CPU against a linear parser",
        "≤ 0.48; 0.36",
        "stream-3+1x8",
        Figure::Cpu("naive"),
    ),
    goal(
        "G14",
        "stream to files: MiB over idle",
        "≤ 3; 1.2",
        "stream-3+1x8",
        Figure::Memory,
    ),
    goal(
        "G15",
        "last byte to last file, 4 × 32 MB at 200 MB/s, against naive",
        "≤ 0.03",
        "paced-4x32",
        Figure::Tail("naive"),
    ),
    goal(
        "G15",
        "last byte to last file, stream at 50 MB/s, against naive",
        "≤ 0.03",
        "paced-stream-3+1x8",
        Figure::Tail("naive"),
    ),
    goal(
        "G17",
        "4 × 32 MB, broken at the end: MiB over idle",
        "≤ 3",
        "broken-4x32",
        Figure::Memory,
    ),
];

const fn goal(
    id: &'static str,
    what: &'static str,
    bounds: &'static str,
    workload: &'static str,
    figure: Figure,
) -> Goal {
    Goal {
        id,
        what,
        bounds,
        workload,
        figure,
    }
}

/// The goals as a table.
pub(super) fn table(measured: &[(&Workload, Series)], counted: Option<&Counts>) -> String {
    let mut table = "| | | gate; stretch | measured |\n| --- | --- | --- | --- |\n".to_owned();
    if let Some(counted) = counted {
        let small = counted.small.ratio();
        let _ = writeln!(
            table,
            "| G1 | small call: instructions against bare reqwest and serde | ≤ 1.02; 0.99 | {small:.2} |"
        );
        let byte = counted.picture.sdk as f64 / counted.base64_bytes as f64;
        let _ = writeln!(
            table,
            "| G3 | 2 MB to a file: instructions a byte of base64, the whole call | ≤ 1.40; 1.27 | {byte:.2} |"
        );
    }
    for Goal {
        id,
        what,
        bounds,
        workload,
        figure,
    } in &GOALS
    {
        let Some((_, series)) = measured.iter().find(|(one, _)| one.name == *workload) else {
            continue;
        };
        let figure = match figure {
            Figure::Cpu(other) => series.ratio("sdk", other, |sample: &Sample| sample.cpu),
            Figure::Tail(other) => series.ratio("sdk", other, |sample: &Sample| sample.tail),
            Figure::Memory => series.figure("sdk", |sample: &Sample| sample.memory),
        };
        let _ = writeln!(table, "| {id} | {what} | {bounds} | {} |", range(figure));
    }
    table
}
