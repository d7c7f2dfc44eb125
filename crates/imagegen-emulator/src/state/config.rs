//! How an emulator behaves.

use std::sync::Arc;
use std::time::Duration;

use imagegen::models::ModelStatus;
use imagegen::{Date, ModelSpec, ModelTable};

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
    /// The day that the life of models is held against; without one, all of them are served.
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

/// The response header with the last day of a model that is past it.
pub(crate) const RETIRED: &str = "x-imagegen-retired";

impl Config {
    /// Where a model stands. Without a day none is shut down: what is emulated must not depend on
    /// when.
    pub(crate) fn status(&self, row: &ModelSpec) -> ModelStatus {
        match (self.today, row.life_cycle.shutdown) {
            (Some(today), _) => row.life_cycle.status(today),
            (None, Some(_)) => ModelStatus::Deprecated,
            (None, None) => ModelStatus::Active,
        }
    }

    /// The last day of a model that is past it, by the given day or the clock: told, and no more.
    pub(crate) fn retired(&self, row: &ModelSpec) -> Option<Date> {
        let today = self.today.unwrap_or_else(Date::today);
        row.life_cycle.shutdown.filter(|last| *last < today)
    }

    pub(crate) fn table(&self) -> &ModelTable {
        self.table
            .as_deref()
            .unwrap_or_else(|| ModelTable::builtin())
    }
}
