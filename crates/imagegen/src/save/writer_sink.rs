//! Pictures that go to writers of the caller's own while they arrive.

use bytes::Bytes;

use super::buffer::{BLOCK, Output};
use super::file_error::FileError;
use super::flaw::{Accept, Flaw};
use super::picture::Picture;
use super::writer::{PictureWriter, Writers};

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

    /// Ends the picture. The writer of one that is none is let go without being shut down.
    pub(super) async fn end(&mut self, sound: bool, accept: Accept) -> Result<Picture, FileError> {
        if sound {
            self.pass_on().await;
        }
        self.buffer.clear();
        let current = self.current.take();
        let writer = current.expect("only a picture that has begun ends")?;
        let flaw = match sound {
            true => writer.flaw(accept),
            false => Some(Flaw::Base64),
        };
        match flaw {
            None => Ok(Picture::Written(Box::new(writer.finish().await?))),
            Some(flaw) => Ok(Picture::Damaged(Bytes::new(), flaw)),
        }
    }
}
