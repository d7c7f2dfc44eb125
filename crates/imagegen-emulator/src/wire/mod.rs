//! Bytes: the pieces of an answer, and the socket they leave by.

pub(crate) mod pieces;
pub(crate) mod socket;
