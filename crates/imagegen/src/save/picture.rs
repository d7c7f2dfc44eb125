//! A picture that came, and where it is.

use bytes::Bytes;

use super::closing::Closing;
use super::facts::{Facts, Fingerprint};
use super::file_error::FileError;
use super::flaw::{Accept, Flaw};
use super::writer::WrittenImage;

/// A picture that came, and where it is.
#[derive(Debug)]
pub(crate) enum Picture {
    /// In memory.
    Memory(Bytes),
    /// In a file that goes away unless it is given a name.
    File(Closing),
    /// With a writer of the caller's own.
    Written(Box<WrittenImage>),
    /// Behind a link.
    Link(String),
    /// It is no whole picture: what could be made of it, and the text from the damage on; empty if
    /// that went to a writer.
    Damaged(Bytes, Flaw),
    /// It came, and could not be written.
    Lost(Box<FileError>),
}

impl Picture {
    /// The picture that bytes are, if they are one.
    pub(crate) fn of_bytes(bytes: Bytes) -> Self {
        match Facts::of(&bytes).flaw(Accept::Binary) {
            None => Self::Memory(bytes),
            Some(flaw) => Self::Damaged(bytes, flaw),
        }
    }

    /// What tells it apart from others, where that is known.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Memory(bytes) => Some(Facts::of(bytes).fingerprint()),
            Self::File(closing) => closing.fingerprint(),
            Self::Link(_) | Self::Written(_) | Self::Damaged(..) | Self::Lost(_) => None,
        }
    }

    /// On its way to the disk, if it is in a file.
    pub(crate) fn flushing(self) -> Self {
        match self {
            Self::File(closing) => Self::File(closing.flushing()),
            other => other,
        }
    }
}
