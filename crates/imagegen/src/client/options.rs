//! What a call may take, and how it is made.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;

/// Limits, retries and headers of a call: a client has those of all its calls, and a call may
/// change its copy.
#[derive(Clone)]
pub(crate) struct CallOptions {
    /// How long the whole call may take, retries included; a picture can take minutes.
    pub(crate) total: Option<Duration>,
    /// How long the head of the answer may take.
    pub(crate) first_byte: Option<Duration>,
    /// How long the answer may pause.
    pub(crate) idle: Option<Duration>,
    /// The most repetitions of a call that was surely not accepted.
    pub(crate) max_retries: u32,
    /// Whether calls of unknown outcome are repeated as well, which can pay twice.
    pub(crate) may_bill_twice: bool,
    /// The most bytes of an answer, as they come over the wire.
    pub(crate) max_answer: u64,
    /// The most bytes of one decoded picture.
    pub(crate) max_image: u64,
    /// The key, marked sensitive, and the caller's own headers.
    pub(crate) headers: Arc<HeaderMap>,
    /// The id a call is sent with; one is made up where there is none.
    pub(crate) client_request_id: Option<String>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            total: Some(Duration::from_secs(600)),
            first_byte: None,
            idle: Some(Duration::from_secs(300)),
            max_retries: 2,
            may_bill_twice: false,
            max_answer: 2 * 1024 * 1024 * 1024,
            max_image: 256 * 1024 * 1024,
            headers: Arc::default(),
            client_request_id: None,
        }
    }
}

impl CallOptions {
    /// When a call that began at `started` must be over.
    pub(crate) fn deadline(&self, started: Instant) -> Option<Instant> {
        self.total.map(|total| started + total)
    }
}
