//! What all connections share.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use futures_util::FutureExt as _;

use super::config::Config;
use super::pace::Pace;
use super::record::Records;
use super::store::{Fate, Link, Store, unix};
use crate::drawing::{Drawing, Studio};
use crate::fault::Chooser;
use crate::hash::fnv;

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) config: Config,
    pub(crate) faults: Chooser,
    pub(crate) records: Records,
    pub(crate) store: Store,
    pub(crate) studio: Studio,
    pub(crate) pace: Pace,
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
            pace: Pace::default(),
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
        self.store.put(
            id,
            Link {
                drawing,
                expires,
                fate,
                asked: 0,
            },
        );
        url
    }

    /// Runs a connection; a panic in it is kept for the emulator's owner.
    pub(crate) async fn guard(&self, connection: impl Future<Output = ()>) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
