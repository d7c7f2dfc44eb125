//! What could not be done with a file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A file, or a writer of the caller's own, that could not be read or written.
#[derive(Debug)]
pub struct FileError {
    action: FileAction,
    location: Location,
    source: io::Error,
}

/// What a [`FileError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileAction {
    /// An image that goes in could not be read: nothing was sent.
    ReadInput,
    /// The place for the pictures could not be made ready: nothing was sent.
    PrepareTarget,
    /// A picture could be written nowhere, though it may have been paid for.
    Save,
    /// A picture that was saved could not be read again.
    ReadSaved,
}

#[derive(Debug)]
enum Location {
    Path(&'static str, PathBuf),
    Writer(&'static str, u32),
}

impl FileError {
    /// `verb` is what was tried, as it reads before the path: `write in`.
    pub(crate) fn at(
        action: FileAction,
        verb: &'static str,
        path: impl Into<PathBuf>,
        source: io::Error,
    ) -> Self {
        Self {
            action,
            location: Location::Path(verb, path.into()),
            source,
        }
    }

    pub(crate) fn save(verb: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::at(FileAction::Save, verb, path, source)
    }

    /// About the writer of this number.
    pub(crate) fn writer(
        action: FileAction,
        verb: &'static str,
        number: u32,
        source: io::Error,
    ) -> Self {
        Self {
            action,
            location: Location::Writer(verb, number),
            source,
        }
    }

    /// The message with its cause, for where there is no `source()`.
    pub(crate) fn with_cause(&self) -> String {
        format!("{self}: {}", self.source)
    }

    /// What failed.
    pub fn action(&self) -> FileAction {
        self.action
    }

    /// The file or folder; `None` for a writer of the caller's own.
    pub fn path(&self) -> Option<&Path> {
        match &self.location {
            Location::Path(_, path) => Some(path),
            Location::Writer(..) => None,
        }
    }

    /// What the system said.
    pub fn io_error(&self) -> &io::Error {
        &self.source
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Location::Path(verb, path) => write!(f, "cannot {verb} {}", path.display()),
            Location::Writer(verb, number) => write!(f, "cannot {verb} writer {number}"),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
