//! Puts pictures into files: whole or not at all, never over another file, and never nowhere.

mod facts;
mod picture_file;
mod target;
mod temp;
mod writers;

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

pub(crate) use picture_file::{PictureFile, written};
pub use target::Target;
pub use writers::WrittenImage;
pub(crate) use writers::{PictureWriter, Writers};

use crate::read::Picture;
use crate::{FileError, Format, Image, ImageData, ImageResponse, Pixels, Result, names};

/// A picture that lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedImage {
    /// Its place in the answer, from 0.
    pub index: u32,
    /// Where it is.
    pub path: PathBuf,
    /// The format told from its bytes; `None` where they are no known image.
    pub format: Option<Format>,
    /// The size read from its head; `None` where it could not be.
    pub size: Option<Pixels>,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// Why it lies in the system's folder for temporary files and not where it was asked for: a
    /// full disk, a missing permission. The picture itself is whole.
    pub displaced: Option<String>,
    /// The SHA-256 of the file in hex (feature `sha256`).
    #[cfg(feature = "sha256")]
    pub sha256: String,
}

/// Where the pictures of a call are to go.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Memory,
    Files(Target),
    Writers(Writers),
}

impl ImageResponse {
    /// Saves every picture to a [`Target`], such as the path of a folder.
    ///
    /// Links are downloaded. Nothing is replaced unless the target says so.
    ///
    /// # Errors
    ///
    /// The first picture that could not be downloaded or kept anywhere; those before it are
    /// saved.
    pub async fn save_all(&self, target: impl Into<Target>) -> Result<Vec<SavedImage>> {
        let target = target.into();
        target.make_folder()?;
        let mut saved = Vec::with_capacity(self.images.len());
        for image in &self.images {
            saved.push(self.save_one(image, target.clone()).await?);
        }
        Ok(saved)
    }

    /// Saves one picture to a [`Target`], as [`save_all`](Self::save_all) would.
    ///
    /// # Errors
    ///
    /// If it could not be downloaded or kept anywhere.
    pub async fn save(&self, image: &Image, target: impl Into<Target>) -> Result<SavedImage> {
        let target = target.into();
        target.make_folder()?;
        self.save_one(image, target).await
    }

    /// What the names of its files begin with.
    pub(crate) fn stem(&self) -> String {
        names::stem(&self.prompt_start)
    }

    async fn save_one(&self, image: &Image, target: Target) -> Result<SavedImage> {
        let (stem, index) = (self.stem(), image.index);
        let picture = match &image.data {
            ImageData::Url(url) => {
                let place = Place::Files(target.clone());
                self.downloader.fetch_to(url, &place).await?
            }
            ImageData::Inline(bytes) => Picture::Memory(bytes.clone()),
            ImageData::File(_) | ImageData::Written(_) => Picture::Memory(self.bytes(image).await?),
        };
        Ok(settle(picture, target, stem, index).await?)
    }

    /// The bytes of a picture: downloaded if it came as a link, read if it is in a file.
    ///
    /// # Errors
    ///
    /// If it could not be downloaded or read, or went to a writer of the caller's own.
    pub async fn bytes(&self, image: &Image) -> Result<Bytes> {
        match &image.data {
            ImageData::Inline(bytes) => Ok(bytes.clone()),
            ImageData::Url(url) => Ok(self.downloader.fetch(url).await?),
            ImageData::File(saved) => match tokio::fs::read(&saved.path).await {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(FileError::new("read", &saved.path, error).into()),
            },
            ImageData::Written(written) => {
                let writer = format!("back from writer {}", written.writer);
                Err(FileError::new("read", writer, io::ErrorKind::Unsupported.into()).into())
            }
        }
    }
}

/// Gives a picture its place in a target, writing it first if it is in memory.
pub(crate) async fn settle(
    picture: Picture,
    target: Target,
    stem: String,
    index: u32,
) -> Result<SavedImage, FileError> {
    let file = match picture {
        Picture::File(closing) => Ok(closing.closed().await?),
        Picture::Memory(bytes) | Picture::Damaged(bytes) => Err(bytes),
        Picture::Lost(error) => return Err(*error),
        Picture::Written(_) => unreachable!("a picture with a writer has no other place"),
    };
    joined(spawn_blocking(move || {
        let file = match file {
            Ok(file) => file,
            Err(bytes) => written(&target, &bytes)?,
        };
        file.place(&target, &stem, index)
    }))
    .await
}

/// What a task returns that nobody aborts; its panic goes on here.
pub(crate) async fn joined<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// The folder a path is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
