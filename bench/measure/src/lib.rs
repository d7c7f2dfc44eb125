//! What every measured program does alike: its arguments, its clocks, its report.
//!
//! A program is one run: it makes a small call first, so that the connection stands and
//! everything lazy is set up, then measures what it was asked for and prints one line of JSON.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// The result of whatever can end a run.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which client: `sdk`, `naive`, `raw`, ...
    pub client: String,
    /// What is done with the answer: `file`, `memory`, `stream`, `upload`, `small`, `read`.
    pub job: String,
    /// `http://127.0.0.1:PORT`.
    pub server: String,
    /// The name of the answer.
    pub answer: String,
    /// The folder files are written to; references lie in it for an upload.
    pub folder: PathBuf,
    /// How many calls are measured.
    pub calls: u32,
    /// How many of them run at once.
    pub at_once: u32,
}

impl Run {
    /// Reads `CLIENT JOB SERVER ANSWER FOLDER CALLS AT_ONCE [CPU]` and goes to that CPU.
    pub fn from_arguments() -> Result<Self> {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().ok_or("an argument is missing");
        let run = Self {
            client: next()?,
            job: next()?,
            server: next()?,
            answer: next()?,
            folder: next()?.into(),
            calls: next()?.parse()?,
            at_once: next()?.parse()?,
        };
        if let Ok(cpu) = next() {
            let mut set = CpuSet::new();
            set.set(cpu.parse()?);
            sched_setaffinity(None, &set)?;
        }
        Ok(run)
    }

    /// The base URL under which any client reaches an answer.
    pub fn base(&self, answer: &str) -> String {
        format!("{}/{answer}/v1", self.server)
    }

    /// The references of an upload, in order.
    pub fn references(&self) -> Result<Vec<PathBuf>> {
        let mut paths = fs::read_dir(&self.folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }
}

/// The clocks of a run, from the moment they are started.
#[derive(Debug)]
pub struct Clocks {
    wall: Instant,
    cpu: u64,
    idle: u64,
}

impl Clocks {
    /// Starts them, and forgets the peak of memory so far.
    pub fn start() -> Result<Self> {
        // `5` resets the peak; a kernel that does not know it leaves an upper bound.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Ok(Self {
            idle: status("VmRSS:")?,
            cpu: cpu_time(),
            wall: Instant::now(),
        })
    }

    /// The line of JSON that tells what was measured.
    pub fn stop(self) -> Result<String> {
        let wall = self.wall.elapsed().as_nanos();
        let ended = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let cpu = cpu_time() - self.cpu;
        let (idle, peak) = (self.idle, status("VmHWM:")?);
        Ok(format!(
            r#"{{"wall_ns":{wall},"cpu_ns":{cpu},"idle_kib":{idle},"peak_kib":{peak},"ended_ns":"{ended}"}}"#
        ))
    }
}

/// User and system time of this process in nanoseconds.
fn cpu_time() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A figure of `/proc/self/status` in KiB.
fn status(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let figure = line.and_then(|line| line.split_whitespace().next());
    Ok(figure.ok_or("/proc/self/status lacks a figure")?.parse()?)
}
