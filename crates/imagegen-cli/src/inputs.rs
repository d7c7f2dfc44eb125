//! What goes in, from files and stdin, as a command line names it; nothing is read without end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use imagegen::ImageInput;

use crate::failure::Failure;
use crate::text::{bytes, io_text, without_bom};

/// No vendor takes an image of this size.
const LARGEST_IMAGE: u64 = 256 * 1024 * 1024;
/// No vendor takes a prompt of this length.
const LONGEST_PROMPT: u64 = 4 * 1024 * 1024;

/// An image from what was written after `flag`: a file, a URL, `-`, or, where `ids` are taken and
/// there is no file of that name, the id of a file at OpenAI.
///
/// # Errors
///
/// If it cannot be read.
pub(crate) fn input(flag: &str, image: &str, ids: bool) -> Result<ImageInput, Failure> {
    if image == "-" {
        return from_stdin(flag);
    }
    let scheme = |scheme: &str| {
        image
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if scheme("http://") || scheme("https://") || scheme("data:") {
        return Ok(ImageInput::url(image));
    }
    let path = Path::new(image);
    if ids && is_id(image) && !path.exists() {
        return Ok(ImageInput::file_id(image));
    }
    let unreadable = |error| Failure::file("read", path, &error);
    if path.is_file() {
        // Read when it is sent, but found out to be unreadable now.
        File::open(path).map_err(unreadable)?;
        return Ok(ImageInput::path(path));
    }
    // A pipe can be read once, and a request may be sent more often.
    File::open(path)
        .and_then(|file| read(file, LARGEST_IMAGE))
        .map(ImageInput::bytes)
        .map_err(unreadable)
}

/// Whether it is spelled as OpenAI's ids are; a missing file usually has an extension.
fn is_id(image: &str) -> bool {
    let rest = image.strip_prefix("file-");
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    })
}

fn from_stdin(flag: &str) -> Result<ImageInput, Failure> {
    let bytes = read(io::stdin().lock(), LARGEST_IMAGE).map_err(|error| stdin_failure(&error))?;
    if bytes.is_empty() {
        return Err(Failure::misuse(format!("{flag} -: stdin is empty")));
    }
    Ok(ImageInput::bytes(bytes))
}

/// The prompt, from the command line or, as `-`, from stdin.
///
/// # Errors
///
/// If stdin is no text.
pub(crate) fn prompt(given: Option<&str>) -> Result<String, Failure> {
    match given {
        Some("-") => {
            let text = text_of_stdin(LONGEST_PROMPT)?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        given => Ok(given.unwrap_or_default().to_owned()),
    }
}

/// The text of stdin, of at most so many bytes.
///
/// # Errors
///
/// If there is more, or it is no text.
pub(crate) fn text_of_stdin(longest: u64) -> Result<String, Failure> {
    read(io::stdin().lock(), longest)
        .and_then(text)
        .map_err(|error| stdin_failure(&error))
}

/// The text of a file, of at most so many bytes.
///
/// # Errors
///
/// If there is more, or it cannot be read, or is no text.
pub(crate) fn text_of_file(path: &Path, longest: u64) -> Result<String, Failure> {
    File::open(path)
        .and_then(|file| read(file, longest))
        .and_then(text)
        .map_err(|error| Failure::file("read", path, &error))
}

fn read(from: impl Read, longest: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(longest + 1).read_to_end(&mut content)?;
    if content.len() as u64 > longest {
        let message = format!("it goes on beyond {}", bytes(longest));
        return Err(io::Error::other(message));
    }
    Ok(content)
}

fn text(content: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(content)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(without_bom(&text).to_owned())
}

fn stdin_failure(error: &io::Error) -> Failure {
    Failure::misuse(format!("cannot read stdin: {}", io_text(error)))
}
