//! Programs that run beside this one, and those of this workspace that take part.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::runtime::Runtime;

/// How long a program may take to load.
const START: Duration = Duration::from_secs(60);

/// A running program, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a child without pipes");
        };
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            stdin,
            lines,
        })
    }

    /// What it begins with.
    pub(crate) fn first_line(&self) -> Option<String> {
        self.lines.recv_timeout(START).ok()
    }

    /// Sends a line and waits for the one that answers it.
    pub(crate) fn ask(&mut self, line: &str, limit: Duration) -> Result<String, &'static str> {
        writeln!(self.stdin, "{line}").map_err(|_| "crashes")?;
        self.lines.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => "hangs",
            RecvTimeoutError::Disconnected => "crashes",
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `imagegen serve` on a free port, killed when it is dropped, and when this program is told to
/// end: only while there is one does it listen to that, so keep it to the last.
#[derive(Debug)]
pub(crate) struct Server {
    running: Arc<Mutex<Option<Running>>>,
    pub(crate) url: String,
    _watch: Runtime,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--port", "0"]).stderr(Stdio::null());
        let running = Running::start(&mut command)?;
        let line = running
            .first_line()
            .context("`imagegen serve` does not start")?;
        let url = line
            .strip_prefix("listening on ")
            .with_context(|| format!("`imagegen serve` begins with {line:?}"))?
            .to_owned();
        let running = Arc::new(Mutex::new(Some(running)));
        let watch = Runtime::new().context("cannot start a runtime")?;
        watch.spawn(end_together(Arc::clone(&running)));
        Ok(Self {
            running,
            url,
            _watch: watch,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&self.running);
    }
}

fn end(running: &Mutex<Option<Running>>) {
    drop(
        running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(),
    );
}

/// Ends the server when this program is told to end. The drivers end by themselves then, for
/// want of calls.
#[allow(clippy::exit)] // There is nothing to go back to.
async fn end_together(running: Arc<Mutex<Option<Running>>>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    end(&running);
    std::process::exit(1);
}

/// The programs of this workspace that take part.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) imagegen: PathBuf,
    pub(crate) probe: PathBuf,
    /// The folder cargo builds into.
    pub(crate) target: PathBuf,
}

impl Programs {
    /// Builds them, and asks cargo where they are.
    pub(crate) fn build(root: &Path) -> Result<Self> {
        const ARGUMENTS: [&str; 10] = [
            "build",
            "--quiet",
            "--package",
            "imagegen-cli",
            "--bin",
            "imagegen",
            "--package",
            "imagegen-tests",
            "--example",
            "probe",
        ];
        let output = Command::new(crate::cargo())
            .args(ARGUMENTS)
            .arg("--message-format=json-render-diagnostics")
            .current_dir(root)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("`cargo {}` failed", ARGUMENTS.join(" "));
        }
        let messages: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let find = |name: &str| {
            messages
                .iter()
                .filter(|message| message["target"]["name"] == name)
                .find_map(|message| message["executable"].as_str())
                .map(PathBuf::from)
                .with_context(|| format!("cargo names no executable for {name}"))
        };
        let imagegen = find("imagegen")?;
        // TARGET/debug/imagegen
        let target = imagegen.ancestors().nth(2).map(Path::to_owned);
        Ok(Self {
            probe: find("probe")?,
            target: target.context("the command has no folder")?,
            imagegen,
        })
    }
}
