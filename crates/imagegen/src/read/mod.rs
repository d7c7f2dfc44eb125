//! Reads an answer while it arrives: pictures go to their sink on the way through, and what is
//! left of the JSON or of each event is small.

mod base64;
mod escape;
mod reader;
mod repair;
mod scan;
mod sse;
mod text;
mod unescape;

#[cfg(feature = "__private")]
pub(crate) use base64::Decoder;
pub(crate) use base64::{decode_text, encoder, payload_start};
#[cfg(feature = "__private")]
pub(crate) use reader::Body;
pub(crate) use reader::{AnswerReader, Document, Interrupted, Kind, ReadLimits, Why};
pub(crate) use repair::repair;
pub(crate) use scan::placeholder_number;
#[cfg(feature = "__private")]
pub(crate) use scan::{Scanner, Step};
#[cfg(feature = "__private")]
pub(crate) use sse::{EventReader, EventStep};
pub(crate) use text::read_text;
