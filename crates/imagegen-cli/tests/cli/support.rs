//! A folder to run the command in, and servers that answer wrongly.

use std::cell::Cell;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use imagegen_emulator::{Emulator, EmulatorBuilder, Fault, RecordedRequest};
use tempfile::TempDir;

/// A PNG of one pixel.
pub(crate) const PIXEL_BASE64: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// An empty folder, and nothing of the tester's environment.
pub(crate) struct Sandbox {
    folder: TempDir,
    temporary: TempDir,
    /// The port of its emulators: a batch that goes on asks who was asked before.
    port: Cell<u16>,
}

/// Splits a command line as a shell does, as far as these tests need it: at spaces, but not
/// within single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let mut word = None::<String>;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) struct Invocation {
    command: Command,
    stdin: String,
    temporary: PathBuf,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            temporary: tempfile::tempdir().unwrap(),
            port: Cell::new(0),
        }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn temporary(&self, name: impl AsRef<Path>) -> PathBuf {
        self.temporary.path().join(name)
    }

    /// Everything in the folder, hidden or not, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.folder.path()).unwrap();
                found.push(name.to_string_lossy().replace('\\', "/"));
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        found.sort();
        found
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        self.command(line).run()
    }

    /// Runs with a base URL and the key `test-key` in the environment.
    pub(crate) fn run_at(&self, base_url: &str, line: &str) -> Run {
        self.command(line)
            .env("IMAGEGEN_BASE_URL", base_url)
            .env("IMAGEGEN_API_KEY", "test-key")
            .run()
    }

    /// Runs a shell script with the command as `$0` and its arguments as `$@`.
    #[cfg(unix)]
    pub(crate) fn run_in_shell(&self, script: &str, line: &str) -> Run {
        self.in_shell(script, line).run()
    }

    /// Starts the same, as [`Sandbox::spawn`] does.
    #[cfg(unix)]
    pub(crate) fn spawn_in_shell(&self, script: &str, line: &str) -> Child {
        self.in_shell(script, line).spawn()
    }

    #[cfg(unix)]
    fn in_shell(&self, script: &str, line: &str) -> Invocation {
        let mut invocation = self.invocation("sh");
        invocation
            .command
            .args(["-c", script, env!("CARGO_BIN_EXE_imagegen")])
            .args(words(line));
        invocation.env("IMAGEGEN_API_KEY", "test-key")
    }

    pub(crate) fn command(&self, line: &str) -> Invocation {
        let mut invocation = self.invocation(env!("CARGO_BIN_EXE_imagegen"));
        invocation.command.args(words(line));
        invocation
    }

    /// Starts the command with the key `test-key`; its three streams are pipes.
    #[cfg(unix)]
    pub(crate) fn spawn(&self, line: &str) -> Child {
        self.command(line)
            .env("IMAGEGEN_API_KEY", "test-key")
            .spawn()
    }

    /// Waits for what was started.
    #[cfg(unix)]
    pub(crate) fn wait(&self, child: Child) -> Run {
        Run::new(&child.wait_with_output().unwrap(), self.temporary.path())
    }

    fn invocation(&self, program: &str) -> Invocation {
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("TMPDIR", self.temporary.path());
        for kept in ["PATH", "SystemRoot", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        Invocation {
            command,
            stdin: String::new(),
            temporary: self.temporary.path().to_owned(),
        }
    }
}

impl Invocation {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    #[cfg(unix)]
    fn spawn(mut self) -> Child {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn stdin_text(mut self, text: &str) -> Self {
        self.stdin = text.to_owned();
        self
    }

    pub(crate) fn run(mut self) -> Run {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(self.stdin.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Run::new(&output, &self.temporary)
    }
}

impl Run {
    fn new(output: &Output, temporary: &Path) -> Self {
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .unwrap()
                .replace(&*temporary.to_string_lossy(), "TMPDIR")
        };
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Stdout, which is one JSON object.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit {}\n----- stdout\n{}----- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// The bytes of [`PIXEL_BASE64`].
pub(crate) fn pixel() -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(PIXEL_BASE64)
        .unwrap()
}

/// What a server does with its one connection.
pub(crate) enum Answer {
    /// Answers, after doing something else.
    Http(String, Box<dyn FnOnce() + Send>),
    /// Answers with these bytes.
    Bytes(Vec<u8>),
    /// Answers with these bytes, and then says nothing until the client has gone.
    Begun(Vec<u8>),
    /// Closes the connection.
    Nothing,
    /// Says nothing until the client has gone.
    Silence,
}

impl Answer {
    pub(crate) fn new(status: &str, content_type: &str, body: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\nx-request-id: req-1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        Self::Http(head + body, Box::new(|| {}))
    }

    /// The picture itself, at a link.
    pub(crate) fn picture_file() -> Self {
        let bytes = pixel();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            bytes.len()
        );
        Self::Bytes([head.into_bytes(), bytes].concat())
    }

    pub(crate) fn json(status: &str, body: &str) -> Self {
        Self::new(status, "application/json", body)
    }

    pub(crate) fn picture() -> Self {
        let body = format!(r#"{{"created": 1, "data": [{{"b64_json": "{PIXEL_BASE64}"}}]}}"#);
        Self::json("200 OK", &body)
    }

    /// An answer whose picture is at this URL.
    pub(crate) fn link(url: &str) -> Self {
        Self::json("200 OK", &format!(r#"{{"data": [{{"url": "{url}"}}]}}"#))
    }

    /// The same with more lines in its head.
    pub(crate) fn with_header(self, line: &str) -> Self {
        match self {
            Self::Http(text, first) => {
                Self::Http(text.replacen("\r\n", &format!("\r\n{line}\r\n"), 1), first)
            }
            other => other,
        }
    }

    pub(crate) fn after(self, first: impl FnOnce() + Send + 'static) -> Self {
        match self {
            Self::Http(text, _) => Self::Http(text, Box::new(first)),
            other => other,
        }
    }
}

/// Takes one request and deals with it; returns the base URL.
pub(crate) fn server(answer: Answer) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        read_request(&mut stream);
        match answer {
            Answer::Http(text, first) => {
                first();
                stream.write_all(text.as_bytes()).unwrap();
            }
            Answer::Bytes(bytes) => stream.write_all(&bytes).unwrap(),
            Answer::Begun(bytes) => {
                stream.write_all(&bytes).unwrap();
                let _ = stream.read(&mut [0]);
            }
            Answer::Nothing => {}
            Answer::Silence => {
                let _ = stream.read(&mut [0]);
            }
        }
    });
    (url, thread)
}

/// A server that answers every request, each on a connection of its own, as it is told by its
/// number (from 0) and its text; returns the base URL, and how many requests came.
pub(crate) fn stub(
    answer: impl Fn(usize, &str) -> Answer + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let (answer, count) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (answer, count) = (Arc::clone(&answer), Arc::clone(&counted));
            std::thread::spawn(move || {
                let request = read_request(&mut stream);
                if request.is_empty() {
                    return;
                }
                let number = count.fetch_add(1, Ordering::SeqCst);
                match answer(number, &request) {
                    Answer::Http(text, first) => {
                        first();
                        let _ = stream.write_all(text.as_bytes());
                    }
                    Answer::Bytes(bytes) => {
                        let _ = stream.write_all(&bytes);
                    }
                    Answer::Begun(bytes) => {
                        let _ = stream.write_all(&bytes);
                        let _ = stream.read(&mut [0]);
                    }
                    Answer::Nothing => {}
                    Answer::Silence => {
                        let _ = stream.read(&mut [0]);
                    }
                }
            });
        }
    });
    (url, count)
}

/// Reads a request with its body.
fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some(head) = text.find("\r\n\r\n") {
            let length = text
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
                .unwrap_or(0);
            if request.len() >= head + 4 + length {
                return String::from_utf8_lossy(&request).into_owned();
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return String::new(),
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A base URL where nobody listens.
pub(crate) fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}

/// Waits until the command says something on stderr.
#[cfg(unix)]
pub(crate) fn wait_for_words(child: &mut Child, words: &str) -> BufReader<ChildStderr> {
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !said.contains(words) {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    stderr
}

#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// The emulator and a runtime for it, which tests of a binary have none of.
pub(crate) struct Served {
    runtime: tokio::runtime::Runtime,
    pub(crate) emulator: Emulator,
}

/// What an emulator saw.
pub(crate) struct Seen {
    pub(crate) requests: Vec<RecordedRequest>,
    /// The requests a vendor would bill.
    pub(crate) accepted: u64,
}

impl Served {
    pub(crate) fn start(builder: EmulatorBuilder) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let emulator = runtime.block_on(builder.start()).unwrap();
        Self { runtime, emulator }
    }

    /// Waits until it has been sent something.
    #[cfg(unix)]
    pub(crate) fn wait_for_request(&self) {
        for _ in 0..2000 {
            if !self.emulator.requests().is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no request came");
    }

    pub(crate) fn stop(self) -> Seen {
        let seen = Seen {
            requests: self.emulator.requests(),
            accepted: self.emulator.accepted(),
        };
        self.runtime.block_on(self.emulator.stop());
        seen
    }
}

impl Seen {
    /// The id the client sent with its only request.
    pub(crate) fn client_request_id(&self) -> &str {
        assert_eq!(self.requests.len(), 1);
        self.requests[0].header("x-client-request-id").unwrap()
    }
}

impl Sandbox {
    /// Runs against an emulator of its own that answers with these faults, one each.
    pub(crate) fn run_at_faulty(&self, faults: &[Fault], line: &str) -> (Run, Seen) {
        let address = (std::net::Ipv4Addr::LOCALHOST, self.port.get()).into();
        let builder = Emulator::builder().address(address);
        let served = Served::start(builder.fault_queue(faults.iter().copied()));
        self.port.set(served.emulator.address().port());
        let run = self.run_at(&served.emulator.base_url(), line);
        (run, served.stop())
    }

    /// The same; also returns how many requests it saw.
    pub(crate) fn run_at_emulator(&self, faults: &[Fault], line: &str) -> (Run, usize) {
        let (run, seen) = self.run_at_faulty(faults, line);
        (run, seen.requests.len())
    }
}
