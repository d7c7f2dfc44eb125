//! Pictures that go to writers of the caller's own.

use super::{BLOCK, Output};
use crate::FileError;
use crate::save::{PictureWriter, Writers, WrittenImage};

/// Writes every picture to a writer of its own while it arrives.
#[derive(Debug)]
pub(crate) struct WriterSink {
    writers: Writers,
    current: Option<PictureWriter>,
    /// The block that is filled.
    pub(super) buffer: Output,
}

impl WriterSink {
    pub(super) fn new(writers: &Writers) -> Self {
        Self {
            writers: writers.clone(),
            current: None,
            buffer: Output::new(),
        }
    }

    pub(super) fn begin(&mut self) {
        self.current = Some(self.writers.open());
        self.buffer.clear();
        self.buffer.reserve(BLOCK);
    }

    pub(super) fn written(&self) -> u64 {
        self.current.as_ref().map_or(0, PictureWriter::written)
    }

    /// Writes what has been gathered.
    pub(super) async fn pass_on(&mut self) -> Result<(), FileError> {
        if let Some(writer) = &mut self.current {
            writer.write(self.buffer.as_slice()).await?;
        }
        self.buffer.clear();
        Ok(())
    }

    /// Ends the picture.
    pub(super) async fn end(&mut self) -> Result<WrittenImage, FileError> {
        self.pass_on().await?;
        let writer = self.current.take().unwrap_or_else(|| self.writers.open());
        writer.finish().await
    }

    /// Lets go of the writer of a picture that is none.
    pub(super) fn give_up(&mut self) {
        self.current = None;
        self.buffer.clear();
    }
}
