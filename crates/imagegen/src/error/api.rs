//! What a server says when it refuses, in the envelopes vendors and gateways use.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use super::class::{CHECKER_FAILED, ErrorClass, classify};
use crate::response::{RateLimits, Usage};

/// A refusal by the server. `Debug` and `Display` leave its text out: [`ApiError::message`] has
/// it.
#[derive(Clone)]
pub struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) class: ErrorClass,
    pub(crate) envelope: Envelope,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) should_retry: Option<bool>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) rate_limits: RateLimits,
    pub(crate) usage: Option<Usage>,
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("class", &self.class)
            .field("code", &self.code())
            .field("param", &self.param())
            .field("request_id", &self.request_id)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

/// The words of an error object, as they came; code and param may have been numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) message: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, envelope: Envelope) -> Self {
        let class = classify(status, [envelope.code.as_deref(), envelope.kind.as_deref()]);
        Self {
            status,
            class,
            envelope,
            request_id: None,
            retry_after: None,
            should_retry: None,
            client_request_id: None,
            rate_limits: RateLimits::default(),
            usage: None,
        }
    }

    /// Why the server refused.
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// The HTTP status; 200 where a gateway put the error into a success.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the error came inside a 2xx answer or a running stream.
    pub fn is_in_band(&self) -> bool {
        self.status.is_success()
    }

    /// The server's own text, unshortened. It may quote the prompt: do not log it.
    pub fn message(&self) -> Option<&str> {
        self.envelope.message.as_deref()
    }

    /// The server's code, a number as text.
    pub fn code(&self) -> Option<&str> {
        self.envelope.code.as_deref()
    }

    /// The server's type of error.
    pub fn kind(&self) -> Option<&str> {
        self.envelope.kind.as_deref()
    }

    /// The parameter the server names.
    pub fn param(&self) -> Option<&str> {
        self.envelope.param.as_deref()
    }

    /// The server's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The id this client sent, for the vendor's support.
    pub fn client_request_id(&self) -> Option<&str> {
        self.client_request_id.as_deref()
    }

    /// The rate limits after this call.
    pub fn rate_limits(&self) -> &RateLimits {
        &self.rate_limits
    }

    /// What the call consumed all the same, where the answer says so.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether a picture may have been made, and billed, all the same: a server that fails may
    /// have done so after its work, and gateways put their failures into a success.
    pub fn may_be_billed(&self) -> bool {
        match self.class {
            ErrorClass::Server | ErrorClass::Other | ErrorClass::NoImages => {
                // What a proxy says of an answer it waited for, or threw away after it had paid.
                const AFTER_THE_WORK: [u16; 3] = [408, 409, 424];
                let refused = self.status.is_client_error()
                    && !AFTER_THE_WORK.contains(&self.status.as_u16());
                !refused && !self.is_retryable()
            }
            _ => self.usage.is_some(),
        }
    }

    /// Whether the same request may be sent again: it was refused before any work on it.
    pub fn is_retryable(&self) -> bool {
        if self.is_in_band() || self.should_retry == Some(false) {
            return false;
        }
        if self.should_retry == Some(true) || self.code() == Some(CHECKER_FAILED) {
            return true;
        }
        // The class goes first: gateways refuse an unknown model, or a drained account, with 503
        // and 429 as well.
        let refused_for_now = matches!(
            self.class,
            ErrorClass::RateLimit | ErrorClass::Server | ErrorClass::Other
        );
        refused_for_now
            && !self.comes_from_behind()
            && matches!(
                self.status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            )
    }

    /// Whether a gateway says that it had passed the request on, and not that it may come again:
    /// whatever its status, what is behind it may have done the work.
    fn comes_from_behind(&self) -> bool {
        self.class == ErrorClass::Server
            && self.retry_after.is_none()
            && [self.code(), self.kind()]
                .into_iter()
                .flatten()
                .any(|word| {
                    matches!(word, "upstream_error" | "do_request_failed")
                        || word.starts_with("bad_response")
                })
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.class {
            ErrorClass::Authentication => "the server does not accept the API key",
            ErrorClass::Permission => "the API key has no permission for this",
            ErrorClass::Quota => "the quota or the money is used up",
            ErrorClass::RateLimit => "too many requests",
            ErrorClass::InputModeration => {
                "the prompt or an input image was refused by the content policy"
            }
            ErrorClass::OutputModeration => "the picture was refused by the content policy",
            ErrorClass::InvalidParameter => "the server refused a parameter",
            ErrorClass::ModelNotFound => "the server does not serve this model",
            ErrorClass::NotFound => "the server has nothing at this URL, or not this model",
            ErrorClass::Server => "the server failed",
            ErrorClass::NoImages => "the answer holds no image",
            ErrorClass::Other => "the server refused the request",
        };
        write!(f, "{what} (HTTP {}", self.status.as_u16())?;
        if let Some(code) = self.code() {
            write!(f, ", code {}", short(code))?;
        }
        if let Some(param) = self.param() {
            write!(f, ", parameter {}", short(param))?;
        }
        f.write_str(")")?;
        if let Some(wait) = self.retry_after {
            write!(f, "; it asks to wait {} s", wait.as_secs_f64().ceil())?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {})", short(id)),
            None => Ok(()),
        }
    }
}

/// A word from outside as a message shows it: one line, bounded.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_the_code_and_no_message() {
        let envelope = Envelope {
            message: Some("your prompt 'secret' is bad".to_owned()),
            code: Some("invalid_value".to_owned()),
            param: Some("size".to_owned()),
            ..Envelope::default()
        };
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, envelope);
        error.request_id = Some("req_1".to_owned());
        insta::assert_snapshot!(error, @"the server refused a parameter (HTTP 400, code invalid_value, parameter size) (request id req_1)");
    }
}
