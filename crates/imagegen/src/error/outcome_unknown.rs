//! A call whose outcome is unknown.

use std::fmt;

use reqwest::StatusCode;
use serde::Serialize;

use super::cause::Cause;
use crate::response::ImageResponse;

/// How far a call had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// The request was going out, or was out and no answer had begun.
    Waiting,
    /// The answer had begun.
    Reading,
}

/// A call whose outcome is unknown: it may have been carried out and billed.
#[derive(Debug)]
pub struct OutcomeUnknown {
    pub(crate) phase: Phase,
    pub(crate) timed_out: bool,
    pub(crate) status: Option<StatusCode>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) received: u64,
    pub(crate) partial: Option<Box<ImageResponse>>,
    pub(crate) source: Option<Cause>,
}

impl OutcomeUnknown {
    /// How far the call had come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The id this client sent with the request, for the vendor's support.
    pub fn client_request_id(&self) -> Option<&str> {
        self.client_request_id.as_deref()
    }

    /// The server's id of the request, if its answer had begun with one.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The bytes of the answer that had arrived.
    pub fn received(&self) -> u64 {
        self.received
    }
}

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.phase, self.timed_out) {
            (Phase::Waiting, true) => match self.status {
                Some(status) => format!("a proxy waited in vain (HTTP {})", status.as_u16()),
                None => "no answer came in time".to_owned(),
            },
            (Phase::Waiting, false) => "the connection ended before an answer came".to_owned(),
            (Phase::Reading, true) => format!("the answer stopped after {} bytes", self.received),
            (Phase::Reading, false) => format!("the answer was cut after {} bytes", self.received),
        };
        write!(
            f,
            "{what}; the request may have been carried out and billed, so it was not sent again"
        )?;
        match (&self.request_id, &self.client_request_id) {
            (Some(id), _) => write!(f, " (request id {id})"),
            (None, Some(id)) => write!(f, " (client request id {id})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for OutcomeUnknown {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
