//! Bodies with images in them, read from the disk and encoded while they go out.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use base64::Engine as _;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::save::{FileAction, FileError};

/// How much of an image goes out at a time: a multiple of 3, so that base64 needs no carry.
const BLOCK: usize = 96 * 1024;

/// Where bytes come from.
#[derive(Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    /// A file and the length it had when it was checked.
    File {
        path: PathBuf,
        length: u64,
    },
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }
}

/// A piece of a body.
#[derive(Clone)]
pub(crate) enum Piece {
    /// As it is.
    Raw(Content),
    /// Encoded on the way out.
    Base64(Content),
}

impl Piece {
    pub(crate) fn text(text: impl Into<Bytes>) -> Self {
        Self::Raw(Content::Memory(text.into()))
    }

    fn len(&self) -> u64 {
        match self {
            Self::Raw(content) => content.len(),
            Self::Base64(content) => content.len().div_ceil(3) * 4,
        }
    }
}

/// What is known of a body while it goes out.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    /// When a part of it was last asked for.
    asked: Mutex<Option<Instant>>,
    failed: Mutex<Option<FileError>>,
}

impl Upload {
    /// Whether any of it was asked for: before that no connection stands, and nothing was sent.
    pub(crate) fn has_begun(&self) -> bool {
        self.asked().is_some()
    }

    /// How long ago its last part was asked for.
    pub(crate) fn waited(&self) -> Option<Duration> {
        self.asked().map(|at| at.elapsed())
    }

    fn asked(&self) -> Option<Instant> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The image that could not be read to its end.
    pub(crate) fn take_failure(&self) -> Option<FileError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }

    fn begin(&self) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn fail(&self, error: FileError) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// A body that goes out once.
///
/// The HTTP client keeps a copy of a body it could send again, for its own retries and for
/// redirects, whatever it was set to by whoever made it. Of this one there is no copy: a paid
/// request leaves once a call.
pub(crate) struct OnceBody {
    body: reqwest::Body,
    upload: Arc<Upload>,
}

impl OnceBody {
    pub(crate) fn new(body: reqwest::Body, upload: Arc<Upload>) -> Self {
        Self { body, upload }
    }
}

impl Body for OnceBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        self.upload.begin();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body of pieces, whose length is known before it is read.
///
/// One blocking thread reads and encodes all of it, while the block before goes out.
pub(crate) struct UploadBody {
    blocks: Blocks,
    left: u64,
    upload: Arc<Upload>,
}

enum Blocks {
    Unread(Vec<Piece>),
    Coming(mpsc::Receiver<io::Result<Bytes>>),
}

impl UploadBody {
    pub(crate) fn new(pieces: Vec<Piece>, upload: Arc<Upload>) -> Self {
        Self {
            upload,
            left: pieces.iter().map(Piece::len).sum(),
            blocks: Blocks::Unread(pieces),
        }
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.upload.begin();
        if let Blocks::Unread(pieces) = &mut self.blocks {
            let pieces = std::mem::take(pieces);
            let (sender, receiver) = mpsc::channel(1);
            let reader = Reader::new(sender, Arc::clone(&self.upload));
            tokio::task::spawn_blocking(move || reader.run(pieces));
            self.blocks = Blocks::Coming(receiver);
        }
        let Blocks::Coming(blocks) = &mut self.blocks else {
            return Poll::Ready(None);
        };
        let next = std::task::ready!(blocks.poll_recv(cx));
        Poll::Ready(next.map(|block| {
            block.map(|block| {
                self.left = self.left.saturating_sub(block.len() as u64);
                Frame::data(block)
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Reads pieces and sends them out in blocks.
struct Reader {
    blocks: mpsc::Sender<io::Result<Bytes>>,
    upload: Arc<Upload>,
    pool: Pool,
    /// What is to be encoded.
    plain: Vec<u8>,
}

/// Why reading stops early.
enum Stopped {
    /// Nobody waits for the blocks any more.
    GivenUp,
    Failed(FileError),
}

impl Reader {
    fn new(blocks: mpsc::Sender<io::Result<Bytes>>, upload: Arc<Upload>) -> Self {
        Self {
            blocks,
            upload,
            pool: Pool::default(),
            plain: Vec::new(),
        }
    }

    fn run(mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match self.piece(piece) {
                Ok(()) => {}
                Err(Stopped::GivenUp) => return,
                Err(Stopped::Failed(error)) => {
                    let kind = error.io_error().kind();
                    self.upload.fail(error);
                    let _ = self.blocks.blocking_send(Err(kind.into()));
                    return;
                }
            }
        }
    }

    fn piece(&mut self, piece: Piece) -> Result<(), Stopped> {
        match piece {
            Piece::Raw(Content::Memory(bytes)) => self.send(bytes),
            Piece::Base64(Content::Memory(bytes)) => {
                for block in bytes.chunks(BLOCK) {
                    let text = self.pool.encoded(block);
                    self.send(text)?;
                }
                Ok(())
            }
            Piece::Raw(Content::File { path, length }) => {
                let mut file = InputFile::open(path, length)?;
                while let Some(count) = file.next() {
                    let mut block = self.pool.take(count);
                    file.read(&mut block)?;
                    let block = self.pool.give(block);
                    self.send(block)?;
                }
                Ok(())
            }
            Piece::Base64(Content::File { path, length }) => {
                let mut file = InputFile::open(path, length)?;
                while let Some(count) = file.next() {
                    self.plain.resize(count, 0);
                    file.read(&mut self.plain)?;
                    let text = self.pool.encoded(&self.plain);
                    self.send(text)?;
                }
                Ok(())
            }
        }
    }

    fn send(&mut self, block: Bytes) -> Result<(), Stopped> {
        let sent = self.blocks.blocking_send(Ok(block));
        sent.map_err(|_| Stopped::GivenUp)
    }
}

/// A file that is read block by block, exactly as long as it was when it was checked: one that
/// changed since is not sent, rather than cut.
struct InputFile {
    file: File,
    path: PathBuf,
    left: u64,
}

impl InputFile {
    fn open(path: PathBuf, length: u64) -> Result<Self, Stopped> {
        match File::open(&path) {
            Ok(file) => Ok(Self {
                file,
                path,
                left: length,
            }),
            Err(error) => Err(Stopped::Failed(unread(&path, error))),
        }
    }

    /// The length of the next block.
    fn next(&mut self) -> Option<usize> {
        let count = self.left.min(BLOCK as u64);
        self.left -= count;
        (count > 0).then_some(count as usize)
    }

    fn read(&mut self, block: &mut [u8]) -> Result<(), Stopped> {
        let read = self.file.read_exact(block).and_then(|()| {
            // Before its last block goes out, the file must have ended.
            if self.left == 0 && self.file.read(&mut [0])? > 0 {
                let reason = "it has grown since it was checked";
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            Ok(())
        });
        read.map_err(|error| Stopped::Failed(unread(&self.path, error)))
    }
}

fn unread(path: &Path, error: io::Error) -> FileError {
    FileError::at(FileAction::ReadInput, "read", path, error)
}

/// Buffers that are used again once they have gone out; new ones would cost more than what is
/// done with them.
#[derive(Default)]
struct Pool {
    /// What is or was on its way, the oldest first.
    sent: VecDeque<Bytes>,
}

impl Pool {
    /// A buffer of this length, with anything in it.
    fn take(&mut self, length: usize) -> BytesMut {
        let oldest = match self.sent.front() {
            Some(bytes) if bytes.is_unique() => self.sent.pop_front(),
            _ => None,
        };
        let mut buffer = oldest
            .and_then(|bytes| bytes.try_into_mut().ok())
            .unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }

    /// Sends a buffer out.
    fn give(&mut self, buffer: BytesMut) -> Bytes {
        let bytes = buffer.freeze();
        self.sent.push_back(bytes.clone());
        bytes
    }

    fn encoded(&mut self, block: &[u8]) -> Bytes {
        let mut text = self.take(block.len().div_ceil(3) * 4);
        crate::read::encoder()
            .encode_slice(block, &mut text)
            .expect("the text has room for its block");
        self.give(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_has_gone_out_is_used_again() {
        let mut pool = Pool::default();
        let first = pool.encoded(&[0; BLOCK]);
        let place = first.as_ptr();
        let second = pool.encoded(&[1; BLOCK]);
        assert_ne!(second.as_ptr(), place);
        drop(first);
        assert_eq!(pool.encoded(&[2; BLOCK]).as_ptr(), place);
        assert_eq!(pool.sent.len(), 2);
    }

    async fn collect(pieces: Vec<Piece>) -> (u64, io::Result<Vec<u8>>) {
        let mut body = Box::pin(UploadBody::new(pieces, Arc::default()));
        let promised = body.size_hint().exact().unwrap();
        let mut bytes = Vec::new();
        while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            match frame {
                Ok(frame) => bytes.extend_from_slice(frame.data_ref().unwrap()),
                Err(error) => return (promised, Err(error)),
            }
        }
        (promised, Ok(bytes))
    }

    #[tokio::test]
    async fn a_body_is_as_long_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, 2, 3, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5] {
            let content: Vec<u8> = (0..length).map(|at| (at * 7) as u8).collect();
            let path = folder.path().join("x");
            std::fs::write(&path, &content).unwrap();
            let file = Content::File {
                path,
                length: length as u64,
            };
            let memory = Content::Memory(content.clone().into());
            let (promised, sent) = collect(vec![
                Piece::text("<"),
                Piece::Base64(file.clone()),
                Piece::text("|"),
                Piece::Raw(file),
                Piece::Base64(memory),
            ])
            .await;
            let text = base64::engine::general_purpose::STANDARD.encode(&content);
            let expected = [b"<", text.as_bytes(), b"|", &content, text.as_bytes()].concat();
            let sent = sent.unwrap();
            assert!(sent == expected, "{length}");
            assert_eq!(promised, sent.len() as u64);
        }
    }

    #[tokio::test]
    async fn a_file_that_shrank_grew_or_went_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"12345").unwrap();
        let short = Content::File {
            path: path.clone(),
            length: 9,
        };
        assert!(collect(vec![Piece::Raw(short)]).await.1.is_err());
        let gone = Content::File {
            path: folder.path().join("y"),
            length: 9,
        };
        assert!(collect(vec![Piece::Raw(gone)]).await.1.is_err());
        let grown = Content::File { path, length: 2 };
        assert!(collect(vec![Piece::Raw(grown)]).await.1.is_err());
    }
}
