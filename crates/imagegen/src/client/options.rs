//! What one call may do otherwise than its client.

use std::time::Duration;

/// How long the parts of a call may take; a picture can take minutes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timeouts {
    pub(crate) total: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) idle: Option<Duration>,
}

/// Overrides for the calls of one copy of a client: see [`Client::with`](crate::Client::with).
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until a client takes them"]
pub struct CallOptions {
    pub(crate) timeouts: Timeouts,
    pub(crate) client_request_id: Option<String>,
    pub(crate) max_retries: Option<u32>,
}

impl CallOptions {
    /// Starts with nothing overridden.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the whole call, retries and all.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeouts.total = Some(limit);
        self
    }

    /// Limits the time from sending to the head of the answer.
    pub fn first_byte_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.first_byte = Some(limit);
        self
    }

    /// Limits the pauses within the answer.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.idle = Some(limit);
        self
    }

    /// Sends this as `X-Client-Request-Id`, by which both vendors find a call in their logs; one
    /// made up for each call when left out. It does not keep a repeated call from being billed.
    pub fn client_request_id(mut self, id: impl Into<String>) -> Self {
        self.client_request_id = Some(id.into());
        self
    }

    /// Sets how often a call that was surely not accepted is made again.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }
}

/// How calls are repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// The most repetitions of one call.
    pub(crate) max_retries: u32,
    /// Whether calls of unknown outcome are repeated as well, which can pay twice.
    pub(crate) may_bill_twice: bool,
}
