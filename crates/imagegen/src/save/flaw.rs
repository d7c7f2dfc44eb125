//! What is wrong with bytes that were to be a picture.

use std::fmt;

use crate::format::Format;

/// What is wrong with bytes that were to be a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The text they came as is no base64.
    Base64,
    /// They end before the picture does.
    Cut(Format),
    /// They are a text, or nothing at all.
    NoImage,
}

/// What counts as a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    /// Whatever came.
    Anything,
    /// What is no text, and where its format is known, whole: an answer may hold a format newer
    /// than this crate.
    Binary,
    /// A known format, whole: what a link leads to may be anything.
    KnownImage,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("its base64 is damaged"),
            Self::Cut(format) => write!(f, "its {format} breaks off before its end"),
            Self::NoImage => f.write_str("it is no image"),
        }
    }
}
