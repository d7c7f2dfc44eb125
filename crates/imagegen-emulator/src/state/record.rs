//! What the emulator was sent, kept for the tests that ask.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::request::Parts;
use bytes::Bytes;
use imagegen::Date;
use serde_json::Value;

use crate::{Dialect, Fault};

/// One request as it arrived.
///
/// Credentials are never kept: their headers say `[redacted]`. `Debug` shows no content.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RecordedBody,
    /// Whether the emulator took the work on: what a vendor bills.
    pub accepted: bool,
    /// The dialect it was answered in, where it was about images.
    pub dialect: Option<Dialect>,
    /// The last day of the model it was served by, if that is past.
    pub retired: Option<Date>,
    /// The fault it met.
    pub fault: Option<Fault>,
    /// The id it was answered with.
    pub request_id: String,
}

impl RecordedRequest {
    /// A header's first value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<&Value> {
        match &self.body {
            RecordedBody::Json(value) => Some(value),
            _ => None,
        }
    }

    /// The parts of a form, if the body is one.
    pub fn parts(&self) -> &[RecordedPart] {
        match &self.body {
            RecordedBody::Multipart(parts) => parts,
            _ => &[],
        }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body", &self.body)
            .field("accepted", &self.accepted)
            .field("dialect", &self.dialect)
            .field("retired", &self.retired)
            .field("fault", &self.fault)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// A request's body.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum RecordedBody {
    /// None, or none that was read.
    #[default]
    Empty,
    /// JSON.
    Json(Arc<Value>),
    /// A form's parts, in their order.
    Multipart(Vec<RecordedPart>),
    /// Anything else.
    Other(Bytes),
}

impl fmt::Debug for RecordedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(value) => match value.as_object() {
                Some(object) => write!(f, "Json({:?})", object.keys().collect::<Vec<_>>()),
                None => f.write_str("Json(..)"),
            },
            Self::Multipart(parts) => f.debug_list().entries(parts).finish(),
            Self::Other(bytes) => write!(f, "Other({} bytes)", bytes.len()),
        }
    }
}

/// One part of a form.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedPart {
    /// The field's name.
    pub name: String,
    /// The file's name, where it has one.
    pub file_name: Option<String>,
    /// The content type, where it has one.
    pub content_type: Option<String>,
    /// The content.
    pub bytes: Bytes,
}

impl RecordedPart {
    /// The content as text, if it is.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

impl fmt::Debug for RecordedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedPart")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The latest requests, and how many were accepted.
pub(crate) struct Records {
    keep: usize,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    requests: VecDeque<RecordedRequest>,
    /// How many were dropped from the front.
    dropped: usize,
    accepted: u64,
}

/// A request's place among the records.
#[derive(Clone, Copy)]
pub(crate) struct Entry(usize);

impl Records {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            keep,
            log: Mutex::default(),
        }
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, parts: &Parts, request_id: &str) -> Entry {
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), redacted(name.as_str(), value)))
            .collect();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut log = self.log();
        log.requests.push_back(RecordedRequest {
            method: parts.method.to_string(),
            path: path.to_owned(),
            headers,
            body: RecordedBody::Empty,
            accepted: false,
            dialect: None,
            retired: None,
            fault: None,
            request_id: request_id.to_owned(),
        });
        let entry = Entry(log.dropped + log.requests.len() - 1);
        while log.requests.len() > self.keep {
            log.requests.pop_front();
            log.dropped += 1;
        }
        entry
    }

    /// Changes a record, if it is still kept.
    pub(crate) fn update(&self, entry: Entry, change: impl FnOnce(&mut RecordedRequest)) {
        let mut log = self.log();
        let at = entry.0.checked_sub(log.dropped);
        if let Some(request) = at.and_then(|at| log.requests.get_mut(at)) {
            change(request);
        }
    }

    pub(crate) fn accept(&self, entry: Entry) {
        self.log().accepted += 1;
        self.update(entry, |request| request.accepted = true);
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.log().accepted
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.log().requests.iter().cloned().collect()
    }
}

/// A header's value without any credential in it.
fn redacted(name: &str, value: &axum::http::HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    match name {
        "authorization" | "proxy-authorization" => match text.split_once(' ') {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => {
                "Bearer [redacted]".to_owned()
            }
            _ => "[redacted]".to_owned(),
        },
        "api-key" | "x-api-key" | "cookie" => "[redacted]".to_owned(),
        _ => text.into_owned(),
    }
}
