//! Everything that can go wrong, by what a caller can do about it.

mod api;
mod cause;
mod class;
mod decode;
mod facts;
mod outcome_unknown;
mod pending;
mod transport;

pub use api::ApiError;
pub(crate) use api::Envelope;
pub(crate) use cause::Cause;
pub use class::ErrorClass;
pub use decode::DecodeError;
pub use outcome_unknown::{OutcomeUnknown, Phase};
pub use pending::Pending;
pub use transport::TransportError;

pub use crate::check::InvalidRequest;
pub use crate::config_error::{ConfigError, ConfigErrorKind};
pub use crate::models::price::InvalidAmount;
pub use crate::models::{InvalidModel, InvalidTable};
pub use crate::request::InvalidWord;
pub use crate::save::{DownloadError, FileAction, FileError};
pub use crate::size::InvalidSize;
pub use crate::time::InvalidDate;

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use crate::response::ImageResponse;

/// A failed call.
///
/// `Display` is one line without key, prompt, body or base64; the cause is in `source()` only.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be made as configured. Nothing was sent.
    Config(ConfigError),
    /// A text is no size, model id, date, amount or model table. Nothing was sent.
    Parse(Cause),
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
            Self::Parse(_) => "parse",
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

    /// The id this client sent with the request, for the vendor's support.
    pub fn client_request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.client_request_id(),
            Self::OutcomeUnknown(error) => error.client_request_id(),
            Self::Decode(error) => error.client_request_id(),
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
            Self::Config(_) | Self::Parse(_) | Self::InvalidRequest(_) | Self::Transport(_) => {
                false
            }
            Self::Api(error) => error.may_be_billed(),
            Self::File(error) => match error.action() {
                FileAction::ReadInput | FileAction::PrepareTarget => false,
                FileAction::Save | FileAction::ReadSaved => true,
            },
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
            Self::Parse(error) => error.fmt(f),
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
            Self::OutcomeUnknown(error) => error.source(),
            Self::Transport(error) => error.source(),
            Self::Decode(error) => error.source(),
            Self::Download(error) => error.source(),
            Self::File(error) => error.source(),
            Self::Config(_)
            | Self::Parse(_)
            | Self::InvalidRequest(_)
            | Self::Api(_)
            | Self::Pending(_) => None,
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

/// `From` for what a parse fails with.
macro_rules! from_parse {
    ($($error:ident),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Parse(error.into())
            }
        }
    )*};
}

from_parse!(
    InvalidAmount,
    InvalidDate,
    InvalidModel,
    InvalidSize,
    InvalidTable
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
