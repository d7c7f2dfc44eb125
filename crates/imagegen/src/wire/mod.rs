//! The crossing to the generated crate: no other module names its types.

mod answer;
mod call;
mod event;
mod plain;
mod request;

pub(crate) use answer::{Answer, Found, Pictures, Unreadable, damaged, first_value};
pub(crate) use call::Call;
pub(crate) use event::{Happened, read_event};
pub(crate) use plain::read_text;
pub(crate) use request::{Body, Inlay};

#[cfg(feature = "schemars")]
pub(crate) use request::request_schema;
