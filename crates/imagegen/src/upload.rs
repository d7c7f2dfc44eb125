//! Bodies with images in them, read from the disk and encoded while they go out.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http_body::{Body, Frame, SizeHint};
use tokio::io::AsyncReadExt as _;

/// How much of a file is read at a time: a multiple of 3, so that base64 needs no carry.
const BLOCK: usize = 192 * 1024;

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

    fn stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync {
        let (content, encode) = match self {
            Self::Raw(content) => (content, false),
            Self::Base64(content) => (content, true),
        };
        blocks(content).map(move |block| match block {
            Ok(block) if encode => Ok(encoded(&block)),
            block => block,
        })
    }
}

/// A body of pieces, whose length is known before it is read.
pub(crate) struct UploadBody {
    pieces: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send + Sync>>,
    left: u64,
}

impl UploadBody {
    pub(crate) fn new(pieces: Vec<Piece>) -> Self {
        let left = pieces.iter().map(Piece::len).sum();
        Self {
            pieces: Box::pin(stream::iter(pieces).flat_map(Piece::stream)),
            left,
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
        let next = std::task::ready!(self.pieces.as_mut().poll_next(cx));
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

fn encoded(block: &[u8]) -> Bytes {
    let mut text = String::with_capacity(block.len().div_ceil(3) * 4);
    crate::read::encoder().encode_string(block, &mut text);
    text.into()
}

/// The content in blocks, each but the last of [`BLOCK`] bytes.
fn blocks(content: Content) -> Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send + Sync>> {
    match content {
        Content::Memory(bytes) => {
            let at = (0..bytes.len()).step_by(BLOCK);
            Box::pin(stream::iter(
                at.map(move |at| Ok(bytes.slice(at..bytes.len().min(at + BLOCK)))),
            ))
        }
        Content::File { path, length } => Box::pin(
            stream::once(async move {
                let file = tokio::fs::File::open(path).await;
                stream::unfold(Some((file, length)), |state| async {
                    let (file, left) = state?;
                    let mut file = match file {
                        Ok(file) => file,
                        Err(error) => return Some((Err(error), None)),
                    };
                    if left == 0 {
                        return None;
                    }
                    // Exactly what was promised: a file that grew is cut, one that shrank fails.
                    let mut block = vec![0; left.min(BLOCK as u64) as usize];
                    match file.read_exact(&mut block).await {
                        Ok(_) => {
                            let left = left - block.len() as u64;
                            Some((Ok(block.into()), Some((Ok(file), left))))
                        }
                        Err(error) => Some((Err(error), None)),
                    }
                })
            })
            .flatten(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn collect(pieces: Vec<Piece>) -> (u64, io::Result<Vec<u8>>) {
        let mut body = Box::pin(UploadBody::new(pieces));
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
    async fn a_file_that_shrank_or_went_is_an_error() {
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
        assert_eq!(collect(vec![Piece::Raw(grown)]).await.1.unwrap(), b"12");
    }
}
