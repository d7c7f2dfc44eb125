//! Saves the pictures of a response.

use std::io;

use bytes::Bytes;

use crate::client::Client;
use crate::error::Result;
use crate::response::{Image, ImageData, ImageResponse};
use crate::save::stem;
use crate::save::{
    Downloader, FileAction, FileError, Picture, Place, SavedImage, Target, save_bytes,
};

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
        target.prepare()?;
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
        target.prepare()?;
        self.save_one(image, target).await
    }

    /// What the names of its files begin with.
    pub(crate) fn stem(&self) -> String {
        stem(&self.prompt_start)
    }

    async fn save_one(&self, image: &Image, target: Target) -> Result<SavedImage> {
        let (stem, index) = (self.stem(), image.index);
        let bytes = match &image.data {
            ImageData::Url(url) => {
                return save_link(&self.downloader, url, target, stem, index).await;
            }
            ImageData::Inline(bytes) => bytes.clone(),
            ImageData::File(_) | ImageData::Written(_) => self.bytes(image).await?,
        };
        Ok(save_bytes(bytes, target, stem, index).await?)
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
                Err(error) => {
                    Err(FileError::at(FileAction::ReadSaved, "read", &saved.path, error).into())
                }
            },
            ImageData::Written(written) => {
                let source = io::ErrorKind::Unsupported.into();
                Err(FileError::writer(
                    FileAction::ReadSaved,
                    "read back from",
                    written.writer,
                    source,
                )
                .into())
            }
        }
    }
}

impl Client {
    /// Saves the picture at a link that an earlier call left, as [`ImageResponse::save`] does; the
    /// prompt is what its name is made of.
    ///
    /// # Errors
    ///
    /// If it could not be downloaded or kept anywhere.
    pub async fn save_link(
        &self,
        link: &str,
        prompt: &str,
        target: impl Into<Target>,
    ) -> Result<SavedImage> {
        let target = target.into();
        target.prepare()?;
        save_link(&self.inner.downloader, link, target, stem(prompt), 0).await
    }
}

async fn save_link(
    downloader: &Downloader,
    url: &str,
    target: Target,
    stem: String,
    index: u32,
) -> Result<SavedImage> {
    let bytes = match downloader
        .fetch_to(url, &Place::Files(target.clone()))
        .await?
    {
        Picture::File(file) => return Ok(file.place(target, stem, index).await?),
        Picture::Memory(bytes) => bytes,
        // A link leads to a file or to an error.
        _ => downloader.fetch(url).await?,
    };
    Ok(save_bytes(bytes, target, stem, index).await?)
}
