//! Reads an answer while it arrives: pictures go to their sink on the way through, and what is
//! left of the JSON or of each event is small.

mod base64;
mod body;
mod events;
mod scan;
mod sink;

pub(crate) use base64::{decode_text, encoder, payload_start};
pub(crate) use body::{AnswerReader, Document, Interrupted, Kind, ReadLimits, Why};
pub(crate) use scan::placeholder_number;
pub(crate) use sink::{Picture, Sink, TempPicture};
