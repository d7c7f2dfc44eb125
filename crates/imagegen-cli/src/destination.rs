//! Where pictures go: checked before anything is paid for, and never lost afterwards.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use imagegen::{Error, Image, ImageData, ImageResponse, SavedImage};

use crate::args::Save;
use crate::failure::{Failure, io_text, sentence};

/// The file or folder that pictures are saved to.
#[derive(Debug)]
pub(crate) enum Destination {
    /// `-o`: the next picture gets this file, or its numbered sibling.
    File {
        path: PathBuf,
        force: bool,
        next: u32,
    },
    /// `--out-dir`, or the current folder as an empty path.
    Folder(PathBuf),
}

/// What became of a picture.
#[derive(Debug)]
pub(crate) enum Saved {
    /// It lies where it was asked for.
    Asked(SavedImage),
    /// It could not be written there, and lies in the system's folder for temporary files.
    Rescued(SavedImage, String),
    /// It is gone, or only its link is left.
    Lost(String),
}

impl Destination {
    /// Takes the destination from the arguments and makes sure that it can be written to, for
    /// `expected` pictures: afterwards is too late to learn it.
    pub(crate) fn prepare(args: &Save, expected: u32) -> Result<Self, Failure> {
        if let Some(path) = &args.output {
            let destination = Self::File {
                path: path.clone(),
                force: args.force,
                next: 1,
            };
            destination.check_file(path, args.force, expected)?;
            return Ok(destination);
        }
        let folder = args.out_dir.clone().unwrap_or_default();
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(&folder)
                .map_err(|error| Failure::file("make the folder", &folder, &error))?;
        }
        check_writable(&folder)?;
        Ok(Self::Folder(folder))
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
            let path = numbered(path, number);
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
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::File { path, .. } => path.parent().unwrap_or(Path::new("")),
            Self::Folder(folder) => folder,
        }
    }

    /// Saves a picture, here or, if that fails, where it can be found.
    pub(crate) async fn save(&mut self, response: &ImageResponse, image: &Image) -> Saved {
        let error = match self.save_as_asked(response, image).await {
            Ok(saved) => return Saved::Asked(saved),
            Err(error) => error,
        };
        let mut text = sentence(&error);
        if let (Error::Download(_), ImageData::Url(link)) = (&error, &image.data) {
            // A link that was paid for is worth more than a tidy message.
            text += &format!("; it may still be fetched from {link}");
            return Saved::Lost(text);
        }
        match rescue(response, image).await {
            Ok(saved) => {
                text += &format!("; the picture is kept at {}", saved.path.display());
                Saved::Rescued(saved, text)
            }
            Err(error) => {
                text += &format!(", nor can it be kept elsewhere: {error}");
                Saved::Lost(text)
            }
        }
    }

    async fn save_as_asked(
        &mut self,
        response: &ImageResponse,
        image: &Image,
    ) -> imagegen::Result<SavedImage> {
        match self {
            Self::Folder(folder) => response.save_in(image, folder).await,
            Self::File { path, force, next } => loop {
                let file = numbered(path, *next);
                match response.save_at(image, &file, *force).await {
                    // Somebody made the file since it was checked: the next number is free.
                    Err(Error::File(error))
                        if error.io_error().kind() == io::ErrorKind::AlreadyExists =>
                    {
                        *next += 1;
                    }
                    saved => {
                        *next += 1;
                        return saved;
                    }
                }
            },
        }
    }

    /// Keeps bytes of an answer that cannot be read, beside the pictures or where it can be.
    pub(crate) fn keep_answer(
        &self,
        id: Option<&str>,
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
            .unwrap_or("unknown")
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
        let path = numbered(&first, number);
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Saves a picture that was paid for into a fresh folder among the system's temporary files.
async fn rescue(response: &ImageResponse, image: &Image) -> Result<SavedImage, String> {
    let folder = tempfile::Builder::new()
        .prefix("imagegen-rescued-")
        .tempdir()
        .map_err(|error| io_text(&error))?;
    let saved = response
        .save_in(image, folder.path())
        .await
        .map_err(|error| sentence(&error))?;
    let _ = folder.keep();
    Ok(saved)
}

/// The file of picture `number`: the first has the path itself, the others a number before the
/// extension.
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
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
        .tempfile_in(folder)
        .map(drop)
        .map_err(|error| Failure::file("write in the folder", folder, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_has_the_name_itself() {
        for (path, number, expected) in [
            ("a/fox.png", 1, "a/fox.png"),
            ("a/fox.png", 2, "a/fox-2.png"),
            ("fox", 3, "fox-3"),
            (".fox", 2, ".fox-2"),
            ("fox.tar.gz", 2, "fox.tar-2.gz"),
        ] {
            assert_eq!(numbered(Path::new(path), number), Path::new(expected));
        }
    }

    #[test]
    fn an_answer_is_kept_under_a_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::Folder(folder.path().to_owned());
        let paths = [(), ()].map(|()| {
            destination
                .keep_answer(Some("../r 1"), Some("text/html; charset=utf-8"), b"<p>")
                .unwrap()
        });
        assert_eq!(paths[0], folder.path().join("imagegen-answer-r1.html"));
        assert_eq!(paths[1], folder.path().join("imagegen-answer-r1-2.html"));
        assert_eq!(std::fs::read(&paths[1]).unwrap(), b"<p>");
    }
}
