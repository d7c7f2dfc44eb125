//! Tickets: answers that say a picture will come.

use std::fmt;

use serde_json::{Map, Value};

/// A gateway took the request and answers later: the request was accepted, and polling it is the
/// gateway's own protocol, which this crate does not guess.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// The id to ask for.
    pub task_id: String,
    /// How far it is, in the gateway's word.
    pub status: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl Pending {
    /// Finds a ticket in an answer, at the top or in `data`.
    pub(crate) fn find(object: &Map<String, Value>) -> Option<Self> {
        let data = object.get("data");
        [data.and_then(|data| data.get(0)), data, object.get("task")]
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .chain([object])
            .find_map(|object| {
                let task_id = match object.get("task_id")? {
                    Value::String(id) if !id.is_empty() => id.clone(),
                    Value::Number(id) => id.to_string(),
                    _ => return None,
                };
                let status = ["status", "task_status"]
                    .iter()
                    .find_map(|name| object.get(*name)?.as_str())
                    .map(str::to_owned);
                Some(Self {
                    task_id,
                    status,
                    request_id: None,
                })
            })
    }

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
