//! The emulator as its users hold it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use imagegen::{Date, ModelTable};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fault::{Chance, Chooser};
use crate::http::server;
use crate::state::{Config, RETIRED, Shared};
use crate::{Fault, RecordedRequest};

/// An image endpoint on this machine, for tests and for trying things out.
///
/// It listens from [`Emulator::start`] until it is dropped, on the runtime it was started on.
///
/// # Panics
///
/// Dropping it panics if one of its handlers did, so that a test cannot miss it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use imagegen_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::start().await?;
/// let base_url = emulator.base_url(); // http://127.0.0.1:PORT/v1
/// emulator.fault_next(Fault::Status503);
/// // ... point a client at `base_url` ...
/// assert_eq!(emulator.accepted(), 0);
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    shared: Arc<Shared>,
    stopping: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

impl Emulator {
    /// What it serves: method and path, and what for.
    pub const ROUTES: &'static [(&'static str, &'static str)] = &[
        (
            "POST /v1/images/generations",
            "images, in the dialect of the model",
        ),
        ("POST /v1/images/edits", "edits, by form or by JSON"),
        ("GET /v1/models", "the models of both vendors"),
        (
            "POST /api/v3/images/generations",
            "images, as Ark serves them",
        ),
        ("GET /api/v3/models", "Seedream's models, as Ark lists them"),
        ("GET /images/{id}", "the picture an answer links to"),
        ("GET /v1/tasks/{id}", "the state of an asynchronous ticket"),
        ("GET /v1/images/tasks/{id}", "the same"),
        ("GET /healthz", "whether it is up"),
    ];

    /// The response header with the last day of a model that was served beyond it.
    pub const RETIRED_HEADER: &'static str = RETIRED;

    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// An emulator with other than the usual behaviour.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Its root, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// The base URL of its gateway, `…/v1`, where the model decides the dialect.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    /// The base URL of its Ark, `…/api/v3`.
    pub fn ark_base_url(&self) -> String {
        format!("{}/api/v3", self.url())
    }

    /// The requests it was sent, oldest first: every request, downloads and lists too.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.records.all()
    }

    /// How many requests for images it took on: what a vendor would bill.
    pub fn accepted(&self) -> u64 {
        self.shared.records.accepted()
    }

    /// Adds a fault for the next request for images; several are met one after the other.
    pub fn fault_next(&self, fault: Fault) {
        self.shared.faults.push(fault);
    }

    /// Adds a fault for each of the next `count` requests for images.
    pub fn fault_next_n(&self, fault: Fault, count: usize) {
        for _ in 0..count {
            self.fault_next(fault);
        }
    }

    /// Stops: takes no more connections, lets the requests under way end for a moment, closes
    /// everything.
    ///
    /// # Panics
    ///
    /// If one of its handlers panicked.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        if let Some(server) = self.server.take() {
            // The server catches its own panics.
            let _ = server.await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
        }
        let panics = self.shared.panics();
        if !std::thread::panicking() && !panics.is_empty() {
            panic!("the emulator panicked: {}", panics.join("; "));
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.shared.address)
            .field("accepted", &self.accepted())
            .finish_non_exhaustive()
    }
}

/// Sets up an [`Emulator`].
#[derive(Clone, Debug)]
#[must_use = "nothing listens until `start`"]
pub struct EmulatorBuilder {
    address: SocketAddr,
    config: Config,
    fault: Option<Fault>,
    queue: Vec<Fault>,
    chance: Option<Chance>,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            config: Config::default(),
            fault: None,
            queue: Vec::new(),
            chance: None,
        }
    }
}

impl EmulatorBuilder {
    /// Where it listens. Unset, a free port of 127.0.0.1.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// A fault that every request for images meets, unless its header or the queue says
    /// otherwise.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Faults for the first requests for images, one each.
    pub fn fault_queue(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.queue.extend(faults);
        self
    }

    /// Lets chance send faults to requests for images, with a probability from 0 to 1. All but
    /// the endless ones take part; the same seed throws the same sequence.
    pub fn random_faults(self, seed: u64, probability: f64) -> Self {
        let faults = Fault::ALL
            .iter()
            .copied()
            .filter(|fault| !fault.is_endless());
        self.random_faults_among(seed, probability, faults)
    }

    /// Lets chance send some of these faults.
    pub fn random_faults_among(
        mut self,
        seed: u64,
        probability: f64,
        faults: impl IntoIterator<Item = Fault>,
    ) -> Self {
        self.chance = Some(Chance::new(seed, probability, faults.into_iter().collect()));
        self
    }

    /// How long a request for images takes before its answer begins, drawing not counted.
    /// Unset, none.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.config.latency = latency;
        self
    }

    /// How long each event of a stream takes, drawing not counted. Unset, 10 ms.
    pub fn event_latency(mut self, latency: Duration) -> Self {
        self.config.event_latency = latency;
        self
    }

    /// How long the faults that pause do so; those that drip take parts of it. Unset, 200 ms.
    pub fn fault_pause(mut self, pause: Duration) -> Self {
        self.config.fault_pause = pause;
        self
    }

    /// The largest request body, in bytes; larger ones get status 413. Unset, 600 million: 14
    /// reference images of 30 MB in base64.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.config.body_limit = bytes;
        self
    }

    /// How many requests are kept for [`Emulator::requests`]; the oldest go first. Unset, 10000.
    pub fn keep_requests(mut self, count: usize) -> Self {
        self.config.keep_requests = count;
        self
    }

    /// How long links to pictures live. Unset, 24 hours, as Ark's do.
    pub fn url_lifetime(mut self, lifetime: Duration) -> Self {
        self.config.url_lifetime = lifetime;
        self
    }

    /// The host name in links to pictures, such as `localhost`: another origin than the API's,
    /// on the same port. Unset, the one the request came to.
    pub fn image_host(mut self, host: impl Into<String>) -> Self {
        self.config.image_host = Some(host.into());
        self
    }

    /// Refuses model ids that have no row instead of guessing their dialect.
    pub fn strict(mut self, strict: bool) -> Self {
        self.config.strict = strict;
        self
    }

    /// The table that requests are held against. Unset, the built-in one.
    pub fn model_table(mut self, table: ModelTable) -> Self {
        self.config.table = Some(Arc::new(table));
        self
    }

    /// The day that the life of models is held against: the Ark route then refuses those past
    /// their last day, as Ark does.
    ///
    /// Unset, all models are served on every day, and an answer from one that is past its last
    /// day says so in [`Emulator::RETIRED_HEADER`] and [`RecordedRequest::retired`]. A single
    /// refusal is [`Fault::ModelRetired`].
    pub fn today(mut self, today: Date) -> Self {
        self.config.today = Some(today);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> io::Result<Emulator> {
        let listener = TcpListener::bind(self.address).await?;
        let faults = Chooser::new(self.fault, self.queue, self.chance);
        let shared = Arc::new(Shared::new(listener.local_addr()?, self.config, faults));
        let (stopping, stopped) = watch::channel(false);
        let server = tokio::spawn(server::run(listener, Arc::clone(&shared), stopped));
        Ok(Emulator {
            shared,
            stopping,
            server: Some(server),
        })
    }
}
