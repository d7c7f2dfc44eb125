//! What a server says when it refuses, in the envelopes vendors and gateways use.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
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
    /// Whether it came within a second.
    pub(crate) prompt: bool,
    /// Whether it is a page or a text, not an API's JSON.
    pub(crate) of_a_proxy: bool,
    /// Where a redirect leads.
    pub(crate) leads_to: Option<String>,
    /// The URL that was asked for, where nothing is served.
    pub(crate) asked: Option<String>,
    /// All that came of a success that is none.
    pub(crate) body: Bytes,
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

impl Envelope {
    /// What this does not say, as another does.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            message: self.message.or(other.message),
            kind: self.kind.or(other.kind),
            code: self.code.or(other.code),
            param: self.param.or(other.param),
        }
    }
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
            prompt: false,
            of_a_proxy: false,
            leads_to: None,
            asked: None,
            body: Bytes::new(),
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

    /// All that came, without pictures, where a success brought none; it may have been paid for.
    pub fn body(&self) -> &Bytes {
        &self.body
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
                const AFTER_THE_WORK: [u16; 4] = [408, 409, 424, 499];
                let refused = (self.status.is_client_error() || self.status.is_redirection())
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
            && match self.status {
                StatusCode::TOO_MANY_REQUESTS => !self.comes_from_behind(),
                StatusCode::SERVICE_UNAVAILABLE => self.shows_that_it_refused(),
                _ => false,
            }
    }

    /// Whether a 503 is the refusal of an API that did no work: it says when to come again, or it
    /// came at once and is no proxy's page about what is behind it.
    fn shows_that_it_refused(&self) -> bool {
        self.retry_after.is_some() || self.prompt && !self.of_a_proxy && !self.comes_from_behind()
    }

    /// Whether a gateway says that it had passed the request on, and not that it may come again:
    /// whatever its status, what is behind it may have done the work.
    fn comes_from_behind(&self) -> bool {
        self.class == ErrorClass::Server
            && self.retry_after.is_none()
            && [self.code(), self.kind(), self.message()]
                .into_iter()
                .flatten()
                .any(speaks_of_what_is_behind)
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
            ErrorClass::Blocked => "a page in front of the server refused the request",
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
        if let Some(target) = &self.leads_to {
            write!(f, "; it redirects to {target}")?;
        }
        if let Some(asked) = &self.asked {
            write!(f, "; asked was {asked}")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, "; it asks to wait {} s", wait.as_secs_f64().ceil())?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {})", short(id)),
            None => Ok(()),
        }
    }
}

/// Whether a code or a text is about a server behind the one that answers, or the connection to it.
fn speaks_of_what_is_behind(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "upstream",
        "up stream",
        "do_request_failed",
        "bad_response",
        "connection",
        "backend",
        "first byte",
        "gateway time",
        "timed out",
    ];
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
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
