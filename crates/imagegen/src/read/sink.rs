//! Where decoded pictures go while they arrive: into memory, or into files.

use std::io;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Output;
use crate::save::PictureFile;
use crate::{FileError, Target};

/// A picture that arrived whole.
#[derive(Debug)]
pub(crate) enum Picture {
    /// In memory.
    Memory(Bytes),
    /// In a file that goes away unless it is given a name.
    File(Box<PictureFile>),
    /// Its text was damaged: what could be made of it, and the text from the damage on.
    Damaged(Bytes),
}

/// The place pictures are decoded to.
#[derive(Debug)]
pub(crate) enum Sink {
    Memory {
        buffer: Output,
        /// The size of the picture before, which the next one in a stream often has.
        last: usize,
    },
    Files(FileSink),
}

/// How much is gathered for the writer.
const BLOCK: usize = 256 * 1024;
/// How much room a block must have left to gather more: what one piece of an answer decodes to
/// at most.
const ROOM: usize = 96 * 1024;
/// How many blocks there are: one that is filled, one that is written.
const BLOCKS: usize = 2;

impl Sink {
    pub(crate) fn memory() -> Self {
        Self::Memory {
            buffer: Output::new(),
            last: 0,
        }
    }

    pub(crate) fn files(target: &Target) -> Self {
        Self::Files(FileSink {
            target: target.clone(),
            writer: None,
            buffer: Output::new(),
            spare: Vec::new(),
            written: 0,
        })
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
        }
    }

    /// Where the next bytes of the picture are decoded to.
    pub(crate) fn out(&mut self) -> &mut Output {
        match self {
            Self::Memory { buffer, .. } => buffer,
            Self::Files(sink) => &mut sink.buffer,
        }
    }

    /// The bytes of the current picture so far.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory { buffer, .. } => buffer.len() as u64,
            Self::Files(sink) => sink.written + sink.buffer.len() as u64,
        }
    }

    /// Passes on what has been gathered, if it is worth it.
    pub(crate) async fn flush(&mut self) -> Result<(), FileError> {
        match self {
            Self::Files(sink) if sink.buffer.len() + ROOM > BLOCK => sink.pass_on().await,
            _ => Ok(()),
        }
    }

    /// Takes bytes of the picture as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        for piece in bytes.chunks(ROOM) {
            self.out().extend_from_slice(piece);
            self.flush().await?;
        }
        Ok(())
    }

    /// Ends the picture.
    pub(crate) async fn end(&mut self, sound: bool) -> Result<Picture, FileError> {
        match self {
            Self::Memory { buffer, last } => {
                let bytes = std::mem::take(buffer);
                *last = bytes.len();
                let bytes = Bytes::from(bytes.into_vec());
                Ok(if sound {
                    Picture::Memory(bytes)
                } else {
                    Picture::Damaged(bytes)
                })
            }
            Self::Files(sink) => {
                let picture = sink.end().await?;
                if sound {
                    return Ok(Picture::File(Box::new(picture)));
                }
                let bytes = picture.read_back().map_err(|error| sink.failed(error))?;
                Ok(Picture::Damaged(bytes.into()))
            }
        }
    }
}

/// Writes pictures to temporary files in a folder, on a blocking thread, while the next block
/// arrives.
#[derive(Debug)]
pub(crate) struct FileSink {
    target: Target,
    writer: Option<Writer>,
    /// The block that is filled.
    buffer: Output,
    /// Empty blocks that have been allocated.
    spare: Vec<Output>,
    written: u64,
}

#[derive(Debug)]
struct Writer {
    /// Blocks to write; a closed channel is the end only after [`Block::Last`].
    blocks: mpsc::Sender<Block>,
    /// Written blocks on their way back, to be filled again.
    spent: mpsc::Receiver<Output>,
    /// How many blocks the writer has.
    out: usize,
    task: JoinHandle<Result<Option<PictureFile>, FileError>>,
}

#[derive(Debug)]
enum Block {
    Bytes(Output),
    Last(Output),
}

impl FileSink {
    fn failed(&self, error: io::Error) -> FileError {
        FileError::new("write in", self.target.path(), error)
    }

    fn begin(&mut self) {
        let (blocks, received) = mpsc::channel(BLOCKS);
        let (give_back, spent) = mpsc::channel(BLOCKS);
        let target = self.target.clone();
        let task = tokio::task::spawn_blocking(move || write(&target, received, &give_back));
        self.buffer = self.spare.pop().unwrap_or_else(block);
        self.written = 0;
        self.writer = Some(Writer {
            blocks,
            spent,
            out: 0,
            task,
        });
    }

    async fn pass_on(&mut self) -> Result<(), FileError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let full = std::mem::take(&mut self.buffer);
        self.written += full.len() as u64;
        let sent = writer.blocks.send(Block::Bytes(full)).await;
        writer.out += 1;
        self.spare.extend(writer.take_back());
        if self.spare.is_empty() && writer.out == BLOCKS {
            self.spare.extend(writer.spent.recv().await);
            writer.out -= 1;
        }
        self.buffer = self.spare.pop().unwrap_or_else(block);
        if sent.is_err() {
            // The writer stopped, and says why.
            return self.end().await.map(drop);
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<PictureFile, FileError> {
        let Some(mut writer) = self.writer.take() else {
            return Err(self.failed(io::ErrorKind::BrokenPipe.into()));
        };
        let last = std::mem::take(&mut self.buffer);
        // Where the writer stopped before, its own result says why.
        let _ = writer.blocks.send(Block::Last(last)).await;
        let result = writer.task.await;
        self.spare
            .extend(std::iter::from_fn(|| writer.spent.try_recv().ok()));
        match result {
            Ok(Ok(Some(picture))) => Ok(picture),
            Ok(Ok(None)) => Err(self.failed(io::ErrorKind::BrokenPipe.into())),
            Ok(Err(error)) => Err(error),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}

impl Writer {
    /// A block that has been written, if there is one.
    fn take_back(&mut self) -> Option<Output> {
        let block = self.spent.try_recv().ok()?;
        self.out -= 1;
        Some(block)
    }
}

/// A fresh block.
fn block() -> Output {
    Output::with_room(BLOCK)
}

/// Writes one picture's blocks; `None` if the call was given up, and the file goes away.
fn write(
    target: &Target,
    mut received: mpsc::Receiver<Block>,
    give_back: &mpsc::Sender<Output>,
) -> Result<Option<PictureFile>, FileError> {
    let mut file = PictureFile::new(target)?;
    loop {
        let (mut bytes, last) = match received.blocking_recv() {
            Some(Block::Bytes(bytes)) => (bytes, false),
            Some(Block::Last(bytes)) => (bytes, true),
            None => return Ok(None),
        };
        file.write(bytes.as_slice(), target)?;
        bytes.clear();
        // A block is only worth returning while somebody wants it.
        let _ = give_back.try_send(bytes);
        if last {
            file.flush(target)?;
            return Ok(Some(file));
        }
    }
}
