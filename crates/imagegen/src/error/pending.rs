//! Tickets: answers that say a picture will come.

use std::fmt;

use serde::Serialize;

/// A gateway took the request and answers later: the request was accepted, and polling it is the
/// gateway's own protocol, which this crate does not guess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pending {
    /// The id to ask for.
    pub task_id: String,
    /// How far it is, in the gateway's word.
    pub status: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl Pending {
    /// The server's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the gateway took the request and answers later: task {}",
            self.task_id
                .chars()
                .filter(|c| !c.is_control())
                .take(80)
                .collect::<String>()
        )
    }
}

impl std::error::Error for Pending {}
