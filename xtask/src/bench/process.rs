//! Starts the programs, and gives them a place for their files.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::build::Programs;
use super::workload::{Disk, Workload};

/// How many references an upload has, and how large they are.
const REFERENCES: usize = 14;
const REFERENCE_BYTES: usize = 8 * 1024 * 1024;

/// Folders for what is written and what is sent.
pub(super) struct Scratch {
    /// On tmpfs where there is one.
    memory: PathBuf,
    disk: PathBuf,
}

impl Scratch {
    pub(super) fn new(root: &Path) -> Result<Self> {
        let shm = Path::new("/dev/shm");
        let memory = if shm.is_dir() {
            shm.join(format!("imagegen-bench-{}", std::process::id()))
        } else {
            root.join("target/bench/memory")
        };
        let disk = root.join("target/bench/disk");
        let references = memory.join("references");
        fs::create_dir_all(&references)?;
        fs::create_dir_all(&disk)?;
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x04\0\x08\x06\0\0\0";
        let mut content = head.to_vec();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        while content.len() < REFERENCE_BYTES {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            content.extend_from_slice(&state.to_le_bytes());
        }
        content.truncate(REFERENCE_BYTES);
        for number in 0..REFERENCES {
            fs::write(references.join(format!("{number:02}.png")), &content)?;
        }
        Ok(Self { memory, disk })
    }

    /// Where the server leaves its certificate.
    pub(super) fn certificate(&self) -> PathBuf {
        self.memory.join("certificate.der")
    }

    /// The folder for a run: an empty one, or that of the references.
    fn folder(&self, workload: &Workload) -> Result<PathBuf> {
        if workload.job == "upload" {
            return Ok(self.memory.join("references"));
        }
        match workload.disk {
            Disk::Tmpfs => self.pictures(),
            Disk::Real => emptied(self.disk.join("pictures")),
        }
    }

    /// An empty folder for pictures.
    pub(super) fn pictures(&self) -> Result<PathBuf> {
        emptied(self.memory.join("pictures"))
    }
}

fn emptied(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.memory);
        let _ = fs::remove_dir_all(&self.disk);
    }
}

/// The server, as long as this lives.
pub(super) struct Server {
    process: Child,
    _life: ChildStdin,
    port: u16,
    certificate: Option<PathBuf>,
}

impl Server {
    pub(super) fn start(programs: &Programs, certificate: Option<PathBuf>) -> Result<Self> {
        let mut command = Command::new(programs.server());
        command.args(["--cpu", "1"]);
        if let Some(certificate) = &certificate {
            command.arg("--tls").arg(certificate);
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let life = process.stdin.take().context("the server has no input")?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        Ok(Self {
            process,
            _life: life,
            port: port.trim().parse().context("the server names no port")?,
            certificate,
        })
    }

    pub(super) fn url(&self) -> String {
        match self.certificate {
            Some(_) => format!("https://localhost:{}", self.port),
            None => format!("http://127.0.0.1:{}", self.port),
        }
    }

    /// When the last answer had been sent, in nanoseconds since 1970.
    fn clock(&self) -> Result<i128> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(b"GET /clock HTTP/1.1\r\n\r\n")?;
        let mut answer = [0; 1024];
        let count = stream.read(&mut answer)?;
        let answer = std::str::from_utf8(&answer[..count])?;
        let (_, time) = answer.split_once("\r\n\r\n").context("no clock")?;
        Ok(time.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a run prints.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Line<'a> {
    wall_ns: u64,
    cpu_ns: u64,
    idle_kib: u64,
    peak_kib: u64,
    ended_ns: &'a str,
}

/// What one run measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// A call, in milliseconds.
    pub(super) wall: f64,
    pub(super) cpu: f64,
    /// Over idle, in MiB.
    pub(super) memory: f64,
    /// From the last byte sent to the end, in milliseconds.
    pub(super) tail: f64,
}

/// Runs one client once.
pub(super) fn run(
    programs: &Programs,
    scratch: &Scratch,
    server: &Server,
    workload: &Workload,
    client: &str,
) -> Result<Sample> {
    let (client, job) = client.split_once(':').unwrap_or((client, workload.job));
    let mut command = Command::new(programs.client(client));
    command
        .args([client, job, &server.url(), workload.answer])
        .arg(scratch.folder(workload)?)
        .args([workload.calls, workload.at_once].map(|count| count.to_string()))
        .arg("0");
    if let Some(certificate) = &server.certificate {
        command.env("CERT", certificate);
    }
    let output = command.output().context("cannot start a client")?;
    ensure!(
        output.status.success(),
        "{client} fails at {}: {}",
        workload.name,
        String::from_utf8_lossy(&output.stderr)
    );
    let line: Line<'_> = serde_json::from_slice(&output.stdout)?;
    let tail = match workload.tls {
        true => f64::NAN,
        false => (line.ended_ns.parse::<i128>()? - server.clock()?) as f64 / 1e6,
    };
    let a_call = |nanoseconds: u64| nanoseconds as f64 / 1e6 / f64::from(workload.calls);
    Ok(Sample {
        wall: a_call(line.wall_ns),
        cpu: a_call(line.cpu_ns),
        memory: line.peak_kib.saturating_sub(line.idle_kib) as f64 / 1024.0,
        tail,
    })
}
