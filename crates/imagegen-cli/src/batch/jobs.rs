//! The file of jobs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use imagegen::ImageRequest;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::hash;
use crate::inputs::{input, text_of_file, text_of_stdin};
use crate::output::to_line;
use crate::run::LeftLink;
use crate::text::one_line;

/// The longest file of jobs, which is held in memory.
const LONGEST: u64 = 1024 * 1024 * 1024;

/// A request of the file.
#[derive(Debug)]
pub(crate) struct Job {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// What it is known by in the journal; empty until [`identify`].
    pub(crate) id: String,
    pub(crate) request: ImageRequest,
    /// Pictures of an earlier answer that only links are known of: those are fetched, and the
    /// request is not made again.
    pub(crate) left: Vec<LeftLink>,
}

/// Reads all jobs; `model` is that of jobs that name none.
///
/// # Errors
///
/// If the file cannot be read, or a line is no request.
pub(crate) fn read(path: &Path, model: Option<&str>) -> Result<Vec<Job>, Failure> {
    let text = if path.as_os_str() == "-" {
        text_of_stdin(LONGEST)?
    } else {
        text_of_file(path, LONGEST)?
    };
    let mut jobs = Vec::new();
    let mut wrong = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let line = at + 1;
        if text.trim().is_empty() {
            continue;
        }
        match request(text, model) {
            Ok(request) => jobs.push(Job {
                line,
                id: String::new(),
                request,
                left: Vec::new(),
            }),
            Err(why) => wrong.push(format!("line {line}: {why}")),
        }
    }
    refuse(&wrong)?;
    if jobs.is_empty() {
        let message = format!("{} holds no job", path.display());
        return Err(Failure::misuse(message));
    }
    Ok(jobs)
}

/// Ends the command if anything is wrong with the jobs: the first thing in full, and how many
/// there are.
///
/// # Errors
///
/// If there is anything.
pub(crate) fn refuse(wrong: &[String]) -> Result<(), Failure> {
    let Some(first) = wrong.first() else {
        return Ok(());
    };
    let mut message = first.clone();
    match wrong.len() - 1 {
        0 => {}
        1 => message += "; and something in another line",
        more => message += &format!("; and something in {more} other lines"),
    }
    Err(Failure::misuse(message).detail("problems", wrong))
}

fn request(text: &str, model: Option<&str>) -> Result<ImageRequest, String> {
    // serde_json quotes what it does not understand, and the place is the line's.
    let broken = |error: serde_json::Error| {
        let text = error.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        one_line(text, 200)
    };
    let mut body: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| format!("not a JSON object: {}", broken(error)))?;
    if let Some(model) = model {
        body.entry("model").or_insert_with(|| model.into());
    }
    if !body.contains_key("model") {
        return Err("no model: name one in it, give --model or set IMAGEGEN_MODEL".to_owned());
    }
    let edits = body.get("operation").and_then(Value::as_str) == Some("edit");
    for name in ["image", "mask"] {
        if let Some(value) = body.get_mut(name) {
            find_files(name, value, edits)?;
        }
    }
    // The jobs file is the caller's own: it may name files of this machine.
    serde_json::from_value(body.into())
        .map(ImageRequest::allow_files)
        .map_err(broken)
}

/// Lets an image be named as on the command line: a bare text is a URL or a file.
fn find_files(name: &str, value: &mut Value, edits: bool) -> Result<(), String> {
    match value {
        Value::String(text) if text == "-" => {
            return Err(format!("{name}: - is no file of a batch"));
        }
        Value::String(text) => {
            let input = input(name, text, edits).map_err(|failure| failure.message)?;
            *value = crate::output::to_value(&input);
        }
        Value::Array(items) => {
            for item in items {
                find_files(name, item, edits)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Gives every job what it is known by: a hash of the request, of the bytes of the files that go
/// in, and of who is asked. Lines can be moved and added, and a job is another one where any of
/// these is another.
///
/// # Errors
///
/// If a file cannot be read.
pub(crate) fn identify(jobs: &mut [Job], base_url: &str) -> Result<(), Failure> {
    let mut files = HashMap::<PathBuf, [u8; 32]>::new();
    let mut seen = HashMap::<String, u32>::new();
    for job in jobs {
        let mut hash = Sha256::new();
        for part in [base_url, &to_line(&job.request)] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let inputs = job.request.images().iter().chain(job.request.mask());
        for path in inputs.filter_map(|input| input.as_path()) {
            let known = files.get(path).copied();
            let bytes = match known {
                Some(bytes) => bytes,
                None => hash::of_file(path)
                    .inspect(|bytes| {
                        files.insert(path.to_owned(), *bytes);
                    })
                    .map_err(|error| Failure::file("read", path, &error))?,
            };
            hash.update(bytes);
        }
        let hash = hash::hex(&hash.finalize()[..8]);
        let count = seen.entry(hash.clone()).or_default();
        *count += 1;
        job.id = match count {
            1 => hash,
            count => format!("{hash}-{count}"),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<Vec<(usize, String)>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.jsonl");
        std::fs::write(&path, text).unwrap();
        let mut jobs = read(&path, Some("m"))?;
        identify(&mut jobs, "https://gateway.example/v1")?;
        Ok(jobs.into_iter().map(|job| (job.line, job.id)).collect())
    }

    #[test]
    fn a_job_is_known_by_what_it_asks_for() {
        let one = ids("{\"prompt\": \"a\", \"size\": \"1x1\"}\n\n{\"prompt\": \"b\"}\n").unwrap();
        let other =
            ids("{\"prompt\":\"b\"}\n{\"size\":\"1x1\",\"prompt\":\"a\"}\n{\"prompt\":\"b\"}")
                .unwrap();
        assert_eq!(one[0].1, other[1].1);
        assert_eq!(one[1], (3, other[0].1.clone()));
        assert_eq!(other[2].1, format!("{}-2", other[0].1));
    }

    #[test]
    fn a_job_is_another_one_where_its_files_or_who_is_asked_are() {
        let folder = tempfile::tempdir().unwrap();
        let (path, image) = (folder.path().join("jobs"), folder.path().join("a.png"));
        let line = serde_json::json!({"prompt": "a", "image": image});
        std::fs::write(&path, format!("\u{feff}{line}\r\n")).unwrap();
        let id = |content: &str, base_url| {
            std::fs::write(&image, content).unwrap();
            let mut jobs = read(&path, Some("m")).unwrap();
            identify(&mut jobs, base_url).unwrap();
            jobs.remove(0).id
        };
        let first = id("1", "https://a.example/v1");
        assert_eq!(id("1", "https://a.example/v1"), first);
        assert_ne!(id("2", "https://a.example/v1"), first);
        assert_ne!(id("1", "https://b.example/v1"), first);
    }

    #[test]
    fn what_is_no_request_is_named_by_its_line() {
        for (text, message) in [
            ("", "holds no job"),
            (
                "{\"prompt\": \"a\"}\nnonsense",
                "line 2: not a JSON object: expected ident",
            ),
            ("[]", "line 1: not a JSON object: invalid type: sequence"),
            (
                "{\"prompt\": 7}",
                "line 1: invalid type: integer `7`, expected a string",
            ),
            (
                "{\"image\": \"-\"}",
                "line 1: image: - is no file of a batch",
            ),
            (
                "{\"image\": [\"no.png\"]}\n7\n8",
                "line 1: cannot read no.png: No such file or directory; and something in 2 other lines",
            ),
        ] {
            let error = ids(text).unwrap_err();
            assert!(error.message.contains(message), "{}", error.message);
        }
    }
}
