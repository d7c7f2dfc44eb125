//! A file under a temporary name, which it loses or leaves.
//!
//! The crate `tempfile` does this and much more, for four more crates in every user's build;
//! what is needed here is create, rename without replacing, and clean up.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::leftover::unfinished_name;

/// An open file that is removed when it is dropped without having been given a name.
#[derive(Debug)]
pub(super) struct TempFile {
    /// Until it is closed.
    file: Option<File>,
    path: PathBuf,
    named: bool,
}

impl TempFile {
    /// Creates an empty file with a name nobody has, hidden from a plain listing; its
    /// permissions are those of any new file.
    pub(super) fn create_in(folder: &Path) -> io::Result<Self> {
        Self::create(folder, OpenOptions::new().write(true).create_new(true))
    }

    /// Creates a file as [`create_in`](Self::create_in) does, among the system's temporary files,
    /// where only its owner can read it.
    pub(super) fn create_aside() -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::create(&std::env::temp_dir(), &options)
    }

    fn create(folder: &Path, options: &OpenOptions) -> io::Result<Self> {
        loop {
            let path = folder.join(unfinished_name());
            match options.open(&path) {
                Ok(file) => {
                    return Ok(Self {
                        file: Some(file),
                        path,
                        named: false,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The file, to be written to.
    pub(super) fn file(&mut self) -> io::Result<&mut File> {
        self.file
            .as_mut()
            .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    /// Closes the file, once it is whole.
    pub(super) fn close(&mut self) {
        self.file = None;
    }

    /// The file again, from its beginning.
    pub(super) fn reopen(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// Gives the file its name, replacing what has it.
    pub(super) fn replace(&mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.named = true;
        Ok(())
    }

    /// Gives the file its name, if nothing has it.
    pub(super) fn name(&mut self, path: &Path) -> io::Result<()> {
        // A link fails where the name is taken, which a rename does not.
        match fs::hard_link(&self.path, path) {
            Ok(()) => {
                // Should this fail, the picture lies there twice: better than not at all.
                self.named = fs::remove_file(&self.path).is_ok();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // No links on this disk, or a folder that is not there.
            Err(_) => self.name_without_links(path),
        }
    }

    /// The same on a disk without hard links: the name is taken by an empty file, which nobody else
    /// then has, and that file is replaced.
    fn name_without_links(&mut self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).create_new(true).open(path)?;
        self.replace(path).inspect_err(|_| {
            let _ = fs::remove_file(path);
        })
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.named {
            // Nothing can be done about a failure here, and nothing depends on it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_name_is_taken_once_and_replaced_only_on_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut first = TempFile::create_in(folder.path()).unwrap();
        first.file().unwrap().write_all(b"first").unwrap();
        first.name(&path).unwrap();
        let mut second = TempFile::create_in(folder.path()).unwrap();
        second.file().unwrap().write_all(b"second").unwrap();
        assert_eq!(
            second.name(&path).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read(&path).unwrap(), b"first");
        second.replace(&path).unwrap();
        drop((first, second));
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn threads_never_share_a_name() {
        race(TempFile::name);
        race(TempFile::name_without_links);
    }

    fn race(name: fn(&mut TempFile, &Path) -> io::Result<()>) {
        let folder = tempfile::tempdir().unwrap();
        let winners: usize = std::thread::scope(|scope| {
            let race = || {
                let mut file = TempFile::create_in(folder.path()).unwrap();
                usize::from(name(&mut file, &folder.path().join("one")).is_ok())
            };
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(race)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(winners, 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
