//! How an emulator behaves.

use std::sync::Arc;
use std::time::Duration;

use imagegen::{Date, ModelTable};

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
