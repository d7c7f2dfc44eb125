//! Everything that can go wrong, by what a caller can do about it.

mod api;
mod class;
mod pending;

pub use api::ApiError;
pub(crate) use api::Envelope;
pub use class::ErrorClass;
pub use pending::Pending;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::check::InvalidRequest;
use crate::config_error::ConfigError;
use crate::response::ImageResponse;
use crate::save::DownloadError;
use crate::save::FileError;

/// A failed call.
///
/// `Display` is one line without key, prompt, body or base64; the cause is in `source()` only.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be made as configured. Nothing was sent.
    Config(ConfigError),
    /// The request breaks a rule of its model. Nothing was sent.
    InvalidRequest(InvalidRequest),
    /// The server answered that it failed, with a status or inside a 200.
    Api(Box<ApiError>),
    /// The request went out and its answer is missing or cut: it may have been carried out and
    /// billed. It is not sent again.
    OutcomeUnknown(Box<OutcomeUnknown>),
    /// The request surely did not reach the server.
    Transport(Box<TransportError>),
    /// The server answered with something this crate cannot read; the whole of it is inside.
    Decode(Box<DecodeError>),
    /// The gateway took the request and answers later, by a protocol of its own.
    Pending(Box<Pending>),
    /// A picture that came as a link could not be fetched.
    Download(Box<DownloadError>),
    /// A file could not be read or written.
    File(Box<FileError>),
}

/// What [`Error`] is the error of.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The kind of error in a word, as spans and the command's `--json` spell it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Config(_) => "config",
            Self::InvalidRequest(_) => "invalid_request",
            Self::Api(error) => error.class().as_str(),
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::Transport(_) => "transport",
            Self::Decode(_) => "decode",
            Self::Pending(_) => "pending",
            Self::Download(_) => "download",
            Self::File(_) => "file",
        }
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status),
            Self::OutcomeUnknown(error) => error.status,
            _ => None,
        }
    }

    /// The server's id of the request, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::OutcomeUnknown(error) => error.request_id(),
            Self::Pending(pending) => pending.request_id(),
            _ => None,
        }
    }

    /// Whether the same request, sent again later, can succeed and cannot bill twice.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Api(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Whether a picture may have been made, and billed, all the same: then sending the request
    /// again can bill twice.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::Config(_) | Self::InvalidRequest(_) | Self::Transport(_) => false,
            Self::Api(error) => error.may_be_billed(),
            // Images that go in are read, and folders made, before anything is sent.
            Self::File(error) => !matches!(error.action, "read" | "make the folder"),
            Self::OutcomeUnknown(_) | Self::Decode(_) | Self::Pending(_) | Self::Download(_) => {
                true
            }
        }
    }

    /// How long the server asks to wait before trying again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after(),
            _ => None,
        }
    }

    /// The pictures that had arrived whole all the same.
    pub fn partial(&self) -> Option<&ImageResponse> {
        match self {
            Self::OutcomeUnknown(error) => error.partial.as_deref(),
            Self::Decode(error) => error.partial.as_deref(),
            _ => None,
        }
    }

    /// Whether a time limit ended the call.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::OutcomeUnknown(error) => error.timed_out,
            Self::Transport(error) => error.timed_out,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::InvalidRequest(error) => error.fmt(f),
            Self::Api(error) => error.fmt(f),
            Self::OutcomeUnknown(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Pending(pending) => pending.fmt(f),
            Self::Download(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::OutcomeUnknown(error) => error.source.as_deref().map(|source| source as _),
            Self::Transport(error) => Some(&*error.source),
            Self::Decode(error) => error.source.as_deref().map(|source| source as _),
            Self::Download(error) => error.source(),
            Self::File(error) => Some(&error.source),
            Self::Config(_) | Self::InvalidRequest(_) | Self::Api(_) | Self::Pending(_) => None,
        }
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A request that surely did not reach the server: no connection, no name, no TLS.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) host: String,
    pub(crate) timed_out: bool,
    pub(crate) source: Cause,
}

impl TransportError {
    /// The host that could not be reached.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.timed_out { " in time" } else { "" };
        write!(f, "cannot connect to {}{how}; nothing was sent", self.host)
    }
}

/// How far a call had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The request was going out, or was out and no answer had begun.
    Waiting,
    /// The answer had begun.
    Reading,
}

/// A call whose outcome is unknown: it may have been carried out and billed.
#[derive(Debug)]
pub struct OutcomeUnknown {
    pub(crate) phase: Phase,
    pub(crate) timed_out: bool,
    pub(crate) status: Option<StatusCode>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) received: u64,
    pub(crate) partial: Option<Box<ImageResponse>>,
    pub(crate) source: Option<Cause>,
}

impl OutcomeUnknown {
    /// How far the call had come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The id this client sent with the request, for the vendor's support.
    pub fn client_request_id(&self) -> Option<&str> {
        self.client_request_id.as_deref()
    }

    /// The server's id of the request, if its answer had begun with one.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The bytes of the answer that had arrived.
    pub fn received(&self) -> u64 {
        self.received
    }
}

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.phase, self.timed_out) {
            (Phase::Waiting, true) => match self.status {
                Some(status) => format!("a proxy waited in vain (HTTP {})", status.as_u16()),
                None => "no answer came in time".to_owned(),
            },
            (Phase::Waiting, false) => "the connection ended before an answer came".to_owned(),
            (Phase::Reading, true) => format!("the answer stopped after {} bytes", self.received),
            (Phase::Reading, false) => format!("the answer was cut after {} bytes", self.received),
        };
        write!(
            f,
            "{what}; the request may have been carried out and billed, so it was not sent again"
        )?;
        match (&self.request_id, &self.client_request_id) {
            (Some(id), _) => write!(f, " (request id {id})"),
            (None, Some(id)) => write!(f, " (client request id {id})"),
            (None, None) => Ok(()),
        }
    }
}

/// An answer this crate cannot read, kept whole: it may have been paid for.
pub struct DecodeError {
    pub(crate) reason: String,
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) partial: Option<Box<ImageResponse>>,
    pub(crate) source: Option<Cause>,
}

impl DecodeError {
    /// The answer as it came, up to 16 MiB; where pictures in it were decoded, they are in
    /// [`Error::partial`] and a short mark stands in their place.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Its `Content-Type`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
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

/// `From` for the variants that are made with `?`.
macro_rules! from {
    ($($error:ident => $variant:ident),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(error.into())
            }
        }
    )*};
}

from!(
    ConfigError => Config,
    InvalidRequest => InvalidRequest,
    ApiError => Api,
    OutcomeUnknown => OutcomeUnknown,
    TransportError => Transport,
    DecodeError => Decode,
    DownloadError => Download,
    FileError => File
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small_and_crosses_threads() {
        fn crosses_threads<T: Send + Sync + 'static>() {}
        crosses_threads::<Error>();
        assert!(size_of::<Error>() <= 72, "{}", size_of::<Error>());
    }
}
