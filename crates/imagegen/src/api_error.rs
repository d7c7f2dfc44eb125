//! What a server says when it refuses, in the envelopes vendors and gateways use.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::{RateLimits, Usage};

/// Why the server refused, as far as a program can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The key is missing, wrong or of another product.
    Authentication,
    /// The key may not do this.
    Permission,
    /// The money or the allowance is used up: waiting does not help.
    Quota,
    /// Too many requests: waiting helps.
    RateLimit,
    /// The prompt or an input image was refused by the content policy.
    InputModeration,
    /// The picture that came out was refused; another attempt may pass.
    OutputModeration,
    /// A parameter is wrong; [`ApiError::param`] may name it.
    InvalidParameter,
    /// The model is unknown here, not open to this account, or retired.
    ModelNotFound,
    /// Nothing is served at this URL: it may lack its `/v1`, or the model may be unknown.
    NotFound,
    /// The server failed.
    Server,
    /// The answer is a success without any picture.
    NoImages,
    /// Something else.
    Other,
}

impl ErrorClass {
    /// The class in a word, as the command prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::Quota => "quota",
            Self::RateLimit => "rate_limit",
            Self::InputModeration => "input_moderation",
            Self::OutputModeration => "output_moderation",
            Self::InvalidParameter => "invalid_parameter",
            Self::ModelNotFound => "model_not_found",
            Self::NotFound => "not_found",
            Self::Server => "server",
            Self::NoImages => "no_images",
            Self::Other => "other",
        }
    }
}

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
        let class = classify(status, &envelope);
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

/// Ark's content check failed itself, with 400, and may be asked again (docs 82379/1299023).
const CHECKER_FAILED: &str = "ContentSecurityDetectionError";

/// A word from outside as a message shows it: one line, bounded.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl Envelope {
    /// Finds an error in a JSON answer; `None` where it is no error.
    ///
    /// Seen in the field: `{"error": {..}}`, `{"error": "text"}`, `{"success": false}`,
    /// `{"status": "failure"}`, `{"html-message": ".."}`, `{"code": .., "message": ..}`.
    pub(crate) fn find(answer: &Value) -> Option<Self> {
        let object = answer.as_object()?;
        match object.get("error") {
            Some(error @ Value::Object(inner)) if !inner.is_empty() => {
                return Some(Self::read(error));
            }
            Some(Value::String(text)) if !text.is_empty() => {
                return Some(Self {
                    message: Some(text.clone()),
                    ..Self::read(answer)
                });
            }
            _ => {}
        }
        let failed = object.get("success") == Some(&Value::Bool(false))
            || matches!(
                object.get("status").and_then(Value::as_str),
                Some("failure" | "failed" | "error")
            )
            || object.get("error") == Some(&Value::Bool(true))
            || object.contains_key("html-message")
            || (object.contains_key("code")
                && !object.contains_key("data")
                && message_of(answer).is_some());
        failed.then(|| Self::read(answer))
    }

    /// Reads whatever an object says of itself as an error.
    pub(crate) fn read(object: &Value) -> Self {
        if let Some(inner) = object.pointer("/response/error").filter(|e| e.is_object()) {
            return Self::read(inner);
        }
        Self {
            message: message_of(object),
            kind: object.get("type").and_then(text),
            code: object.get("code").and_then(text),
            param: object.get("param").and_then(text),
        }
    }
}

/// What an object says, in the word its gateway has for it.
fn message_of(object: &Value) -> Option<String> {
    const WORDS: [&str; 7] = [
        "/message",
        "/msg",
        "/err",
        "/error_msg",
        "/detail",
        "/html-message",
        "/header/message",
    ];
    WORDS.iter().find_map(|word| text(object.pointer(word)?))
}

/// A text, or a number or list as text; nothing for null and for empty ones.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) if !items.is_empty() => Some(
            items
                .iter()
                .map(|item| {
                    text(item)
                        .or_else(|| text(item.get("msg")?))
                        .unwrap_or_default()
                })
                .collect::<Vec<_>>()
                .join("; "),
        ),
        _ => None,
    }
}

/// Decides on the code first, since gateways answer with the wrong status, then on the status.
fn classify(status: StatusCode, envelope: &Envelope) -> ErrorClass {
    let by_code = [&envelope.code, &envelope.kind]
        .into_iter()
        .flatten()
        .find_map(|word| {
            let class = class_of_code(word)?;
            // Gateways call whatever came from behind them an upstream error.
            let vague = class == ErrorClass::Server && status.is_client_error();
            (!vague || word == CHECKER_FAILED).then_some(class)
        });
    if let Some(class) = by_code {
        return class;
    }
    match status.as_u16() {
        401 => ErrorClass::Authentication,
        402 => ErrorClass::Quota,
        403 => ErrorClass::Permission,
        404 => ErrorClass::NotFound,
        429 => ErrorClass::RateLimit,
        400 | 422 => ErrorClass::InvalidParameter,
        500.. => ErrorClass::Server,
        _ => ErrorClass::Other,
    }
}

/// The codes of OpenAI, of Volcengine Ark (docs 82379/1299023) and of new-api and one-api.
fn class_of_code(code: &str) -> Option<ErrorClass> {
    use ErrorClass as Class;
    if code == "OperationDenied.ServiceOverdue" {
        return Some(Class::Quota);
    }
    // Ark appends what exactly is wrong behind a dot.
    let stem = code.split('.').next().unwrap_or(code);
    Some(match stem {
        "invalid_api_key" | "AuthenticationError" | "InvalidAccountStatus" | "no_db_connection" => {
            Class::Authentication
        }
        "AccessDenied" | "OperationDenied" | "access_denied" | "permission_error" => {
            Class::Permission
        }
        "insufficient_quota"
        | "credit_balance_exhausted"
        | "organization_spend_limit_exceeded"
        | "project_spend_limit_exceeded"
        | "organization_usage_limit_exceeded"
        | "billing_hard_limit_reached"
        | "insufficient_user_quota"
        | "AccountOverdueError"
        | "QuotaExceeded"
        | "SetLimitExceeded"
        | "InvalidSubscription"
        | "InflightBatchsizeExceeded" => Class::Quota,
        "rate_limit_exceeded"
        | "RateLimitExceeded"
        | "ModelAccountRpmRateLimitExceeded"
        | "ModelAccountTpmRateLimitExceeded"
        | "ModelAccountIpmRateLimitExceeded"
        | "APIAccountRpmRateLimitExceeded"
        | "AccountRateLimitExceeded"
        | "ServerOverloaded"
        | "RequestBurstTooFast"
        | "throttling_error" => Class::RateLimit,
        "OutputImageSensitiveContentDetected"
        | "OutputTextRiskDetection"
        | "OutputImageRiskDetection" => Class::OutputModeration,
        "moderation_blocked"
        | "content_policy_violation"
        | "sensitive_words_detected"
        | "prompt_blocked"
        | "InputTextSensitiveContentDetected"
        | "InputImageSensitiveContentDetected"
        | "SensitiveContentDetected"
        | "InputTextRiskDetection"
        | "InputImageRiskDetection" => Class::InputModeration,
        "model_not_found"
        | "InvalidEndpointOrModel"
        | "ModelNotOpen"
        | "UnsupportedModel"
        | "NotFound" => Class::ModelNotFound,
        "InvalidEndpoint" => Class::ModelNotFound,
        "unknown_parameter"
        | "invalid_value"
        | "invalid_image_file"
        | "unsupported_file_mimetype"
        | "invalid_request"
        | "size_not_supported"
        | "prompt_missing"
        | "prompt_too_long"
        | "n_not_within_range"
        | "MissingParameter"
        | "InvalidParameter"
        | "InvalidImageURL" => Class::InvalidParameter,
        "InternalServiceError"
        | CHECKER_FAILED
        | "server_error"
        | "upstream_error"
        | "bad_response_status_code"
        | "bad_response_body"
        | "do_request_failed"
        | "get_channel_failed" => Class::Server,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn class(status: u16, body: Value) -> ErrorClass {
        let envelope = Envelope::find(&body).unwrap_or_default();
        ApiError::new(StatusCode::from_u16(status).unwrap(), envelope).class()
    }

    #[test]
    fn codes_decide_before_the_status() {
        for (status, code, expected) in [
            (429, "credit_balance_exhausted", ErrorClass::Quota),
            (429, "QuotaExceeded", ErrorClass::Quota),
            (
                429,
                "ModelAccountIpmRateLimitExceeded",
                ErrorClass::RateLimit,
            ),
            (500, "moderation_blocked", ErrorClass::InputModeration),
            (
                400,
                "OutputImageSensitiveContentDetected.PolicyViolation",
                ErrorClass::OutputModeration,
            ),
            (
                400,
                "InvalidParameter.UnsupportedParameter",
                ErrorClass::InvalidParameter,
            ),
            (
                404,
                "InvalidEndpointOrModel.NotFound",
                ErrorClass::ModelNotFound,
            ),
            (503, "model_not_found", ErrorClass::ModelNotFound),
            (500, "invalid_request", ErrorClass::InvalidParameter),
            (403, "insufficient_user_quota", ErrorClass::Quota),
            (401, "whatever", ErrorClass::Authentication),
        ] {
            assert_eq!(
                class(status, json!({"error": {"code": code}})),
                expected,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn every_envelope_of_the_field_is_found() {
        for body in [
            json!({"error": {"message": "m", "code": 7}}),
            json!({"error": "m"}),
            json!({"success": false, "message": "m"}),
            json!({"status": "failure", "message": "m"}),
            json!({"html-message": "m"}),
            json!({"code": "x", "message": "m"}),
            json!({"code": 1001, "msg": "m"}),
            json!({"error": true, "message": "m"}),
            json!({"success": false, "header": {"message": "m"}}),
            json!({"status": "failed", "response": {"error": {"message": "m"}}}),
        ] {
            assert_eq!(
                Envelope::find(&body).unwrap().message.as_deref(),
                Some("m"),
                "{body}"
            );
        }
        for body in [
            json!({"data": []}),
            json!({"error": null}),
            json!({"error": {}, "data": []}),
            json!([]),
        ] {
            assert_eq!(Envelope::find(&body), None, "{body}");
        }
    }

    #[test]
    fn a_line_shows_the_code_and_no_message() {
        let body = json!({"error": {"message": "your prompt 'secret' is bad", "code": "invalid_value", "param": "size"}});
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, Envelope::find(&body).unwrap());
        error.request_id = Some("req_1".to_owned());
        insta::assert_snapshot!(error, @"the server refused a parameter (HTTP 400, code invalid_value, parameter size) (request id req_1)");
    }
}
