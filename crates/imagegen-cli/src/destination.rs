//! Where pictures go, checked before anything is paid for.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use imagegen::Target;

use crate::args::Save;
use crate::failure::Failure;
use crate::text::io_text;

/// The file or folder that pictures are saved to.
#[derive(Debug)]
pub(crate) struct Destination {
    place: Place,
    /// Whether previews are kept as well.
    previews: bool,
}

#[derive(Debug)]
enum Place {
    /// `-o`: the first picture gets this file, the others its numbered siblings.
    File {
        path: PathBuf,
        force: bool,
        /// How many pictures one call brings.
        per_call: u32,
    },
    /// `--out-dir`, or the current folder as an empty path.
    Folder(PathBuf),
}

impl Destination {
    /// Takes the destination from the arguments and makes sure that it can be written to, for so
    /// many `calls` of so many pictures: afterwards is too late to learn it.
    pub(crate) fn prepare(
        args: &Save,
        previews: bool,
        calls: u32,
        per_call: u32,
    ) -> Result<Self, Failure> {
        if let Some(path) = &args.output {
            let destination = Self {
                place: Place::File {
                    path: path.clone(),
                    force: args.force,
                    per_call,
                },
                previews,
            };
            destination.check_file(path, args.force, calls.saturating_mul(per_call))?;
            destination.clean();
            return Ok(destination);
        }
        let folder = args.out_dir.clone().unwrap_or_default();
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(&folder)
                .map_err(|error| Failure::file("make the folder", &folder, &error))?;
        }
        check_writable(&folder)?;
        let destination = Self {
            place: Place::Folder(folder),
            previews,
        };
        destination.clean();
        Ok(destination)
    }

    /// Takes away what runs that were killed left, here and where pictures go that find no room.
    fn clean(&self) {
        for folder in [self.folder(), &std::env::temp_dir()] {
            // Nothing depends on it.
            let _ = Target::folder(folder).remove_leftovers();
        }
    }

    /// Where the pictures of one call go, the first being call 0.
    pub(crate) fn target(&self, call: u32) -> Target {
        let target = match &self.place {
            Place::Folder(folder) => Target::folder(folder),
            Place::File {
                path, force: false, ..
            } => Target::file(path),
            // Where files may be replaced, no call may take the name of another's picture.
            Place::File {
                path,
                force: true,
                per_call,
            } => Target::file(sibling(path, call * per_call + 1)).overwrite(true),
        };
        target.previews(self.previews)
    }

    /// A path as a person would write it: nothing before a file in the current folder.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        if self.folder().starts_with(".") {
            return path;
        }
        path.strip_prefix(".").unwrap_or(path)
    }

    fn check_file(&self, path: &Path, force: bool, expected: u32) -> Result<(), Failure> {
        let shown = path.display();
        if path.as_os_str() == "-" {
            return Err(Failure::misuse(
                "-o - writes no picture to stdout; for a file of that name say -o ./-",
            ));
        }
        let is_folder = path.is_dir() || ends_in_separator(path) || path.file_name().is_none();
        if is_folder {
            return Err(Failure::misuse(format!(
                "-o {shown} is a folder: name a file in it, or give --out-dir {shown}"
            )));
        }
        let folder = self.folder();
        if !folder.as_os_str().is_empty() && !folder.is_dir() {
            return Err(Failure::misuse(format!(
                "the folder {} of -o {shown} does not exist",
                folder.display()
            )));
        }
        for number in 1..=expected {
            let path = sibling(path, number);
            match path.symlink_metadata() {
                Ok(metadata) if !metadata.is_file() && !metadata.is_symlink() => {
                    return Err(Failure::misuse(format!(
                        "-o {} is not a regular file",
                        path.display()
                    )));
                }
                Ok(_) if !force => {
                    return Err(Failure::misuse(format!(
                        "{} exists already; --force replaces it",
                        path.display()
                    )));
                }
                _ => {}
            }
        }
        check_writable(folder)
    }

    /// The folder that pictures end up in.
    fn folder(&self) -> &Path {
        match &self.place {
            Place::File { path, .. } => path.parent().unwrap_or(Path::new("")),
            Place::Folder(folder) => folder,
        }
    }

    /// Keeps bytes of the answer with this id that cannot be read, beside the pictures or where it can be.
    pub(crate) fn keep_answer(
        &self,
        id: &str,
        content_type: Option<&str>,
        bytes: &[u8],
    ) -> Result<PathBuf, String> {
        let extension = match content_type {
            Some(kind) if kind.contains("json") => "json",
            Some(kind) if kind.contains("html") => "html",
            Some(kind) if kind.starts_with("text/") => "txt",
            _ => "bin",
        };
        let id: String = id
            .trim_start_matches("imagegen-")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .take(80)
            .collect();
        let stem = format!("imagegen-answer-{id}");
        keep(self.folder(), &stem, extension, bytes)
            .or_else(|_| keep(&std::env::temp_dir(), &stem, extension, bytes))
            .map_err(|error| io_text(&error))
    }
}

/// Where an answer that was paid for is kept, as the end of a sentence.
pub(crate) fn kept(answer: &Result<PathBuf, String>) -> String {
    match answer {
        Ok(path) => format!("; the answer is kept in {}", path.display()),
        Err(error) => format!("; the answer could not be kept: {error}"),
    }
}

/// Writes a new file in one go, under the first free number.
fn keep(folder: &Path, stem: &str, extension: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let parent = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let mut file = tempfile::Builder::new()
        .prefix(".imagegen-")
        .suffix(".part")
        .tempfile_in(parent)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let first = folder.join(format!("{stem}.{extension}"));
    for number in 1.. {
        let path = sibling(&first, number);
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The file of the picture with this number, from 1.
fn sibling(path: &Path, number: u32) -> PathBuf {
    Target::file(path)
        .file_path(number.into())
        .unwrap_or_else(|| path.to_owned())
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|byte| std::path::is_separator(*byte as char))
}

/// Finds out by doing it: permissions, read-only disks and quotas all look alike to a writer.
fn check_writable(folder: &Path) -> Result<(), Failure> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    tempfile::Builder::new()
        .prefix(".imagegen-")
        .suffix(".part")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|error| Failure::file("write in the folder", folder, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_under_a_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination {
            place: Place::Folder(folder.path().to_owned()),
            previews: false,
        };
        let paths = [(), ()].map(|()| {
            destination
                .keep_answer("../r 1", Some("text/html; charset=utf-8"), b"<p>")
                .unwrap()
        });
        assert_eq!(paths[0], folder.path().join("imagegen-answer-r1.html"));
        assert_eq!(paths[1], folder.path().join("imagegen-answer-r1-2.html"));
        assert_eq!(std::fs::read(&paths[1]).unwrap(), b"<p>");
    }
}
