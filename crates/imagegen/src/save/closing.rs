//! Written files on their way to the disk, and to their names.

use std::sync::Arc;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::facts::Fingerprint;
use super::file_error::FileError;
use super::picture_file::{PictureFile, SavedImage, written};
use super::target::Target;

/// A written file that may be on its way to the disk.
#[derive(Debug)]
pub(crate) enum Closing {
    Written(Box<PictureFile>, Arc<Target>),
    Flushing {
        file: JoinHandle<Result<PictureFile, FileError>>,
        fingerprint: Fingerprint,
        target: Arc<Target>,
    },
}

impl Closing {
    /// Sends the file on its way, as something else has to be waited for. Otherwise that is left
    /// to the thread that gives the file its name.
    pub(crate) fn flushing(self) -> Self {
        match self {
            Self::Written(mut file, target) => Self::Flushing {
                fingerprint: file.fingerprint(),
                target: Arc::clone(&target),
                file: spawn_blocking(move || {
                    file.close(&target)?;
                    Ok(*file)
                }),
            },
            Self::Flushing { .. } => self,
        }
    }

    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Written(file, _) => Some(file.fingerprint()),
            Self::Flushing { fingerprint, .. } => Some(*fingerprint),
        }
    }

    /// The file, which can be given its name.
    ///
    /// # Errors
    ///
    /// If it could be kept nowhere.
    pub(crate) async fn closed(self) -> Result<PictureFile, FileError> {
        match self {
            Self::Written(file, _) => Ok(*file),
            Self::Flushing { file, .. } => joined(file).await,
        }
    }

    /// The target it was opened for.
    pub(crate) fn target(&self) -> Target {
        match self {
            Self::Written(_, target) | Self::Flushing { target, .. } => Target::clone(target),
        }
    }

    /// Gives the file, once it is on the disk, its place in a target.
    ///
    /// # Errors
    ///
    /// If it can be kept nowhere.
    pub(crate) async fn place(
        self,
        target: Target,
        stem: String,
        index: u32,
    ) -> Result<SavedImage, FileError> {
        let file = self.closed().await?;
        joined(spawn_blocking(move || file.place(&target, &stem, index))).await
    }
}

/// Writes a picture that is in memory to its place in a target.
///
/// # Errors
///
/// If it can be kept nowhere.
pub(crate) async fn save_bytes(
    bytes: Bytes,
    target: Target,
    stem: String,
    index: u32,
) -> Result<SavedImage, FileError> {
    joined(spawn_blocking(move || {
        written(&target, &bytes)?.place(&target, &stem, index)
    }))
    .await
}

/// What a task returns that nobody aborts; its panic goes on here.
pub(super) async fn joined<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
