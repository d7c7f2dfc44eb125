//! What an answer comes to that brought no pictures, or not all of them.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};

use crate::error::{
    ApiError, Cause, DecodeError, Envelope, Error, ErrorClass, OutcomeUnknown, Phase,
};
use crate::response::ImageResponse;
use crate::save::Picture;
use crate::wire::{Unreadable, headers};

/// What ended an answer early, and the pictures that were whole when it did.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) error: Error,
    pub(super) pictures: Vec<Picture>,
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self {
            error,
            pictures: Vec::new(),
        }
    }
}

/// The head of an answer: what every error of it tells.
pub(super) struct Head {
    status: StatusCode,
    headers: HeaderMap,
    url: Url,
    request_id: Option<String>,
    client_request_id: Option<String>,
}

impl Head {
    pub(super) fn of(opened: &Response, response: &ImageResponse) -> Self {
        Self {
            status: opened.status(),
            headers: opened.headers().clone(),
            url: opened.url().clone(),
            request_id: response.meta.request_id.clone(),
            client_request_id: response.meta.client_request_id.clone(),
        }
    }

    pub(super) fn announces_events(&self) -> bool {
        let content_type = self.headers.get(CONTENT_TYPE);
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
    }

    /// The error of an answer whose status says that it is one.
    ///
    /// `waited` is how long the head took from the start of the attempt.
    pub(super) fn refused(&self, text: &Bytes, waited: Duration) -> Error {
        if is_proxy_timeout(self.status) {
            // A proxy lost its patience; what is behind it may go on, and bill.
            return OutcomeUnknown {
                phase: Phase::Waiting,
                timed_out: true,
                ..self.unknown(0)
            }
            .into();
        }
        let trimmed = text.trim_ascii();
        let begins = |tag: &[u8]| {
            let head = &trimmed[..trimmed.len().min(tag.len())];
            head.eq_ignore_ascii_case(tag)
        };
        let is_page = begins(b"<!doctype html") || begins(b"<html");
        let mut error = self.api_error(Envelope::of_text(trimmed));
        error.retry_after = headers::retry_after(&self.headers);
        error.should_retry = headers::should_retry(&self.headers);
        error.prompt = waited < AT_ONCE;
        error.of_a_proxy = !matches!(trimmed.first(), None | Some(b'{' | b'['));
        if self.status.is_redirection() {
            let location = self.headers.get(LOCATION);
            let target = location
                .and_then(|location| location.to_str().ok())
                .and_then(|location| self.url.join(location).ok());
            error.leads_to = target.map(bare);
        }
        if self.status == StatusCode::NOT_FOUND {
            error.asked = Some(bare(self.url.clone()));
        }
        let challenged = self.headers.contains_key("cf-mitigated");
        if self.status == StatusCode::FORBIDDEN && (challenged || is_page) {
            // A page in front of the API says nothing about the key.
            error.class = ErrorClass::Blocked;
        }
        error.into()
    }

    /// The error of an answer whose status says success and whose content does not; `came` is all
    /// of it that is no picture.
    pub(super) fn no_success(&self, unreadable: Unreadable, came: Bytes) -> Broken {
        let (envelope, class, usage) = match unreadable {
            Unreadable::Error(envelope, usage) => (*envelope, None, usage),
            Unreadable::NoImages(usage) => {
                // Whatever else it says may be the reason.
                (Envelope::of_words(&came), Some(ErrorClass::NoImages), usage)
            }
            Unreadable::AllFailed(failures, usage) => {
                if let Some(raw) = failures.iter().find_map(|failure| failure.raw.clone()) {
                    let reason = failures.into_iter().find_map(|failure| failure.message);
                    let reason = format!("no picture is whole: {}", reason.unwrap_or_default());
                    let picture = Picture::Damaged(raw, crate::save::Flaw::NoImage);
                    return self.undecodable(reason, came, vec![picture]);
                }
                let first = failures.into_iter().next();
                let envelope = first.map_or_else(Envelope::default, |first| Envelope {
                    code: first.code,
                    message: first.message,
                    ..Envelope::default()
                });
                (envelope, None, usage)
            }
            Unreadable::Shape => {
                let reason = "it is JSON, but no answer".to_owned();
                return self.undecodable(reason, came, Vec::new());
            }
            Unreadable::Pending(mut pending) => {
                pending.request_id.clone_from(&self.request_id);
                return Error::Pending(Box::new(pending)).into();
            }
        };
        let mut error = self.api_error(envelope);
        error.class = class.unwrap_or(error.class);
        error.usage = usage;
        error.body = came;
        Error::from(error).into()
    }

    fn api_error(&self, envelope: Envelope) -> ApiError {
        let mut error = ApiError::new(self.status, envelope);
        error.request_id = self
            .request_id
            .clone()
            .or_else(|| headers::request_id_in(error.message()?));
        error.rate_limits = headers::rate_limits(&self.headers);
        error.client_request_id.clone_from(&self.client_request_id);
        error
    }

    /// The answer ended before its end.
    pub(super) fn cut(
        &self,
        received: u64,
        timed_out: Option<bool>,
        source: Option<Cause>,
    ) -> Broken {
        let error = OutcomeUnknown {
            timed_out: timed_out.unwrap_or(false),
            source,
            ..self.unknown(received)
        };
        Error::from(error).into()
    }

    fn unknown(&self, received: u64) -> OutcomeUnknown {
        OutcomeUnknown {
            phase: Phase::Reading,
            timed_out: false,
            status: Some(self.status),
            client_request_id: self.client_request_id.clone(),
            request_id: self.request_id.clone(),
            received,
            partial: None,
            source: None,
        }
    }

    pub(super) fn undecodable(
        &self,
        reason: String,
        text: Bytes,
        pictures: Vec<Picture>,
    ) -> Broken {
        let content_type = self.headers.get(CONTENT_TYPE);
        let error = DecodeError {
            reason,
            status: self.status,
            content_type: content_type
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            request_id: self.request_id.clone(),
            client_request_id: self.client_request_id.clone(),
            body: text,
            partial: None,
            source: None,
        };
        Broken {
            error: error.into(),
            pictures,
        }
    }
}

/// How soon a refusal comes that was made before any work.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Whether a status says that a proxy waited in vain: 504, and 524 of a content network.
fn is_proxy_timeout(status: StatusCode) -> bool {
    matches!(status.as_u16(), 504 | 524)
}

/// A URL as a message shows it: a query may carry a signature.
fn bare(mut url: Url) -> String {
    url.set_query(None);
    url.set_fragment(None);
    // Neither can fail on a URL that was fetched.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

pub(super) fn not_json(text: &[u8]) -> String {
    match text.first() {
        None => "it is empty".to_owned(),
        Some(b'<') => "it is an HTML page".to_owned(),
        Some(_) => "it is no JSON".to_owned(),
    }
}
