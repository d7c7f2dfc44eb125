//! The crossing to the generated crate: no other module names its types.

mod answer;
mod error_body;
mod event;
pub(crate) mod headers;
mod lenient;
mod plain;
mod reference;
mod request;
#[cfg(feature = "schemars")]
mod schema;
mod transport;
mod upload;

pub(crate) use answer::{Answer, Found, Pictures, Unreadable, damaged, first_value};
pub(crate) use event::{Happened, read_event};
pub(crate) use plain::read_text;
pub(crate) use reference::{Reference, References};
pub(crate) use request::{Body, Inlay};
pub(crate) use transport::Call;
pub(crate) use upload::Content;
