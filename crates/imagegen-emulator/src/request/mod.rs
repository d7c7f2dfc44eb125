//! A request for images: read from JSON or a form, and held against its model's row.

pub(crate) mod edits;
pub(crate) mod generations;
pub(crate) mod input;
pub(crate) mod intake;
