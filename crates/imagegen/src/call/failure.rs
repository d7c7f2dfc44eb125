//! What an answer comes to that brought no pictures, or not all of them.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use super::events::Events;
use crate::error::{ApiError, DecodeError, Envelope, Error, ErrorClass, OutcomeUnknown, Phase};
use crate::read::{Document, Interrupted, Kind, Why};
use crate::response::{Image, ImageFailure, ImageResponse};
use crate::save::Picture;
use crate::wire;
use crate::wire::{Unreadable, headers};

/// What ended an answer early, and the pictures that were whole when it did.
#[derive(Debug)]
pub(super) struct Broken {
    error: Error,
    pictures: Vec<Picture>,
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self {
            error,
            pictures: Vec::new(),
        }
    }
}

impl Events {
    pub(super) fn status(&self) -> StatusCode {
        self.reader.body().status()
    }

    fn headers(&self) -> &HeaderMap {
        self.reader.body().headers()
    }

    /// The error of an answer whose status says that it is one.
    pub(super) fn refused(&self, document: &Document) -> Error {
        if is_proxy_timeout(self.status()) {
            // A proxy lost its patience; what is behind it may go on, and bill.
            return OutcomeUnknown {
                phase: Phase::Waiting,
                timed_out: true,
                status: Some(self.status()),
                client_request_id: self.response.meta.client_request_id.clone(),
                request_id: self.request_id(),
                received: 0,
                partial: None,
                source: None,
            }
            .into();
        }
        let text = document.text.trim_ascii();
        let envelope = match wire::first_value(text) {
            Ok(value) => Envelope::find(&value).unwrap_or_else(|| Envelope::read(&value)),
            Err(_) => Envelope {
                message: describe(text),
                ..Envelope::default()
            },
        };
        let mut error = self.api_error(envelope);
        error.retry_after = headers::retry_after(self.headers());
        error.should_retry = headers::should_retry(self.headers());
        error.into()
    }

    /// The error of an answer whose status says success and whose content does not.
    pub(super) fn no_success(&self, unreadable: Unreadable, text: Bytes) -> Broken {
        let (envelope, class, usage) = match unreadable {
            Unreadable::Error(envelope, usage) => (*envelope, None, usage),
            Unreadable::NoImages(usage) => {
                // Whatever else it says may be the reason.
                let said = wire::first_value(&text).map(|value| Envelope::read(&value));
                let envelope = said.unwrap_or_default();
                (envelope, Some(ErrorClass::NoImages), usage)
            }
            Unreadable::AllFailed(failures, usage) => {
                if let Some(raw) = failures.iter().find_map(|failure| failure.raw.clone()) {
                    let picture = Picture::Damaged(raw);
                    let reason = "its pictures are damaged".to_owned();
                    return self.undecodable(reason, text, vec![picture]);
                }
                let envelope =
                    failures
                        .into_iter()
                        .next()
                        .map_or_else(Envelope::default, |first| Envelope {
                            code: first.code,
                            message: first.message,
                            ..Envelope::default()
                        });
                (envelope, None, usage)
            }
            Unreadable::Pending(mut pending) => {
                pending.request_id = headers::request_id(self.headers());
                return Error::Pending(Box::new(pending)).into();
            }
            Unreadable::Shape(reason) => {
                return self.undecodable(reason.to_owned(), text, Vec::new());
            }
        };
        let mut error = self.api_error(envelope);
        error.class = class.unwrap_or(error.class);
        error.usage = usage;
        Error::from(error).into()
    }

    fn api_error(&self, envelope: Envelope) -> ApiError {
        let mut error = ApiError::new(self.status(), envelope);
        error.request_id = self
            .request_id()
            .or_else(|| headers::request_id_in(error.message()?));
        error.rate_limits = headers::rate_limits(self.headers());
        error.client_request_id = self.response.meta.client_request_id.clone();
        error
    }

    pub(super) fn announces_events(&self) -> bool {
        let content_type = self.headers().get(CONTENT_TYPE);
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
    }

    fn request_id(&self) -> Option<String> {
        headers::request_id(self.headers())
    }

    pub(super) fn interrupted(&self, interrupted: Interrupted) -> Broken {
        let Interrupted {
            why,
            text,
            pictures,
        } = interrupted;
        if !self.status().is_success() {
            // However much of an error arrives, the refusal is the outcome.
            let document = Document {
                kind: Kind::Text,
                text,
                pictures: Vec::new(),
            };
            return self.refused(&document).into();
        }
        match why {
            Why::Cut { timed_out, source } => self.cut(timed_out, source.map(Into::into), pictures),
            Why::TooMuch(reason) => self.undecodable(reason, text, pictures),
        }
    }

    /// The answer ended before its end.
    pub(super) fn cut(
        &self,
        timed_out: bool,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
        pictures: Vec<Picture>,
    ) -> Broken {
        let error = OutcomeUnknown {
            phase: Phase::Reading,
            timed_out,
            status: Some(self.status()),
            client_request_id: self.response.meta.client_request_id.clone(),
            request_id: self.request_id(),
            received: self.reader.received(),
            partial: None,
            source,
        };
        Broken {
            error: error.into(),
            pictures,
        }
    }

    pub(super) fn undecodable(
        &self,
        reason: String,
        text: Bytes,
        pictures: Vec<Picture>,
    ) -> Broken {
        let error = DecodeError {
            reason,
            status: self.status(),
            content_type: self
                .headers()
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            request_id: self.request_id(),
            body: text,
            partial: None,
            source: None,
        };
        Broken {
            error: error.into(),
            pictures,
        }
    }

    /// The error an answer ended with, beside the pictures that were whole.
    pub(super) async fn rescue(&self, broken: Broken) -> Error {
        let Broken {
            mut error,
            pictures,
        } = broken;
        if pictures.is_empty() {
            return error;
        }
        let rescued = self.rescued(pictures).await;
        match &mut error {
            Error::OutcomeUnknown(error) => error.partial = rescued,
            Error::Decode(error) => error.partial = rescued,
            _ => {}
        }
        error
    }

    /// The pictures that were whole when the rest of their document was not.
    async fn rescued(&self, pictures: Vec<Picture>) -> Option<Box<ImageResponse>> {
        let mut response = ImageResponse::clone(&self.response);
        // What was finished before stands beside the error already.
        response.images.clear();
        response.failures.clear();
        for picture in pictures {
            let index = self.done + (response.images.len() + response.failures.len()) as u32;
            if let Picture::Damaged(raw) = picture {
                response.failures.push(wire::damaged(index, raw));
                continue;
            }
            match self.keep(picture, self.response.stem(), index).await {
                Ok(data) => response.images.push(Image::bare(index, data)),
                Err(error) => response
                    .failures
                    .push(ImageFailure::not_saved(index, &error)),
            }
        }
        let rescued = !response.images.is_empty() || !response.failures.is_empty();
        rescued.then(|| Box::new(response))
    }
}

/// Whether a status says that a proxy waited in vain: 504, and 524 of a content network.
fn is_proxy_timeout(status: StatusCode) -> bool {
    matches!(status.as_u16(), 504 | 524)
}

pub(super) fn not_json(text: &[u8]) -> String {
    match text.first() {
        None => "it is empty".to_owned(),
        Some(b'<') => "it is an HTML page".to_owned(),
        Some(_) => "it is no JSON".to_owned(),
    }
}

/// What a page or a plain text says in a line: an HTML title, or the first words.
fn describe(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&text[..text.len().min(4096)]);
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = start + lower[start..].find("</title>")?;
        text.get(start..end)
    });
    let line = title
        .or_else(|| (!text.starts_with('<')).then(|| text.lines().next())?)?
        .trim();
    (!line.is_empty()).then(|| line.chars().take(200).collect())
}
