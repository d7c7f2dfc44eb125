//! Where decoded pictures go while they arrive: into memory, or into files.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::FileError;
use crate::save::{FileFacts, new_file};

/// A picture that arrived whole.
#[derive(Debug)]
pub(crate) enum Picture {
    /// In memory.
    Memory(Bytes),
    /// In a file that goes away unless it is given a name.
    File(Box<TempPicture>),
    /// Its text was damaged: what could be made of it, and the text from the damage on.
    Damaged(Bytes),
}

/// A written file without a name of its own yet.
#[derive(Debug)]
pub(crate) struct TempPicture {
    pub(crate) file: NamedTempFile,
    pub(crate) facts: FileFacts,
}

/// The place pictures are decoded to.
#[derive(Debug)]
pub(crate) enum Sink {
    Memory { buffer: Vec<u8> },
    Files(FileSink),
}

/// How much is gathered before the writer gets it.
const BLOCK: usize = 256 * 1024;

impl Sink {
    pub(crate) fn memory() -> Self {
        Self::Memory { buffer: Vec::new() }
    }

    pub(crate) fn files(folder: &Path) -> Self {
        Self::Files(FileSink {
            folder: folder.to_owned(),
            writer: None,
            buffer: Vec::new(),
            written: 0,
        })
    }

    /// Begins a picture of at most `hint` bytes, where that is known.
    pub(crate) fn begin(&mut self, hint: Option<u64>) {
        match self {
            Self::Memory { buffer } => {
                // Reserved but untouched memory costs nothing, and one allocation of the right
                // size spares the copies of growing.
                let hint = hint
                    .and_then(|hint| usize::try_from(hint).ok())
                    .unwrap_or(0);
                *buffer = Vec::new();
                let _ = buffer.try_reserve_exact(hint);
            }
            Self::Files(sink) => sink.begin(),
        }
    }

    /// Where the next bytes of the picture are decoded to.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Memory { buffer } => buffer,
            Self::Files(sink) => &mut sink.buffer,
        }
    }

    /// The bytes of the current picture so far.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory { buffer } => buffer.len() as u64,
            Self::Files(sink) => sink.written + sink.buffer.len() as u64,
        }
    }

    /// Passes on what has been gathered, if it is worth it.
    pub(crate) async fn flush(&mut self) -> Result<(), FileError> {
        match self {
            Self::Files(sink) if sink.buffer.len() >= BLOCK => sink.pass_on().await,
            _ => Ok(()),
        }
    }

    /// Ends the picture.
    pub(crate) async fn end(&mut self, sound: bool) -> Result<Picture, FileError> {
        match self {
            Self::Memory { buffer } => {
                let mut bytes = std::mem::take(buffer);
                bytes.shrink_to_fit();
                let bytes = Bytes::from(bytes);
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
                let path = picture.file.path().to_owned();
                let bytes = tokio::fs::read(&path)
                    .await
                    .map_err(|error| FileError::new("read", path, error))?;
                Ok(Picture::Damaged(bytes.into()))
            }
        }
    }
}

/// Writes pictures to temporary files in a folder, on a blocking thread, while the next block
/// arrives.
#[derive(Debug)]
pub(crate) struct FileSink {
    folder: PathBuf,
    writer: Option<Writer>,
    buffer: Vec<u8>,
    written: u64,
}

#[derive(Debug)]
struct Writer {
    /// Blocks to write; a closed channel is the end only after [`Block::Last`].
    blocks: mpsc::Sender<Block>,
    /// Written blocks on their way back, to be filled again.
    spent: mpsc::Receiver<Vec<u8>>,
    task: JoinHandle<Result<Option<TempPicture>, FileError>>,
}

#[derive(Debug)]
enum Block {
    Bytes(Vec<u8>),
    Last(Vec<u8>),
}

impl FileSink {
    fn begin(&mut self) {
        let (blocks, mut received) = mpsc::channel::<Block>(1);
        let (give_back, spent) = mpsc::channel(2);
        let folder = self.folder.clone();
        let task = tokio::task::spawn_blocking(move || {
            let failed = |error: io::Error| FileError::new("write in", &folder, error);
            let mut file = new_file(&folder).map_err(failed)?;
            let mut facts = FileFacts::default();
            loop {
                let (mut bytes, last) = match received.blocking_recv() {
                    Some(Block::Bytes(bytes)) => (bytes, false),
                    Some(Block::Last(bytes)) => (bytes, true),
                    // The call was given up: the file goes away with its handle.
                    None => return Ok(None),
                };
                file.write_all(&bytes).map_err(failed)?;
                facts.take(&bytes);
                if last {
                    file.as_file().sync_all().map_err(failed)?;
                    return Ok(Some(TempPicture { file, facts }));
                }
                bytes.clear();
                // The buffer is only worth returning while somebody wants it.
                let _ = give_back.try_send(bytes);
            }
        });
        self.buffer.clear();
        self.written = 0;
        self.writer = Some(Writer {
            blocks,
            spent,
            task,
        });
    }

    async fn pass_on(&mut self) -> Result<(), FileError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let fresh = writer.spent.try_recv().unwrap_or_default();
        let full = std::mem::replace(&mut self.buffer, fresh);
        self.written += full.len() as u64;
        if writer.blocks.send(Block::Bytes(full)).await.is_err() {
            // The writer stopped, and says why.
            return self.end().await.map(drop);
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<TempPicture, FileError> {
        let Some(writer) = self.writer.take() else {
            return Err(FileError::new(
                "write in",
                &self.folder,
                io::ErrorKind::BrokenPipe.into(),
            ));
        };
        let last = std::mem::take(&mut self.buffer);
        // Where the writer stopped before, its own result says why.
        let _ = writer.blocks.send(Block::Last(last)).await;
        match writer.task.await {
            Ok(Ok(Some(picture))) => Ok(picture),
            Ok(Ok(None)) => Err(FileError::new(
                "write in",
                &self.folder,
                io::ErrorKind::BrokenPipe.into(),
            )),
            Ok(Err(error)) => Err(error),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}
