//! What the suites share: clients of the emulator, and servers that answer with fixed bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use imagegen::{Client, ClientBuilder, Provider};
use imagegen_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A gateway's client of an emulator.
pub(crate) fn client(emulator: &Emulator) -> Client {
    builder(emulator.base_url()).build().unwrap()
}

/// A client that talks to an emulator as to a vendor itself.
pub(crate) fn vendor(emulator: &Emulator, provider: Provider) -> Client {
    let base = match provider {
        Provider::Ark => emulator.ark_base_url(),
        _ => emulator.base_url(),
    };
    builder(base).provider(provider).build().unwrap()
}

/// A client in the making, with a key.
pub(crate) fn builder(base_url: String) -> ClientBuilder {
    Client::builder().base_url(base_url).api_key("sk-test-key")
}

/// A server that answers every request with the same bytes and then closes the connection.
pub(crate) struct Canned {
    pub(crate) base_url: String,
    hits: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Canned {
    /// Serves a status line's rest and a body with its length, as JSON.
    pub(crate) async fn json(status: &str, body: &str) -> Self {
        let head = "Content-Type: application/json\r\n";
        Self::start(status, head, body.as_bytes()).await
    }

    /// Serves a body with its length and these headers, each ended by CRLF.
    pub(crate) async fn start(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self::raw([head.as_bytes(), body].concat()).await
    }

    /// Serves these bytes, whatever they are.
    pub(crate) async fn raw(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let hits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&hits);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                // A client that hangs up early is part of some tests.
                let _ = answer_one(stream, &answer).await;
            }
        });
        Self {
            base_url,
            hits,
            task,
        }
    }

    /// How many connections came.
    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    pub(crate) fn client(&self) -> Client {
        builder(self.base_url.clone()).build().unwrap()
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request to its end, then answers.
async fn answer_one(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut block = [0; 4096];
    let (head, length) = loop {
        let count = stream.read(&mut block).await?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&block[..count]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            break (end + 4, length.unwrap_or(0));
        }
    };
    while request.len() < head + length {
        let count = stream.read(&mut block).await?;
        if count == 0 {
            break;
        }
        request.extend_from_slice(&block[..count]);
    }
    stream.write_all(answer).await?;
    stream.shutdown().await
}

/// Compares a document of the repository with what it should be, or writes it if asked to.
pub(crate) fn kept(path: &str, text: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let differing: Vec<_> = text
        .lines()
        .filter(|line| !known.lines().any(|l| l == *line))
        .collect();
    assert!(
        differing.is_empty(),
        "{path} is stale; run the test with UPDATE_DOCS=1:\n{}",
        differing.join("\n")
    );
}
