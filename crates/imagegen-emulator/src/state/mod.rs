//! What an emulator remembers: how it behaves, what it was sent, what its links lead to.

mod config;
mod pace;
mod record;
mod shared;
mod store;

pub(crate) use config::{Config, RETIRED};
pub(crate) use record::Entry;
pub use record::{RecordedBody, RecordedPart, RecordedRequest};
pub(crate) use shared::Shared;
pub(crate) use store::{Fate, unix};
