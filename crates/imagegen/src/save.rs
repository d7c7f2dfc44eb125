//! Puts pictures into files: whole or not at all, and never over another file.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::NamedTempFile;

use crate::read::TempPicture;
use crate::{FileError, Format, Image, ImageData, ImageResponse, Pixels, Result};

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
    /// The SHA-256 of the file in hex (feature `sha256`).
    #[cfg(feature = "sha256")]
    pub sha256: String,
}

impl ImageResponse {
    /// Saves every picture into a folder, which is made if it is missing.
    ///
    /// Files are named from the prompt and numbered, with the extension of what the bytes are,
    /// and never replace another. Links are downloaded.
    ///
    /// # Errors
    ///
    /// The first picture that could not be written or downloaded; those before it are saved.
    pub async fn save_all(&self, folder: impl AsRef<Path>) -> Result<Vec<SavedImage>> {
        let mut saved = Vec::with_capacity(self.images.len());
        for image in &self.images {
            saved.push(self.save_in(image, folder.as_ref()).await?);
        }
        Ok(saved)
    }

    /// Saves one picture into a folder, named as [`save_all`](Self::save_all) names it.
    ///
    /// # Errors
    ///
    /// If it could not be written or downloaded.
    pub async fn save_in(&self, image: &Image, folder: impl AsRef<Path>) -> Result<SavedImage> {
        let bytes = self.bytes(image).await?;
        let folder = folder.as_ref().to_owned();
        let stem = self.stem.clone();
        let index = image.index;
        blocking(move || {
            make_folder(&folder)?;
            Ok(place(written(&folder, &bytes)?, &folder, &stem, index)?)
        })
        .await
    }

    /// Saves one picture at exactly this path, whatever its extension says.
    ///
    /// # Errors
    ///
    /// If it could not be downloaded or written, or a file is there already and `overwrite` is
    /// false.
    pub async fn save_at(
        &self,
        image: &Image,
        path: impl AsRef<Path>,
        overwrite: bool,
    ) -> Result<SavedImage> {
        let bytes = self.bytes(image).await?;
        let path = path.as_ref().to_owned();
        let index = image.index;
        blocking(move || {
            if !overwrite && path.symlink_metadata().is_ok() {
                let exists = io::ErrorKind::AlreadyExists.into();
                return Err(FileError::new("write", path, exists).into());
            }
            let picture = written(folder_of(&path), &bytes)
                .map_err(|error| FileError::new("write", &path, error.source))?;
            let placed = if overwrite {
                picture.file.persist(&path)
            } else {
                picture.file.persist_noclobber(&path)
            };
            placed.map_err(|error| FileError::new("write", &path, error.error))?;
            Ok(picture.facts.saved(index, path))
        })
        .await
    }

    /// The bytes of a picture: downloaded if it came as a link, read if it is in a file.
    ///
    /// # Errors
    ///
    /// If it could not be downloaded or read.
    pub async fn bytes(&self, image: &Image) -> Result<Bytes> {
        match &image.data {
            ImageData::Inline(bytes) => Ok(bytes.clone()),
            ImageData::Url(url) => Ok(self.downloader.fetch(url).await?),
            ImageData::File(saved) => match tokio::fs::read(&saved.path).await {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(FileError::new("read", &saved.path, error).into()),
            },
        }
    }
}

/// What is learnt of a file while it is written.
#[derive(Debug, Default)]
pub(crate) struct FileFacts {
    bytes: u64,
    /// The first bytes, in which every format states its size.
    head: Vec<u8>,
    #[cfg(feature = "sha256")]
    sha256: sha2::Sha256,
}

impl FileFacts {
    /// Enough for a JPEG whose size stands behind a large preview.
    const HEAD: usize = 64 * 1024;

    /// Takes note of the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let missing = Self::HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        #[cfg(feature = "sha256")]
        sha2::Digest::update(&mut self.sha256, bytes);
    }

    pub(crate) fn saved(self, index: u32, path: PathBuf) -> SavedImage {
        SavedImage {
            index,
            path,
            format: Format::sniff(&self.head),
            size: Format::dimensions(&self.head),
            bytes: self.bytes,
            #[cfg(feature = "sha256")]
            sha256: sha2::Digest::finalize(self.sha256)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
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

pub(crate) fn make_folder(folder: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| FileError::new("make the folder", folder, error))
}

/// A new file under a temporary name; it goes away with its handle unless it is renamed.
pub(crate) fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".imagegen-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A picture is no secret: it gets what the umask leaves of this, as any new file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Writes a picture that is in memory under a temporary name.
pub(crate) fn written(folder: &Path, bytes: &[u8]) -> Result<TempPicture, FileError> {
    let write = || {
        let mut file = new_file(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        io::Result::Ok(file)
    };
    let file = write().map_err(|error| FileError::new("write in", folder, error))?;
    let mut facts = FileFacts::default();
    facts.take(bytes);
    Ok(TempPicture { file, facts })
}

/// Gives a written picture its name: the prompt's words and the first number from `index` + 1 on
/// that is free. A reader sees no file or a whole one, and two processes never take one name.
pub(crate) fn place(
    picture: TempPicture,
    folder: &Path,
    stem: &str,
    index: u32,
) -> Result<SavedImage, FileError> {
    let TempPicture { mut file, facts } = picture;
    let extension = Format::sniff(&facts.head).map_or("bin", Format::extension);
    let mut number = u64::from(index) + 1;
    loop {
        let path = folder.join(format!("{stem}-{number}.{extension}"));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(facts.saved(index, path)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                file = error.file;
                number += 1;
            }
            Err(error) => return Err(FileError::new("write", path, error.error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_and_never_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let save = || {
            let picture = written(folder.path(), b"\x89PNG\r\n\x1a\n0000IHDR").unwrap();
            place(picture, folder.path(), "fox", 0).unwrap().path
        };
        assert_eq!(save(), folder.path().join("fox-1.png"));
        assert_eq!(save(), folder.path().join("fox-2.png"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = written(Path::new("/nowhere/at/all"), b"x").unwrap_err();
        assert_eq!(error.to_string(), "cannot write in /nowhere/at/all");
    }

    #[test]
    fn a_picture_that_gets_no_name_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(written(folder.path(), b"x").unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
