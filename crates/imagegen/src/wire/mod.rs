//! The crossing to the generated crate: no other module names its types.

mod answer;
mod call;
mod event;
mod request;

pub(crate) use answer::{Found, Pictures, Unreadable, damaged, read};
pub(crate) use call::{Call, Opened};
pub(crate) use event::{Happened, read_event};
pub(crate) use request::Body;

#[cfg(feature = "schemars")]
pub(crate) use request::request_schema;
