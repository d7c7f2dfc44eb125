//! A picture that came, and where it is.

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::file::{Closing, joined};
use super::file_error::FileError;
use super::picture_file::{SavedImage, written};
use super::target::Target;
use super::writer::WrittenImage;

/// A picture that arrived whole.
#[derive(Debug)]
pub(crate) enum Picture {
    /// In memory.
    Memory(Bytes),
    /// In a file that goes away unless it is given a name.
    File(Closing),
    /// With a writer of the caller's own.
    Written(Box<WrittenImage>),
    /// Its text was damaged: what could be made of it, and the text from the damage on; empty if
    /// that went to a writer.
    Damaged(Bytes),
    /// It came, and could not be written.
    Lost(Box<FileError>),
}

impl Picture {
    /// On its way to the disk, if it is in a file.
    pub(crate) fn flushing(self) -> Self {
        match self {
            Self::File(closing) => Self::File(closing.flushing()),
            other => other,
        }
    }
}

/// Gives a picture its place in a target, writing it first if it is in memory.
pub(crate) async fn settle(
    picture: Picture,
    target: Target,
    stem: String,
    index: u32,
) -> Result<SavedImage, FileError> {
    let file = match picture {
        Picture::File(closing) => Ok(closing.closed().await?),
        Picture::Memory(bytes) | Picture::Damaged(bytes) => Err(bytes),
        Picture::Lost(error) => return Err(*error),
        Picture::Written(_) => unreachable!("a picture with a writer has no other place"),
    };
    joined(spawn_blocking(move || {
        let file = match file {
            Ok(file) => file,
            Err(bytes) => written(&target, &bytes)?,
        };
        file.place(&target, &stem, index)
    }))
    .await
}
