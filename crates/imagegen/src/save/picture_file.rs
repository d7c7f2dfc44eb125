//! Writes one picture under a temporary name, and gives it its own once it is whole.

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use super::facts::{Facts, Fingerprint};
use super::file_error::FileError;
use super::flaw::{Accept, Flaw};
use super::target::Target;
use super::temp::TempFile;
use crate::format::Format;
use crate::size::Pixels;

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

/// A picture being written, or written, that has no name yet: it goes away with this handle.
#[derive(Debug)]
pub(crate) struct PictureFile {
    file: TempFile,
    facts: Facts,
    /// Why it is not in the folder it was asked for.
    displaced: Option<String>,
    /// Whether everything written is on the disk.
    flushed: bool,
}

impl PictureFile {
    /// A new file in the target's folder, or among the system's temporary files where that
    /// cannot be: a picture is paid for by the time it comes.
    ///
    /// # Errors
    ///
    /// If neither can be written; the error is the folder's.
    pub(crate) fn new(target: &Target) -> Result<Self, FileError> {
        let failed = |error| FileError::save("write in", target.path(), error);
        let (file, displaced) = match TempFile::create_in(target.path()) {
            Ok(file) => (file, None),
            Err(error) => match TempFile::create_aside() {
                Ok(file) => (file, Some(failed(error).with_cause())),
                Err(_) => return Err(failed(error)),
            },
        };
        Ok(Self {
            file,
            facts: Facts::default(),
            displaced,
            flushed: true,
        })
    }

    /// Writes the next bytes, moving elsewhere if they do not fit here.
    ///
    /// # Errors
    ///
    /// If there is nowhere to move; the error is the folder's.
    pub(crate) fn write(&mut self, bytes: &[u8], target: &Target) -> Result<(), FileError> {
        self.flushed = false;
        if let Err(error) = self.file.file().and_then(|file| file.write_all(bytes)) {
            self.displace(FileError::save("write in", target.path(), error))?;
            self.file
                .file()
                .and_then(|file| file.write_all(bytes))
                .map_err(|error| FileError::save("write in", std::env::temp_dir(), error))?;
        }
        self.facts.take(bytes);
        Ok(())
    }

    /// Flushes everything to the disk.
    ///
    /// # Errors
    ///
    /// If that fails and there is nowhere to move.
    pub(crate) fn flush(&mut self, target: &Target) -> Result<(), FileError> {
        if !self.flushed
            && let Err(error) = self.file.file().and_then(|file| file.sync_all())
        {
            self.displace(FileError::save("write in", target.path(), error))?;
        }
        self.flushed = true;
        Ok(())
    }

    /// Flushes everything to the disk and closes the file, which keeps its place among those to be
    /// named: a call may bring more pictures than a process may have files open.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub(crate) fn close(&mut self, target: &Target) -> Result<(), FileError> {
        self.flush(target)?;
        self.file.close();
        Ok(())
    }

    pub(super) fn flaw(&self, accept: Accept) -> Option<Flaw> {
        self.facts.flaw(accept)
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.facts.fingerprint()
    }

    /// Moves what has been written to the system's folder for temporary files.
    fn displace(&mut self, reason: FileError) -> Result<(), FileError> {
        if self.displaced.is_some() {
            return Err(reason);
        }
        let moved = || {
            let mut file = TempFile::create_aside()?;
            io::copy(
                &mut self.file.reopen()?.take(self.facts.bytes()),
                file.file()?,
            )?;
            file.file()?.sync_all()?;
            io::Result::Ok(file)
        };
        match moved() {
            Ok(file) => {
                self.file = file;
                self.displaced = Some(reason.with_cause());
                Ok(())
            }
            Err(_) => Err(reason),
        }
    }

    /// Everything written so far.
    pub(crate) fn read_back(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.reopen()?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Gives the picture, once it is on the disk, a free name from `index` + 1 on, or the very
    /// name if it may be replaced. A reader sees no file or a whole one, and two processes never
    /// take one name.
    ///
    /// # Errors
    ///
    /// If it can get no name there and cannot be moved elsewhere.
    pub(crate) fn place(
        mut self,
        target: &Target,
        stem: &str,
        index: u32,
    ) -> Result<SavedImage, FileError> {
        self.flush(target)?;
        let extension = self.facts.format().map_or("bin", Format::extension);
        let elsewhere = Target::folder(std::env::temp_dir());
        let mut number = u64::from(index) + 1;
        loop {
            let place = if self.displaced.is_some() {
                &elsewhere
            } else {
                target
            };
            let path = place.numbered(stem, number, extension);
            let placed = if place.overwrites() {
                self.file.replace(&path)
            } else {
                self.file.name(&path)
            };
            let Err(error) = placed else {
                return Ok(SavedImage {
                    index,
                    path,
                    format: self.facts.format(),
                    size: self.facts.size(),
                    bytes: self.facts.bytes(),
                    displaced: self.displaced,
                    #[cfg(feature = "sha256")]
                    sha256: self.facts.sha256(),
                });
            };
            if error.kind() == io::ErrorKind::AlreadyExists {
                number = next_free(number, |number| {
                    let path = place.numbered(stem, number, extension);
                    path.symlink_metadata().is_ok()
                });
            } else {
                self.displace(FileError::save("write", path, error))?;
            }
        }
    }
}

/// A free number behind a taken one, the first where numbers are taken without gaps.
///
/// It doubles its steps and then halves them: a folder with thousands of pictures of one name is
/// not walked through for every new one.
fn next_free(mut taken: u64, is_taken: impl Fn(u64) -> bool) -> u64 {
    let mut step = 1;
    while is_taken(taken + step) {
        taken += step;
        step *= 2;
    }
    let mut free = taken + step;
    while free - taken > 1 {
        let middle = taken + (free - taken) / 2;
        if is_taken(middle) {
            taken = middle;
        } else {
            free = middle;
        }
    }
    free
}

/// Writes a picture that is in memory, whole.
///
/// # Errors
///
/// As [`PictureFile::write`].
pub(crate) fn written(target: &Target, bytes: &[u8]) -> Result<PictureFile, FileError> {
    let mut file = PictureFile::new(target)?;
    file.write(bytes, target)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0000IHDR";

    fn save(target: &Target) -> SavedImage {
        written(target, PNG)
            .unwrap()
            .place(target, "fox", 0)
            .unwrap()
    }

    #[test]
    fn names_are_numbered_and_never_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::from(folder.path());
        assert_eq!(save(&target).path, folder.path().join("fox-1.png"));
        assert_eq!(save(&target).path, folder.path().join("fox-2.png"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_next_free_number_is_found_in_a_few_looks() {
        for count in [1, 2, 3, 4, 7, 8, 100, 100_000] {
            let looks = std::cell::Cell::new(0);
            let free = next_free(1, |number| {
                looks.set(looks.get() + 1);
                number <= count
            });
            assert_eq!(free, count + 1);
            assert!(looks.get() <= 2 * (64 - count.leading_zeros()), "{count}");
        }
    }

    #[test]
    fn a_file_is_only_replaced_if_it_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, "mine").unwrap();
        let target = Target::file(&path);
        assert_eq!(save(&target).path, folder.path().join("a-2.png"));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        assert_eq!(save(&target.overwrite(true)).path, path);
        assert_eq!(std::fs::read(&path).unwrap(), PNG);
    }

    #[test]
    fn a_picture_that_gets_no_name_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(written(&Target::from(folder.path()), PNG).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_picture_without_a_place_is_kept_elsewhere() {
        let target = Target::folder("/nowhere/at/all");
        let saved = save(&target);
        let reason = saved.displaced.unwrap();
        assert!(
            reason.starts_with("cannot write in /nowhere/at/all: "),
            "{reason}"
        );
        assert_eq!(std::fs::read(&saved.path).unwrap(), PNG);
        std::fs::remove_file(saved.path).unwrap();
    }
}
