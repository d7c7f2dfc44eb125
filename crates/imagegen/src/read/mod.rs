//! Reads an answer while it arrives: pictures go to their sink on the way through, and what is
//! left of the JSON or of each event is small.

mod base64;
mod body;
mod events;
mod output;
mod run;
mod scan;
mod sink;

#[cfg(feature = "__bench")]
pub(crate) use base64::Decoder;
pub(crate) use base64::{decode_text, encoder, payload_start};
#[cfg(feature = "__bench")]
pub(crate) use body::Body;
pub(crate) use body::{AnswerReader, Document, Interrupted, Kind, ReadLimits, Why};
#[cfg(feature = "__bench")]
pub(crate) use events::{EventReader, EventStep};
pub(crate) use output::Output;
pub(crate) use scan::placeholder_number;
#[cfg(feature = "__bench")]
pub(crate) use scan::{Scanner, Step};
pub(crate) use sink::{Picture, Sink};
