//! A published document, whatever it came in: YAML, JSON, or a page of Markdown around either.

use std::fmt;

use serde_json::Value;

use super::{place::Place, yaml};

mod lines;
pub(crate) mod secrets;
mod text;
mod versions;

pub(crate) use lines::Lines;

/// The largest file that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// A document, its keys replaced.
pub(crate) struct Document {
    /// The name of its file.
    pub(crate) name: String,
    /// Its YAML.
    pub(crate) text: String,
    /// As OpenAPI 3.0.
    pub(crate) value: Value,
    /// The keys that were in it.
    pub(crate) keys: Vec<secrets::Found>,
    /// What had to be done to read it.
    pub(crate) notes: Vec<String>,
    /// What OpenAPI 3.0 has no form for.
    pub(crate) foreign: Vec<(Place, String)>,
    lines: Lines,
    /// Lines of the file in front of the document.
    before: usize,
}

/// Why a file is no document that this reads.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: Option<usize>,
    pub(crate) text: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Unreadable {}

impl Unreadable {
    fn new(text: impl Into<String>) -> Self {
        Self {
            line: None,
            text: text.into(),
        }
    }
}

impl Document {
    /// Reads a document from the bytes of a file.
    pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > LARGEST {
            let text = format!("has {} bytes, more than {LARGEST}", bytes.len());
            return Err(Unreadable::new(text));
        }
        let whole = text::decode(bytes)?;
        // Before anything else, so that no message can hold a key.
        let (whole, mut keys) = secrets::replace(&whole);
        let mut notes = Vec::new();
        let extract = text::extract(&whole)?;
        notes.extend(extract.note);
        let mut text = extract.text;
        let mut published = parse(&text, extract.before)?;
        for (key, place) in secrets::in_places(&published) {
            let line = Lines::of(&text).get(&place).unwrap_or(1) + extract.before;
            if !text.contains(&key) {
                return Err(Unreadable {
                    line: Some(line),
                    text: format!(
                        "there is a key at {place} that cannot be replaced as it is written: replace it by hand"
                    ),
                });
            }
            text = text.replace(&key, &secrets::placeholder(&key));
            keys.push(secrets::Found {
                line,
                why: format!(
                    "stands where a key is sent, {place} ({} characters)",
                    key.chars().count()
                ),
            });
        }
        if !keys.is_empty() {
            keys.sort_by_key(|key| key.line);
            published = parse(&text, extract.before)?;
        }
        let lines = Lines::of(&text);
        // JSON is YAML, and easier to compare when it is written as such.
        if text.trim_start().starts_with('{') {
            notes.push("JSON, which is kept as YAML".to_owned());
            text = yaml::write(&published).map_err(|error| Unreadable::new(error.to_string()))?;
        }
        let mut value = published;
        let versions::Lowered {
            foreign,
            notes: more,
        } = versions::to_3_0(&mut value)?;
        notes.extend(more);
        Ok(Self {
            name: name.to_owned(),
            text,
            value,
            keys,
            notes,
            foreign,
            lines,
            before: extract.before,
        })
    }

    /// The line of its file on which something stands.
    pub(crate) fn line(&self, place: &Place) -> Option<usize> {
        Some(self.lines.get(place)? + self.before)
    }
}

fn parse(text: &str, before: usize) -> Result<Value, Unreadable> {
    let value = yaml::read(text).map_err(|error| {
        let text = secrets::replace(&format!("{error:#}")).0;
        let line = text
            .rsplit_once("line ")
            .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next())
            .and_then(|line| line.parse::<usize>().ok());
        Unreadable {
            line: line.map(|line| line + before),
            text,
        }
    })?;
    is_document(&value)?;
    Ok(value)
}

/// Refuses what is no OpenAPI document at all.
fn is_document(value: &Value) -> Result<(), Unreadable> {
    const EXPECTED: &str = "a mapping that begins with `openapi: 3.0.1` is expected";
    let Some(members) = value.as_object() else {
        let what = match value {
            Value::Null => "is empty",
            Value::Array(_) => "is a list",
            _ => "is plain text",
        };
        let text = format!("{what}, not an OpenAPI document: {EXPECTED}");
        return Err(Unreadable::new(text));
    };
    if members.contains_key("swagger") {
        let text = "is Swagger 2.0: export the document as OpenAPI 3.0";
        return Err(Unreadable::new(text));
    }
    if !members.contains_key("openapi") {
        let keys: Vec<&str> = members.keys().take(5).map(String::as_str).collect();
        let text = format!(
            "is not an OpenAPI document: {EXPECTED}, and it has {}",
            keys.join(", ")
        );
        return Err(Unreadable::new(secrets::replace(&text).0));
    }
    if !members.get("paths").is_some_and(Value::is_object) {
        let text = "has no `paths`: the export is cut off, or holds no operation";
        return Err(Unreadable::new(text));
    }
    if !members.get("info").is_some_and(Value::is_object) {
        return Err(Unreadable::new("has no `info`: the export is cut off"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
