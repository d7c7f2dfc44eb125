//! Answers that come in place of the vendor's.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::{Dialect, Fault};

/// What an answer of this sort depends on.
pub(crate) struct Scene<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) request_id: &'a str,
    pub(crate) model: &'a str,
    /// The path of the request, for redirects.
    pub(crate) path: &'a str,
    /// The port of the emulator.
    pub(crate) port: u16,
    /// Whether the request has a parameter of this name.
    pub(crate) has: &'a dyn Fn(&str) -> bool,
}

/// A plain answer.
struct Canned {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Canned {
    fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    fn html(status: u16, title: &str) -> Self {
        Self {
            content_type: "text/html",
            ..Self::text(status, page(title))
        }
    }

    fn text(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/plain",
            headers: Vec::new(),
            body,
        }
    }

    fn refusal(refusal: &Refusal, id: &str) -> Self {
        Self::json(refusal.status.as_u16(), &refusal.body(id))
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn response(self) -> Response<Body> {
        let mut headers = HeaderMap::new();
        if !self.body.is_empty() {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(self.content_type),
            );
        }
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value).expect("our own values are plain text");
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status in the table");
        *response.headers_mut() = headers;
        response
    }
}

fn page(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// An error in OpenAI's envelope, with any values in it.
fn envelope(message: &str, kind: &Value, param: &Value, code: &Value) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

/// The answer of a fault that takes the vendor's place; `None` if it does not, or not here.
pub(crate) fn answer(fault: Fault, scene: &Scene<'_>) -> Option<Response<Body>> {
    shape(fault, scene)
        .or_else(|| status(fault, scene))
        .or_else(|| vendor(fault, scene))
        .map(Canned::response)
}

/// Errors of another shape than the vendors'.
fn shape(fault: Fault, scene: &Scene<'_>) -> Option<Canned> {
    let id = scene.request_id;
    let (null, empty) = (Value::Null, json!(""));
    let upstream = json!("upstream_error");
    Some(match fault {
        Fault::ErrorIn200 => {
            let code = json!("bad_response_status_code");
            Canned::json(200, &envelope("upstream error: do request failed", &upstream, &null, &code))
        }
        Fault::SuccessFalse => {
            Canned::json(200, &json!({"success": false, "message": "the key may not be used here"}))
        }
        Fault::Html502 => Canned::html(502, "502 Bad Gateway"),
        Fault::Html504 => Canned::html(504, "504 Gateway Time-out"),
        Fault::Html524 => Canned::html(524, "524: A timeout occurred").with("cf-ray", "8f0123456789abcd-HKG"),
        Fault::Html200 => Canned::html(200, "Welcome"),
        Fault::HtmlMessage => Canned::json(200, &json!({"html-message": page("502 Bad Gateway")})),
        Fault::ErrorString => Canned::json(400, &json!({"error": "the size is not supported"})),
        Fault::ErrorMessageOnly => Canned::json(400, &json!({"message": "the size is not supported"})),
        Fault::ErrorMsg => Canned::json(400, &json!({"code": 40012, "msg": "the size is not supported"})),
        Fault::ErrorErrorMsg => {
            Canned::json(400, &json!({"error_code": 17, "error_msg": "the size is not supported"}))
        }
        Fault::ErrorDetail => Canned::json(
            422,
            &json!({"detail": [{"loc": ["body", "size"], "msg": "the size is not supported", "type": "value_error"}]}),
        ),
        Fault::StatusFailure => {
            Canned::json(500, &json!({"status": "failure", "message": "Something went wrong"}))
        }
        Fault::CodeNumber => {
            Canned::json(400, &envelope("the size is not supported", &null, &null, &json!(1210)))
        }
        Fault::CodeNull => {
            Canned::json(400, &envelope("the size is not supported", &upstream, &null, &null))
        }
        Fault::CodeEmpty => {
            Canned::json(400, &envelope("the size is not supported", &upstream, &empty, &empty))
        }
        Fault::CodeStatus => Canned::json(
            400,
            &envelope("the size is not supported", &upstream, &json!("400"), &json!("400")),
        ),
        Fault::MessageChinese => Canned::json(
            403,
            &envelope("用户额度不足", &json!("new_api_error"), &empty, &json!("insufficient_user_quota")),
        )
        .with("x-oneapi-request-id", id),
        Fault::MessageMasked => Canned::json(
            500,
            &envelope(
                "Post \"https://***.com/***\": dial tcp ***:443: connect: connection refused",
                &json!("new_api_error"),
                &empty,
                &json!("do_request_failed"),
            ),
        ),
        Fault::MessageWrapped => Canned::json(
            400,
            &envelope(
                "litellm.BadRequestError: OpenAIException - openai error: the size is not supported",
                &null,
                &null,
                &json!("400"),
            ),
        )
        .with("x-litellm-call-id", id),
        Fault::IdInMessage => Canned::json(
            400,
            &envelope(
                &format!("the size is not supported (request id: {id})"),
                &upstream,
                &empty,
                &json!("invalid_request"),
            ),
        ),
        _ => return None,
    })
}

/// Statuses of another class than the vendors', and conditions on a field.
fn status(fault: Fault, scene: &Scene<'_>) -> Option<Canned> {
    let own = json!("new_api_error");
    let (null, empty) = (Value::Null, json!(""));
    let refused = |name: &str, message: &str| {
        (scene.has)(name).then(|| {
            let kind = json!("invalid_request_error");
            Canned::json(400, &envelope(message, &kind, &json!(name), &json!("400")))
        })
    };
    Some(match fault {
        Fault::RateLimitBare => {
            Canned::json(429, &envelope("您已达到请求数限制", &own, &empty, &empty))
        }
        Fault::RateLimitEmpty => Canned::text(429, String::new()),
        Fault::ClientError500 => Canned::json(
            500,
            &envelope("model is required", &own, &empty, &json!("invalid_request")),
        ),
        Fault::ClientError503 => Canned::json(
            503,
            &envelope(
                "no channel for this model",
                &own,
                &empty,
                &json!("model_not_found"),
            ),
        ),
        Fault::Everything502 => {
            let kind = json!("upstream_error");
            Canned::json(
                502,
                &envelope("Upstream request failed", &kind, &null, &null),
            )
        }
        Fault::Moderation500 => Canned::json(
            500,
            &envelope(
                "the prompt was refused by the safety system",
                &own,
                &empty,
                &json!("prompt_blocked"),
            ),
        ),
        Fault::BadKey400 => Canned::json(
            400,
            &envelope(
                "No connected db.",
                &json!("no_db_connection"),
                &null,
                &json!("400"),
            ),
        ),
        Fault::ResponseFormatRefused => refused(
            "response_format",
            "litellm.UnsupportedParamsError: Setting `response_format` is not supported by this model",
        )?,
        Fault::StyleRefused => refused("style", "Unknown parameter: 'style'.")?,
        Fault::GroupRefused => refused(
            "sequential_image_generation",
            "sequential_image_generation is not supported by this deployment",
        )?,
        Fault::Status408 => Canned::text(408, String::new()),
        Fault::Redirect307 => {
            let path = scene.path;
            Canned::text(307, String::new()).with("location", format!("{path}?redirected=1"))
        }
        Fault::RedirectElsewhere => {
            let (port, path) = (scene.port, scene.path);
            Canned::text(307, String::new()).with(
                "location",
                format!("http://localhost:{port}{path}?redirected=1"),
            )
        }
        _ => return None,
    })
}

/// The vendors' own errors, in their own envelopes.
fn vendor(fault: Fault, scene: &Scene<'_>) -> Option<Canned> {
    let ark = scene.dialect == Dialect::Ark;
    let error = |status: u16, kind: &'static str, code: (&str, &str), message: &str| {
        let status = StatusCode::from_u16(status).expect("a status in the table");
        let refusal = match scene.dialect {
            Dialect::OpenAi => {
                Refusal::openai(Some(code.0), None, message.to_owned()).with_kind(kind)
            }
            Dialect::Ark => Refusal::ark(code.1, None, message.to_owned()),
        };
        Canned::refusal(&refusal.with_status(status), scene.request_id)
    };
    let rate_limit = || {
        let code = ("rate_limit_exceeded", "ModelAccountIpmRateLimitExceeded");
        error(429, "requests", code, "too many images per minute")
    };
    let overloaded = || {
        error(
            503,
            "server_error",
            ("server_overloaded", "ServerOverloaded"),
            "the service is overloaded",
        )
    };
    let internal = || {
        error(
            500,
            "server_error",
            ("server_error", "InternalServiceError"),
            "an internal error occurred",
        )
    };
    Some(match fault {
        Fault::ModelRetired => {
            let refusal = Refusal::no_model(scene.dialect, scene.model);
            Canned::refusal(&refusal, scene.request_id)
        }
        Fault::Status429 => rate_limit().with("retry-after", "1"),
        Fault::RetryAfterMs => rate_limit()
            .with("retry-after", "30")
            .with("retry-after-ms", "50"),
        Fault::RetryAfterDate => rate_limit().with("retry-after", http_date_in_a_second()),
        Fault::RetryAfterLong => rate_limit().with("retry-after", "3600"),
        Fault::RetryAfterBad => rate_limit().with("retry-after", "soon"),
        Fault::ShouldNotRetry => rate_limit().with("x-should-retry", "false"),
        Fault::Status429Quota => {
            let code = ("credit_balance_exhausted", "QuotaExceeded");
            error(429, "insufficient_quota", code, "the quota is used up")
        }
        Fault::Status500 => internal(),
        Fault::ShouldRetry => internal().with("x-should-retry", "true"),
        Fault::Status503 => overloaded(),
        Fault::RetryAfter503 => overloaded().with("retry-after", "1"),
        Fault::ModerationInput => {
            let code = ("moderation_blocked", "InputTextSensitiveContentDetected");
            let message = if ark {
                "the input text may contain sensitive information"
            } else {
                "the request was rejected by the safety system. safety_violations=[violence]"
            };
            error(400, "image_generation_user_error", code, message)
        }
        Fault::ModerationOutput => {
            let code = ("moderation_blocked", "OutputImageSensitiveContentDetected");
            let message = if ark {
                "the output image may contain sensitive information"
            } else {
                "the generated image was rejected by the safety system. safety_violations=[violence]"
            };
            error(400, "image_generation_user_error", code, message)
        }
        _ => return None,
    })
}

fn http_date_in_a_second() -> String {
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(1);
    httpdate::fmt_http_date(soon)
}
