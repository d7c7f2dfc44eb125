//! The crossing to the generated crate: no other module names its types.

mod answer;
mod document;
mod error_body;
mod event;
mod found;
pub(crate) mod headers;
mod members;
mod model_list;
mod reference;
mod request;
#[cfg(feature = "schemars")]
mod schema;
mod search;
mod transport;
mod upload;

pub(crate) use answer::{Unreadable, damaged, read_answer};
pub(crate) use event::{Happened, read_event};
pub(crate) use found::{Found, Pictures};
pub(crate) use model_list::model_ids;
pub(crate) use reference::{Reference, References};
pub(crate) use request::{Body, Inlay};
pub(crate) use transport::Call;
pub(crate) use upload::Content;
