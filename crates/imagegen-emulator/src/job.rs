//! The work a request comes down to, in terms both dialects share.

use std::sync::Arc;

use imagegen::{Date, Operation};
use serde_json::{Map, Value};

use crate::Dialect;
use crate::drawing::Drawing;

/// How pictures reach the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Inline,
    Link,
}

/// One picture of an answer.
#[derive(Clone)]
pub(crate) struct Shot {
    pub(crate) drawing: Drawing,
    /// What its item says besides the link or the bytes.
    pub(crate) item: Map<String, Value>,
    /// What it consumed by itself, where events say so.
    pub(crate) usage: Option<Value>,
}

/// An accepted request, resolved: nothing is left open.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) dialect: Dialect,
    pub(crate) operation: Operation,
    pub(crate) model: Arc<str>,
    /// The model's last day, if it is past.
    pub(crate) retired: Option<Date>,
    pub(crate) shots: Vec<Shot>,
    pub(crate) delivery: Delivery,
    /// Previews before each picture of a stream.
    pub(crate) partial_images: u32,
    /// What the answer and its events echo of the request, resolved.
    pub(crate) settings: Map<String, Value>,
    pub(crate) usage: Option<Value>,
    /// Tools that were used (Seedream).
    pub(crate) tools: Option<Value>,
}
