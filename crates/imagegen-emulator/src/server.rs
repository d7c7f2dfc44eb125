//! The server: what its connections share, and how they are taken and ended.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Extension;
use futures_util::FutureExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use imagegen::{Date, ModelTable};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::drawing::{Drawing, Studio};
use crate::faults::choose::Chooser;
use crate::inspect::fnv;
use crate::record::Records;
use crate::routes;
use crate::socket::Socket;
use crate::store::{Link, Store, unix};

/// How long requests under way may take to end once the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// How an emulator behaves.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) latency: Duration,
    pub(crate) event_latency: Duration,
    pub(crate) fault_pause: Duration,
    pub(crate) body_limit: usize,
    pub(crate) keep_requests: usize,
    pub(crate) url_lifetime: Duration,
    pub(crate) image_host: Option<String>,
    pub(crate) strict: bool,
    pub(crate) table: Option<Arc<ModelTable>>,
    pub(crate) today: Option<Date>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            event_latency: Duration::from_millis(10),
            fault_pause: Duration::from_millis(200),
            body_limit: 600_000_000,
            keep_requests: 10_000,
            url_lifetime: Duration::from_secs(24 * 60 * 60),
            image_host: None,
            strict: false,
            table: None,
            today: None,
        }
    }
}

impl Config {
    pub(crate) fn table(&self) -> &ModelTable {
        self.table
            .as_deref()
            .unwrap_or_else(|| ModelTable::builtin())
    }
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) config: Config,
    pub(crate) faults: Chooser,
    pub(crate) records: Records,
    pub(crate) store: Store,
    pub(crate) studio: Studio,
    panics: Mutex<Vec<String>>,
    /// Where ids begin, so that two emulators give different ones.
    origin: u64,
    ids: AtomicU64,
}

impl Shared {
    pub(crate) fn new(address: SocketAddr, config: Config, faults: Chooser) -> Self {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            address,
            faults,
            records: Records::new(config.keep_requests),
            store: Store::default(),
            studio: Studio::new(),
            panics: Mutex::default(),
            origin: fnv(format!("{address} {}", now.as_nanos()).as_bytes()),
            ids: AtomicU64::new(0),
            config,
        }
    }

    /// A new id of 32 hexadecimal digits.
    pub(crate) fn next_id(&self) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        let first = fnv(&[self.origin.to_le_bytes(), number.to_le_bytes()].concat());
        let second = fnv(&[first.to_le_bytes(), number.to_be_bytes()].concat());
        format!("{first:016x}{second:016x}")
    }

    /// Keeps a picture for later and returns the link to it. `host` is what the request came to.
    pub(crate) fn link(&self, drawing: Drawing, host: &str, fate: Fate) -> String {
        let id = self.next_id();
        let expires = match fate {
            Fate::Expired => SystemTime::UNIX_EPOCH,
            _ => SystemTime::now() + self.config.url_lifetime,
        };
        let host = match &self.config.image_host {
            Some(name) => format!("{name}:{}", self.address.port()),
            None => host.to_owned(),
        };
        let url = format!(
            "http://{host}/images/{id}.{}?expires={}&signature={:016x}",
            drawing.word(),
            unix(expires),
            fnv(id.as_bytes()),
        );
        let not_found_yet = if fate == Fate::NotYet { 2 } else { 0 };
        self.store.put(
            id,
            Link {
                drawing,
                expires,
                not_found_yet,
            },
        );
        url
    }

    /// Runs a connection; a panic in it is kept for the emulator's owner.
    async fn guard(&self, connection: impl Future<Output = ()>) {
        if let Err(panic) = AssertUnwindSafe(connection).catch_unwind().await {
            self.report(&*panic);
        }
    }

    pub(crate) fn panics(&self) -> Vec<String> {
        self.panics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn report(&self, panic: &(dyn std::any::Any + Send)) {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("(no message)");
        self.panics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.to_owned());
    }
}

/// What becomes of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Works,
    /// It answers 404 at first.
    NotYet,
    Expired,
}

/// Takes connections until the server stops, then lets them end.
pub(crate) async fn run(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file handles, or the client is gone already: try again in a moment.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
            _ = stopping.changed() => break,
        };
        // Events are small and wait for nothing.
        let _ = stream.set_nodelay(true);
        let connection = connection(Socket::new(stream), Arc::clone(&shared), stopping.clone());
        let shared = Arc::clone(&shared);
        connections.spawn(async move { shared.guard(connection).await });
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn connection(socket: Socket, shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
    let router = routes::router(shared).layer(Extension(socket.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let stop = async {
        // An error is an emulator that was dropped, and this task with it.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    // How a connection ends is the client's affair, or a fault's.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::choose::Chooser;

    #[tokio::test]
    async fn panics_are_kept_with_their_message() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let shared = Shared::new(address, Config::default(), Chooser::default());
        shared.guard(async { panic!("number {}", 1) }).await;
        shared.guard(async { panic!("two") }).await;
        shared.guard(shared.studio.work(|| panic!("three"))).await;
        shared.guard(async {}).await;
        assert_eq!(shared.panics(), ["number 1", "two", "three"]);
    }

    #[test]
    fn ids_differ() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let shared = Shared::new(address, Config::default(), Chooser::default());
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| shared.next_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }
}
