//! The file of jobs.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use imagegen::ImageRequest;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, io_text, one_line};
use crate::inputs::input;
use crate::output::to_line;

/// A request of the file.
#[derive(Debug)]
pub(crate) struct Job {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// What it is known by in the journal: a hash, so that lines can be moved and added.
    pub(crate) id: String,
    pub(crate) request: ImageRequest,
}

/// Reads all jobs; `model` is that of jobs that name none.
///
/// # Errors
///
/// If the file cannot be read, or a line is no request.
pub(crate) fn read(path: &Path, model: Option<&str>) -> Result<Vec<Job>, Failure> {
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .read_to_string(&mut text)
            .map_err(|error| Failure::misuse(format!("cannot read stdin: {}", io_text(&error))))?;
        text
    } else {
        std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?
    };
    let mut jobs = Vec::new();
    let mut wrong = Vec::new();
    let mut seen = HashMap::<String, u32>::new();
    for (at, text) in text.lines().enumerate() {
        let line = at + 1;
        if text.trim().is_empty() {
            continue;
        }
        match request(text, model) {
            Ok(request) => {
                let hash = hash(&request);
                let count = seen.entry(hash.clone()).or_default();
                *count += 1;
                let id = if *count == 1 {
                    hash
                } else {
                    format!("{hash}-{count}")
                };
                jobs.push(Job { line, id, request });
            }
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
    serde_json::from_value(body.into()).map_err(broken)
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

fn hash(request: &ImageRequest) -> String {
    let digest = Sha256::digest(to_line(request).as_bytes());
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<Vec<(usize, String)>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.jsonl");
        std::fs::write(&path, text).unwrap();
        let jobs = read(&path, Some("m"))?;
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
