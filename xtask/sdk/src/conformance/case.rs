//! What the drivers are told, and what they tell, one line of JSON each.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use imagegen::{Format, Pixels};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One call.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Case {
    /// A name that is also a file's.
    pub(crate) name: String,
    pub(crate) stream: bool,
    pub(crate) edit: bool,
    /// The fault the emulator is asked for.
    pub(crate) fault: Option<&'static str>,
    /// The client's limit in seconds.
    pub(crate) timeout: u64,
    /// The client's retries; its own number if `None`.
    pub(crate) retries: Option<u32>,
    /// Whether the call carries a key.
    pub(crate) key: bool,
    /// Pictures to edit.
    pub(crate) images: Vec<PathBuf>,
    pub(crate) mask: Option<PathBuf>,
    /// The parameters in the wire's words.
    pub(crate) request: Map<String, Value>,
}

impl Case {
    /// A plain call with a key, no fault, and the client's own retries.
    pub(crate) fn new(name: impl Into<String>, request: Value) -> Self {
        let mut parameters = Map::new();
        if let Value::Object(request) = request {
            parameters = request;
        }
        parameters.insert("prompt".to_owned(), "a red fox in snow".into());
        Self {
            name: name.into(),
            stream: false,
            edit: false,
            fault: None,
            timeout: 20,
            retries: None,
            key: true,
            images: Vec::new(),
            mask: None,
            request: parameters,
        }
    }

    pub(crate) fn is_seedream(&self) -> bool {
        let model = self.request.get("model").and_then(Value::as_str);
        model.is_some_and(|model| model.contains("seedream"))
    }
}

/// What came of a call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    pub(crate) name: String,
    /// What the client handed back: `answer`, `text` or `events`; nothing if it raised an error.
    pub(crate) returned: Option<String>,
    /// Files with what the client took for pictures.
    pub(crate) images: Vec<PathBuf>,
    /// Pictures the client says did not come out.
    pub(crate) failures: usize,
    /// Entries without picture and without error.
    pub(crate) empty: usize,
    /// Previews of a stream.
    pub(crate) previews: usize,
    /// The types of a stream's events, with the index where there is one.
    pub(crate) events: Vec<String>,
    /// Whether the stream's last event came.
    pub(crate) finished: bool,
    /// The type of `created` in the client's language.
    pub(crate) created: Option<String>,
    pub(crate) usage: Option<Figures>,
    /// The status of a link that led nowhere.
    pub(crate) dead_link: Option<u16>,
    pub(crate) error: Option<Raised>,
    /// How the driver itself ended, if it did.
    #[serde(skip)]
    pub(crate) lost: Option<&'static str>,
}

/// Figures of usage. They are floats, since some answers have fractions.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Figures {
    pub(crate) input_tokens: Option<f64>,
    pub(crate) output_tokens: Option<f64>,
    pub(crate) total_tokens: Option<f64>,
    pub(crate) generated_images: Option<f64>,
    pub(crate) input_image_tokens: Option<f64>,
}

/// An error a client raised.
#[derive(Debug, Deserialize)]
pub(crate) struct Raised {
    /// Its class in the client's language.
    pub(crate) kind: String,
    /// Whether the class is one of the client's own.
    pub(crate) own: bool,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// A picture as its file tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) format: Format,
    pub(crate) size: Pixels,
}

impl Picture {
    /// Reads a file; `None` if it is no whole picture.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let format = Format::sniff(bytes)?;
        let size = Format::dimensions(bytes)?;
        let is_whole = match format {
            Format::Png => bytes.ends_with(b"IEND\xae\x42\x60\x82"),
            Format::Jpeg => bytes.ends_with(b"\xff\xd9"),
            _ => true,
        };
        is_whole.then_some(Self { format, size })
    }
}

impl Seen {
    /// The files as pictures; those that are none are left out.
    pub(crate) fn pictures(&self) -> Result<Vec<Picture>> {
        let mut pictures = Vec::new();
        for path in &self.images {
            let bytes =
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            pictures.extend(Picture::read(&bytes));
        }
        Ok(pictures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_driver_is_read_leniently() {
        let line = r#"{"name":"n","images":[],"failures":1,"usage":{"output_tokens":1.5},
            "error":{"kind":"E","own":true,"status":null,"code":null,"param":null,"message":"m","request_id":null}}"#;
        let seen: Seen = serde_json::from_str(line).unwrap();
        assert_eq!((seen.failures, seen.finished), (1, false));
        assert_eq!(seen.usage.unwrap().output_tokens, Some(1.5));
        assert_eq!(seen.error.unwrap().kind, "E");
    }

    #[test]
    fn half_a_picture_is_none() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x06\0\x08\x02\0\0\0".to_vec();
        assert_eq!(Picture::read(&png), None);
        png.extend_from_slice(b"crc.\0\0\0\0IEND\xae\x42\x60\x82");
        let picture = Picture::read(&png).unwrap();
        assert_eq!(picture.size, Pixels::new(1024, 1536));
    }
}
