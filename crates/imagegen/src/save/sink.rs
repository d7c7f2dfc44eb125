//! Where decoded pictures go while they arrive: into memory, into files, or to writers of the
//! caller's own.

use bytes::Bytes;

use super::buffer::{BLOCK, Output};
use super::facts::Facts;
use super::file_error::FileError;
use super::file_sink::FileSink;
use super::flaw::{Accept, Flaw};
use super::picture::Picture;
use super::place::Place;
use super::writer_sink::WriterSink;

/// The place pictures are decoded to.
#[derive(Debug)]
pub(crate) enum Sink {
    Memory {
        buffer: Output,
        /// The size of the picture before, which the next one in a stream often has.
        last: usize,
    },
    Files(Box<FileSink>),
    Writers(Box<WriterSink>),
}

/// How much room a block must have left to gather more: what one piece of an answer decodes to.
/// Where it was escaped, two can come at once, for which the block grows.
const ROOM: usize = 56 * 1024;

impl Sink {
    pub(crate) fn memory() -> Self {
        Self::Memory {
            buffer: Output::new(),
            last: 0,
        }
    }

    /// For pictures that are to lie at a place.
    pub(crate) fn to(place: &Place) -> Self {
        match place {
            Place::Memory => Self::memory(),
            Place::Files(target) => Self::Files(Box::new(FileSink::new(target))),
            Place::Writers(writers) => Self::Writers(Box::new(WriterSink::new(writers))),
        }
    }

    /// Begins a picture of at most `hint` bytes, where that is known.
    pub(crate) fn begin(&mut self, hint: Option<u64>) {
        match self {
            Self::Memory { buffer, last } => {
                // Reserved but untouched memory costs nothing, and one allocation of the right
                // size spares the copies of growing.
                let hint = hint
                    .and_then(|hint| usize::try_from(hint).ok())
                    .unwrap_or(*last + *last / 16);
                *buffer = Output::with_room(hint);
            }
            Self::Files(sink) => sink.begin(),
            Self::Writers(sink) => sink.begin(),
        }
    }

    /// Where the next bytes of the picture are decoded to.
    pub(crate) fn out(&mut self) -> &mut Output {
        match self {
            Self::Memory { buffer, .. } => buffer,
            Self::Files(sink) => &mut sink.buffer,
            Self::Writers(sink) => &mut sink.buffer,
        }
    }

    /// The bytes of the current picture so far.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory { buffer, .. } => buffer.len() as u64,
            Self::Files(sink) => sink.written + sink.buffer.len() as u64,
            Self::Writers(sink) => sink.written + sink.buffer.len() as u64,
        }
    }

    /// Passes on what has been gathered, if it is worth it.
    ///
    /// A picture that cannot be written is let go, and [`end`](Self::end) says so: what comes
    /// behind it is paid for as well.
    pub(crate) async fn flush(&mut self) {
        match self {
            Self::Files(sink) if sink.buffer.len() + ROOM > BLOCK => sink.pass_on().await,
            Self::Writers(sink) if sink.buffer.len() + ROOM > BLOCK => sink.pass_on().await,
            _ => {}
        }
    }

    /// Takes bytes of the picture as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(ROOM) {
            self.out().extend_from_slice(piece);
            self.flush().await;
        }
    }

    /// Whether the current picture is known to be lost: the rest of it need not be fetched.
    pub(crate) fn has_lost(&self) -> bool {
        match self {
            Self::Memory { .. } => false,
            Self::Files(sink) => sink.has_failed(),
            Self::Writers(sink) => sink.has_failed(),
        }
    }

    /// Ends the picture, whose text was sound or not.
    pub(crate) async fn end(&mut self, sound: bool, accept: Accept) -> Picture {
        let ended = self.try_end(sound, accept).await;
        ended.unwrap_or_else(|error| Picture::Lost(Box::new(error)))
    }

    async fn try_end(&mut self, sound: bool, accept: Accept) -> Result<Picture, FileError> {
        match self {
            Self::Memory { buffer, last } => {
                let bytes = std::mem::take(buffer);
                *last = bytes.len();
                let flaw = match sound {
                    true => Facts::of(bytes.as_slice()).flaw(accept),
                    false => Some(Flaw::Base64),
                };
                let bytes = Bytes::from(bytes.into_vec());
                Ok(match flaw {
                    None => Picture::Memory(bytes),
                    Some(flaw) => Picture::Damaged(bytes, flaw),
                })
            }
            Self::Files(sink) => sink.end(sound, accept).await,
            Self::Writers(sink) => sink.end(sound, accept).await,
        }
    }
}
