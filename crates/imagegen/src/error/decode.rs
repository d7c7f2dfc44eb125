//! An answer that cannot be read.

use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;

use super::cause::Cause;
use crate::response::ImageResponse;

/// An answer this crate cannot read, kept whole: it may have been paid for.
pub struct DecodeError {
    pub(crate) reason: String,
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) partial: Option<Box<ImageResponse>>,
    pub(crate) source: Option<Cause>,
}

impl DecodeError {
    /// The answer as it came; where pictures in it were decoded, they are in
    /// [`Error::partial`](super::Error::partial) and a short mark stands in their place.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Its `Content-Type`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The id this client sent with the request.
    pub fn client_request_id(&self) -> Option<&str> {
        self.client_request_id.as_deref()
    }

    /// The server's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("reason", &self.reason)
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("request_id", &self.request_id)
            .field("body", &format_args!("({} bytes)", self.body.len()))
            .finish()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the answer (HTTP {}, {} bytes",
            self.status.as_u16(),
            self.body.len()
        )?;
        if let Some(content_type) = &self.content_type {
            write!(f, ", {content_type}")?;
        }
        write!(f, ") cannot be read: {}", self.reason)?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
