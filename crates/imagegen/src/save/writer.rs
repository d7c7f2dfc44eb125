//! Writers of the caller's own, one a picture.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::buffer::{BLOCK, Output};
use super::facts::Facts;
use super::file_error::{FileAction, FileError};
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

/// Writes every picture to a writer of its own while it arrives.
#[derive(Debug)]
pub(crate) struct WriterSink {
    writers: Writers,
    /// The writer of the current picture, or how it failed.
    current: Option<Result<PictureWriter, FileError>>,
    pub(super) written: u64,
    /// The block that is filled.
    pub(super) buffer: Output,
}

impl WriterSink {
    pub(super) fn new(writers: &Writers) -> Self {
        Self {
            writers: writers.clone(),
            current: None,
            written: 0,
            buffer: Output::new(),
        }
    }

    pub(super) fn begin(&mut self) {
        self.current = Some(Ok(self.writers.open()));
        self.written = 0;
        self.buffer.clear();
        self.buffer.reserve(BLOCK);
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.current, Some(Err(_)))
    }

    /// Writes what has been gathered, or lets it go if the writer failed.
    pub(super) async fn pass_on(&mut self) {
        self.written += self.buffer.len() as u64;
        if let Some(Ok(writer)) = &mut self.current
            && let Err(error) = writer.write(self.buffer.as_slice()).await
        {
            self.current = Some(Err(error));
        }
        self.buffer.clear();
    }

    /// Ends the picture.
    pub(super) async fn end(&mut self) -> Result<WrittenImage, FileError> {
        self.pass_on().await;
        let current = self.current.take();
        let writer = current.expect("only a picture that has begun ends")?;
        writer.finish().await
    }

    /// Lets go of the writer of a picture that is none.
    pub(super) fn give_up(&mut self) {
        self.current = None;
        self.buffer.clear();
    }
}
