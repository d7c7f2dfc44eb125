//! Saved pictures, as `--json` tells of them.

use std::path::Path;
use std::sync::Arc;

use imagegen::{Format, Pixels, SavedImage};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::hash;

/// A saved picture.
#[derive(Debug, Serialize)]
pub(crate) struct ImageEntry {
    pub(crate) path: String,
    format: Option<&'static str>,
    width: Option<u32>,
    height: Option<u32>,
    bytes: u64,
    /// Of the file as it lies there; `None` where it cannot be read any more.
    sha256: Option<String>,
    revised_prompt: Option<String>,
}

/// Saved pictures with something of their command beside each, hashed on other cores while the
/// next ones come.
#[derive(Debug)]
pub(crate) struct Images<T> {
    entries: Vec<(T, ImageEntry)>,
    /// The hash of each entry; none are taken where nobody asks for them.
    hashing: Vec<JoinHandle<Option<String>>>,
    hashes: bool,
    /// How many files are hashed at a time.
    cores: Arc<Semaphore>,
}

impl<T> Images<T> {
    /// `hashes` says whether anybody asks for them.
    pub(crate) fn new(hashes: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            entries: Vec::new(),
            hashing: Vec::new(),
            hashes,
            cores: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Takes in a picture at a path as it is shown.
    pub(crate) fn push(
        &mut self,
        beside: T,
        saved: &SavedImage,
        path: &Path,
        revised_prompt: Option<String>,
    ) {
        let entry = ImageEntry {
            path: path.to_string_lossy().into_owned(),
            format: saved.format.map(Format::as_str),
            width: saved.size.map(Pixels::width),
            height: saved.size.map(Pixels::height),
            bytes: saved.bytes,
            sha256: None,
            revised_prompt,
        };
        self.entries.push((beside, entry));
        if self.hashes {
            let (file, cores) = (saved.path.clone(), Arc::clone(&self.cores));
            self.hashing.push(tokio::spawn(async move {
                let core = cores.acquire_owned().await.ok()?;
                let hashing = tokio::task::spawn_blocking(move || hash::of_file(&file));
                let hash = hashing.await.ok()?.ok()?;
                drop(core);
                Some(hash::hex(&hash))
            }));
        }
    }

    /// Waits for the hashes.
    pub(crate) async fn close(&mut self) {
        for ((_, entry), hashing) in self
            .entries
            .iter_mut()
            .zip(std::mem::take(&mut self.hashing))
        {
            entry.sha256 = hashing.await.ok().flatten();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn entries(&self) -> &[(T, ImageEntry)] {
        &self.entries
    }
}
