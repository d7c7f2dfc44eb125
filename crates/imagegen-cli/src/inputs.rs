//! The images that go in, as a command line names them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use imagegen::ImageInput;

use crate::failure::{Failure, io_text};

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
    std::fs::read(path)
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
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| stdin_failure(&error))?;
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
            let mut text = String::new();
            std::io::stdin()
                .lock()
                .read_to_string(&mut text)
                .map_err(|error| stdin_failure(&error))?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        given => Ok(given.unwrap_or_default().to_owned()),
    }
}

fn stdin_failure(error: &std::io::Error) -> Failure {
    Failure::misuse(format!("cannot read stdin: {}", io_text(error)))
}
