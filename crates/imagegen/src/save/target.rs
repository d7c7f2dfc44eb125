//! Where pictures are to lie.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::file_error::{FileAction, FileError};
use super::leftover;
use super::temp::TempFile;

/// Where pictures are to lie, and under which names.
///
/// A path is a folder: files in it are named from the prompt and numbered, with the extension of
/// what their bytes are. [`Target::file`] is a file, whose siblings are numbered.
///
/// ```
/// use imagegen::Target;
///
/// let folder: Target = "avatars/".into();
/// let file = Target::file("avatar.png").overwrite(true);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    folder: PathBuf,
    file: Option<PathBuf>,
    overwrite: bool,
    previews: bool,
}

impl Target {
    /// A folder, which is made if it is missing.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        let folder = path.into();
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        Self {
            folder,
            file: None,
            overwrite: false,
            previews: false,
        }
    }

    /// A file of exactly this name, whatever the bytes are; the second picture gets the name
    /// with `-2` before the extension, and so on. Its folder must exist, and where the name is
    /// taken the call fails before anything is sent, unless [`overwrite`](Self::overwrite) allows
    /// to replace it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            file: Some(path.clone()),
            ..Self::folder(folder_of(&path))
        }
    }

    /// Whether a file that is there already is replaced. Only for [`Target::file`]; no when left
    /// out.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether the previews of a stream are kept as well; no when left out.
    #[must_use]
    pub fn previews(mut self, previews: bool) -> Self {
        self.previews = previews;
        self
    }

    pub(crate) fn keeps_previews(&self) -> bool {
        self.previews
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn overwrites(&self) -> bool {
        self.overwrite && self.file.is_some()
    }

    /// Removes what runs that were killed left unfinished in the folder. On Linux those of this
    /// machine's dead processes, elsewhere and of others what is older than a week.
    ///
    /// # Errors
    ///
    /// If the folder cannot be listed.
    pub fn remove_leftovers(&self) -> io::Result<()> {
        leftover::remove(&self.folder)
    }

    /// Makes sure, before anything is paid for, that pictures can be written here: makes the folder
    /// of numbered files, finds a name taken that may not be replaced.
    pub(crate) fn prepare(&self) -> Result<(), FileError> {
        let failed =
            |verb, path: &Path, error| FileError::at(FileAction::PrepareTarget, verb, path, error);
        match &self.file {
            None => std::fs::create_dir_all(&self.folder)
                .map_err(|error| failed("make the folder", &self.folder, error))?,
            Some(file) if !self.overwrite && file.symlink_metadata().is_ok() => {
                return Err(failed("write", file, io::ErrorKind::AlreadyExists.into()));
            }
            Some(_) => {}
        }
        // Only trying tells: permissions, a full disk and a read-only one all look alike before.
        match TempFile::create_in(&self.folder) {
            Ok(_) => Ok(()),
            Err(error) => Err(failed("write in", &self.folder, error)),
        }
    }

    /// The path of the picture with this number, from 1, of a [`Target::file`]; `None` of a
    /// folder, whose names are made of the prompt.
    pub fn file_path(&self, number: u64) -> Option<PathBuf> {
        let file = self.file.as_ref()?;
        if number == 1 {
            return Some(file.clone());
        }
        let mut name = OsString::from(file.file_stem().unwrap_or_default());
        name.push(format!("-{number}"));
        if let Some(extension) = file.extension() {
            name.push(".");
            name.push(extension);
        }
        Some(file.with_file_name(name))
    }

    /// The path of the picture with this number, from 1.
    pub(super) fn numbered(&self, stem: &str, number: u64, extension: &str) -> PathBuf {
        self.file_path(number).unwrap_or_else(|| {
            // The number is parted from the name before it, so that one cannot pass for the other.
            self.folder.join(format!("{stem}-{number}.{extension}"))
        })
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Target {
    fn from(folder: &P) -> Self {
        Self::folder(folder.as_ref())
    }
}

impl From<PathBuf> for Target {
    fn from(folder: PathBuf) -> Self {
        Self::folder(folder)
    }
}

/// The folder a path is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_of_a_file_has_its_name() {
        for (path, number, expected) in [
            ("a/fox.png", 1, "a/fox.png"),
            ("a/fox.png", 2, "a/fox-2.png"),
            ("fox", 3, "fox-3"),
            (".fox", 2, ".fox-2"),
            ("fox.tar.gz", 2, "fox.tar-2.gz"),
        ] {
            assert_eq!(
                Target::file(path).numbered("stem", number, "png"),
                Path::new(expected)
            );
        }
    }

    #[test]
    fn a_folder_numbers_by_the_prompt() {
        let target = Target::from("out");
        assert_eq!(
            target.numbered("red-fox", 1, "png"),
            Path::new("out/red-fox-1.png")
        );
    }
}
