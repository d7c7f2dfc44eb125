//! The crossing to the generated crate: no other module names its types.

mod answer;
mod call;
mod event;
mod plain;
mod request;

pub(crate) use answer::{Answer, Found, Pictures, Unreadable, damaged, read};
pub(crate) use call::{Call, Opened};
pub(crate) use event::{Happened, read_event};
pub(crate) use plain::read_plain;
pub(crate) use request::{Body, Inlay};

#[cfg(feature = "schemars")]
pub(crate) use request::request_schema;
