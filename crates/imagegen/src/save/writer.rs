//! Writers of the caller's own, one a picture.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::facts::Facts;
use super::file_error::{FileAction, FileError};
use super::flaw::{Accept, Flaw};
use crate::format::Format;
use crate::size::Pixels;

/// A picture that went to a writer of the caller's own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenImage {
    /// The number its writer was asked for with.
    pub writer: u32,
    /// The format told from its bytes; `None` where they are no known image.
    pub format: Option<Format>,
    /// The size read from its head; `None` where it could not be.
    pub size: Option<Pixels>,
    /// How many bytes were written.
    pub bytes: u64,
    /// The SHA-256 of the bytes in hex (feature `sha256`).
    #[cfg(feature = "sha256")]
    pub sha256: String,
}

type BoxedWriter = Pin<Box<dyn AsyncWrite + Send>>;

/// Opens a writer for each picture, and numbers them.
#[derive(Clone)]
pub(crate) struct Writers(Arc<Mutex<Opener>>);

struct Opener {
    next: u32,
    open: Box<dyn FnMut(u32) -> BoxedWriter + Send>,
}

impl Writers {
    pub(crate) fn new<W>(mut open: impl FnMut(u32) -> W + Send + 'static) -> Self
    where
        W: AsyncWrite + Send + 'static,
    {
        Self(Arc::new(Mutex::new(Opener {
            next: 0,
            open: Box::new(move |number| Box::pin(open(number))),
        })))
    }

    /// The writer of the next picture.
    pub(crate) fn open(&self) -> PictureWriter {
        let mut opener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = opener.next;
        opener.next += 1;
        PictureWriter {
            number,
            writer: Mutex::new((opener.open)(number)),
            facts: Facts::default(),
        }
    }

    /// Writes a picture that is in memory, whole.
    pub(crate) async fn write(&self, bytes: &Bytes) -> Result<WrittenImage, FileError> {
        let mut writer = self.open();
        writer.write(bytes).await?;
        writer.finish().await
    }
}

impl fmt::Debug for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writers")
    }
}

/// The writer of one picture.
pub(crate) struct PictureWriter {
    number: u32,
    /// The lock is never taken: it is what lets a call with any writer be shared.
    writer: Mutex<BoxedWriter>,
    facts: Facts,
}

impl PictureWriter {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let result = self.writer().write_all(bytes).await;
        self.facts.take(bytes);
        result.map_err(|error| self.failed(error))
    }

    /// What is wrong with what was written.
    pub(super) fn flaw(&self, accept: Accept) -> Option<Flaw> {
        self.facts.flaw(accept)
    }

    /// Ends a whole picture, which the writer learns by being shut down.
    pub(crate) async fn finish(mut self) -> Result<WrittenImage, FileError> {
        let result = self.writer().shutdown().await;
        result.map_err(|error| self.failed(error))?;
        Ok(WrittenImage {
            writer: self.number,
            format: self.facts.format(),
            size: self.facts.size(),
            bytes: self.facts.bytes(),
            #[cfg(feature = "sha256")]
            sha256: self.facts.sha256(),
        })
    }

    fn writer(&mut self) -> &mut BoxedWriter {
        self.writer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: io::Error) -> FileError {
        FileError::writer(FileAction::Save, "write to", self.number, error)
    }
}

impl fmt::Debug for PictureWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureWriter")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
