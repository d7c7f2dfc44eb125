//! A request that did not reach the server.

use std::fmt;

use super::cause::Cause;

/// A request that surely did not reach the server: no connection, no name, no TLS.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) host: String,
    pub(crate) timed_out: bool,
    /// Whether the server refused it before it was processed.
    pub(crate) refused: bool,
    pub(crate) source: Option<Cause>,
}

impl TransportError {
    /// The host that could not be reached.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.refused {
            return write!(
                f,
                "{} refused the request before it was processed",
                self.host
            );
        }
        let how = if self.timed_out { " in time" } else { "" };
        write!(f, "cannot connect to {}{how}; nothing was sent", self.host)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
