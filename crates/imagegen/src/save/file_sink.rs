//! Pictures that go to temporary files.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, spawn_blocking};

use super::buffer::{BLOCK, Output};
use super::closing::{Closing, joined};
use super::file_error::FileError;
use super::flaw::{Accept, Flaw};
use super::picture::Picture;
use super::picture_file::PictureFile;
use super::target::Target;

/// How long writing a block may take to count as fast: far longer than copying it takes, and no
/// longer than the other tasks of a runtime can bear once.
const FAST: Duration = Duration::from_millis(1);

/// Writes pictures to temporary files in a folder while they arrive.
///
/// Opening, flushing and naming are left to blocking threads. A block is written where it was
/// decoded, while it is in the processor's cache, as long as the system takes it as fast as
/// memory would. After the first write that made the runtime wait, blocks go to a blocking
/// thread, and the next ones arrive meanwhile.
#[derive(Debug)]
pub(crate) struct FileSink {
    target: Arc<Target>,
    file: State,
    /// The block that is filled.
    pub(super) buffer: Output,
    /// An empty block, where there is one.
    spare: Output,
    pub(super) written: u64,
    /// Whether every write so far was fast.
    fast: bool,
}

/// Where the file of the current picture is.
#[derive(Debug)]
enum State {
    /// No picture has begun.
    None,
    Here(Box<PictureFile>),
    /// On a blocking thread, with a block that comes back empty.
    Away(JoinHandle<(Output, Result<PictureFile, FileError>)>),
    /// It can be written nowhere.
    Failed(FileError),
}

impl FileSink {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            target: Arc::new(target.clone()),
            file: State::None,
            buffer: Output::new(),
            spare: Output::new(),
            written: 0,
            fast: true,
        }
    }

    pub(super) fn begin(&mut self) {
        let target = Arc::clone(&self.target);
        let spare = std::mem::take(&mut self.spare);
        let open = move || (spare, PictureFile::new(&target));
        self.file = State::Away(spawn_blocking(open));
        self.written = 0;
        self.buffer.clear();
        self.buffer.reserve(BLOCK);
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.file, State::Failed(_))
    }

    /// The file, once it is back, or why it can be written nowhere.
    async fn back(&mut self) -> Result<PictureFile, FileError> {
        match std::mem::replace(&mut self.file, State::None) {
            State::None => unreachable!("only a picture that has begun is written"),
            State::Here(file) => Ok(*file),
            State::Away(task) => {
                let (block, file) = joined(task).await;
                self.spare = block;
                file
            }
            State::Failed(error) => Err(error),
        }
    }

    /// Writes what has been gathered, or lets it go if the file failed.
    pub(super) async fn pass_on(&mut self) {
        self.written += self.buffer.len() as u64;
        let mut file = match self.back().await {
            Ok(file) => file,
            Err(error) => {
                self.file = State::Failed(error);
                self.buffer.clear();
                return;
            }
        };
        if self.fast {
            let begun = Instant::now();
            match file.write(self.buffer.as_slice(), &self.target) {
                Ok(()) => self.file = State::Here(Box::new(file)),
                Err(error) => self.file = State::Failed(error),
            }
            self.fast = begun.elapsed() < FAST;
            self.buffer.clear();
            return;
        }
        let mut full = std::mem::replace(&mut self.buffer, std::mem::take(&mut self.spare));
        self.buffer.reserve(BLOCK);
        let target = Arc::clone(&self.target);
        self.file = State::Away(spawn_blocking(move || {
            let written = file.write(full.as_slice(), &target);
            full.clear();
            (full, written.map(|()| file))
        }));
    }

    /// The file with everything in it.
    async fn full(&mut self) -> Result<PictureFile, FileError> {
        self.pass_on().await;
        self.back().await
    }

    /// Ends the picture; what follows need not wait until it is on the disk. Of one that is none,
    /// what was written comes back.
    pub(super) async fn end(&mut self, sound: bool, accept: Accept) -> Result<Picture, FileError> {
        let file = self.full().await?;
        let flaw = match sound {
            true => file.flaw(accept),
            false => Some(Flaw::Base64),
        };
        let Some(flaw) = flaw else {
            let closing = Closing::Written(Box::new(file), Arc::clone(&self.target));
            return Ok(Picture::File(closing));
        };
        let bytes = joined(spawn_blocking(move || file.read_back())).await;
        let bytes = bytes.map_err(|error| self.error(error))?;
        Ok(Picture::Damaged(bytes.into(), flaw))
    }

    fn error(&self, error: io::Error) -> FileError {
        FileError::save("write in", self.target.path(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::super::flaw::Accept;
    use super::super::picture::Picture;
    use super::super::place::Place;
    use super::super::sink::Sink;
    use crate::Target;

    /// Both ways of writing, and the change from one to the other.
    #[tokio::test]
    async fn a_file_is_the_same_however_fast_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::folder(folder.path());
        let bytes: Vec<u8> = (0..2_000_000_u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        for slow_from in [0, 700_000, bytes.len()] {
            let mut sink = Sink::to(&Place::Files(target.clone()));
            // The second picture is written with what the first has left.
            for picture in [&bytes[..], &bytes[..1_234_567], b"small"] {
                sink.begin(None);
                for (at, piece) in picture.chunks(50_000).enumerate() {
                    if let Sink::Files(sink) = &mut sink {
                        sink.fast = at * 50_000 < slow_from;
                    }
                    sink.write(piece).await;
                }
                assert_eq!(sink.len(), picture.len() as u64);
                let Picture::File(closing) = sink.end(true, Accept::Anything).await else {
                    panic!("a folder makes files")
                };
                let file = closing.closed().await.unwrap();
                assert!(
                    file.read_back().unwrap() == picture,
                    "slow from {slow_from}"
                );
            }
            sink.begin(None);
            sink.write(b"no picture").await;
            let Picture::Damaged(bytes, _) = sink.end(false, Accept::Anything).await else {
                panic!("it was no picture")
            };
            assert_eq!(bytes, "no picture");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
