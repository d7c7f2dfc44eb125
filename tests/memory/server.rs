//! The server, in a process of its own: this test binary, started again. What it allocates must
//! not count, and neither must what it holds.
//!
//! The first segment of a path says what is answered: see [`Answer::named`].

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};

/// Set in the environment of the process that serves.
const SERVE: &str = "IMAGEGEN_TESTS_SERVE";
/// The answer to who only wants a connection.
const NO_MODELS: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";
/// What stands before the port in the output.
const PORT: &str = "listening on port ";

pub(crate) struct Server {
    port: u16,
    process: Child,
    /// Open as long as the server is wanted.
    _life: ChildStdin,
}

impl Server {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "server::serve", "--nocapture"])
            .env(SERVE, "yes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines
            .find_map(|line| Some(line.unwrap().split_once(PORT)?.1.parse().unwrap()))
            .unwrap();
        let life = process.stdin.take().unwrap();
        Self {
            port,
            process,
            _life: life,
        }
    }

    /// The base URL under which an answer is reached.
    pub(crate) fn base_url(&self, answer: &str) -> String {
        format!("http://127.0.0.1:{}/{answer}/v1", self.port)
    }

    /// Lets an answer that waits half-way go on.
    pub(crate) fn release(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"POST /release HTTP/1.1\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// No test: what the other process runs, until its standard input closes.
#[test]
fn serve() {
    if std::env::var_os(SERVE).is_none() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("\n{PORT}{}", listener.local_addr().unwrap().port());
    let gate = Arc::new(Gate::default());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, gate) = (stream.unwrap(), Arc::clone(&gate));
            // A client that hangs up is done.
            std::thread::spawn(move || drop(answer_all(stream, &gate)));
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// What an answer waits at that is sent in two parts.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

fn answer_all(mut stream: TcpStream, gate: &Gate) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default();
        let name = path[1..].split('/').next().unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            requests.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        std::io::copy(&mut (&mut requests).take(length), &mut std::io::sink())?;
        if name == "release" {
            *gate.open.lock().unwrap() = true;
            gate.opened.notify_all();
            return Ok(());
        }
        if path.ends_with("/models") {
            stream.write_all(NO_MODELS.as_bytes())?;
            continue;
        }
        Answer::named(&name).send(&mut stream, gate)?;
    }
}

/// An answer, made while it is sent.
struct Answer {
    events: bool,
    pictures: usize,
    bytes: usize,
    /// The size of the chunks it is sent in; with its length if there is none.
    chunk: Option<usize>,
    /// Whether it waits in the middle of the last picture.
    waits: bool,
    /// Whether its JSON is broken at its end.
    broken: bool,
}

impl Answer {
    /// `json-N-BYTES` or `sse-N-BYTES`; behind a dot `c1400` for chunks of 1400 bytes, `w` for
    /// one that waits, `b` for a broken one.
    fn named(name: &str) -> Self {
        let mut parts = name.split('.');
        let words: Vec<_> = parts.next().unwrap().split('-').collect();
        let mut answer = Self {
            events: words[0] == "sse",
            pictures: words[1].parse().unwrap(),
            bytes: words[2].parse().unwrap(),
            chunk: None,
            waits: false,
            broken: false,
        };
        for part in parts {
            match part.split_at(1) {
                ("c", size) => answer.chunk = Some(size.parse().unwrap()),
                ("w", _) => answer.waits = true,
                ("b", _) => answer.broken = true,
                other => panic!("{other:?} is no part of an answer's name"),
            }
        }
        answer
    }

    fn send(&self, stream: &mut TcpStream, gate: &Gate) -> std::io::Result<()> {
        let mime = if self.events {
            "text/event-stream"
        } else {
            "application/json"
        };
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: {mime}\r\n")?;
        match self.chunk {
            Some(_) => write!(stream, "transfer-encoding: chunked\r\n\r\n")?,
            None => {
                let mut length = Length(0);
                self.write(&mut length, &|| ())?;
                write!(stream, "content-length: {}\r\n\r\n", length.0)?;
            }
        }
        let wait = || {
            let mut open = gate.open.lock().unwrap();
            while self.waits && !*open {
                open = gate.opened.wait(open).unwrap();
            }
        };
        let Some(size) = self.chunk else {
            return self.write(stream, &wait);
        };
        let mut chunks = Chunks {
            stream: &mut *stream,
            size,
            gathered: Vec::new(),
        };
        self.write(&mut chunks, &wait)?;
        let last = std::mem::take(&mut chunks.gathered);
        chunks.send(&last)?;
        stream.write_all(b"0\r\n\r\n")
    }

    fn write(&self, out: &mut impl Write, wait: &dyn Fn()) -> std::io::Result<()> {
        if !self.events {
            write!(out, r#"{{"created":1790000000,"data":["#)?;
        }
        for number in 1..=self.pictures {
            let last = number == self.pictures;
            if self.events {
                let kind = if last { "completed" } else { "partial_image" };
                write!(
                    out,
                    r#"data: {{"type":"image_generation.{kind}","b64_json":""#
                )?;
            } else {
                write!(out, r#"{{"b64_json":""#)?;
            }
            picture(out, self.bytes, &|| {
                if last {
                    wait();
                }
            })?;
            write!(
                out,
                "\"}}{}",
                match (self.events, last) {
                    (true, _) => "\n\n",
                    (false, false) => ",",
                    (false, true) => "",
                }
            )?;
        }
        match (self.events, self.broken) {
            (true, _) => Ok(()),
            (false, false) => write!(out, r#"],"output_format":"png"}}"#),
            (false, true) => write!(out, "?"),
        }
    }
}

/// Base64 of a PNG's head, of zeros and of its end, in all `bytes` long.
fn picture(out: &mut impl Write, bytes: usize, half_way: &dyn Fn()) -> std::io::Result<()> {
    const HEAD: &[u8] = b"iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAAA";
    static ZEROS: [u8; 64 * 1024] = [b'A'; 64 * 1024];
    out.write_all(HEAD)?;
    // What a PNG ends with, in front of its last quad.
    const END: &[u8] = b"SUVORK5C";
    let mut left = bytes.div_ceil(3) * 4 - HEAD.len() - END.len() - 4;
    let padding = (3 - bytes % 3) % 3;
    let middle = left / 2;
    let mut passed = false;
    while left > 0 {
        let most = left.min(ZEROS.len());
        left -= most;
        out.write_all(&ZEROS[..most])?;
        if !passed && left <= middle {
            passed = true;
            out.flush()?;
            half_way();
        }
    }
    out.write_all(END)?;
    out.write_all(&b"AAAA"[padding..])?;
    out.write_all(&b"=="[..padding])
}

/// Counts what would be sent.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Sends in chunks of one size.
struct Chunks<'s> {
    stream: &'s mut TcpStream,
    size: usize,
    gathered: Vec<u8>,
}

impl Chunks<'_> {
    fn send(&mut self, chunk: &[u8]) -> std::io::Result<()> {
        if chunk.is_empty() {
            return Ok(());
        }
        let head = format!("{:x}\r\n", chunk.len());
        self.stream
            .write_all(&[head.as_bytes(), chunk, b"\r\n"].concat())
    }
}

impl Write for Chunks<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        while self.gathered.len() >= self.size {
            let rest = self.gathered.split_off(self.size);
            let chunk = std::mem::replace(&mut self.gathered, rest);
            self.send(&chunk)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        self.send(&gathered)
    }
}
