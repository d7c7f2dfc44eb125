//! The vendors' own errors, in their own envelopes.

use axum::http::StatusCode;

use super::{Canned, Scene};
use crate::refusal::Refusal;
use crate::{Dialect, Fault};

/// The answer of such a fault.
pub(super) fn answer(fault: Fault, scene: &Scene<'_>) -> Option<Canned> {
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
        Fault::RetryAfterHuge => {
            let date = "Sun, 22 Nov 2026 99999999999999999:00:00 GMT";
            rate_limit().with("retry-after", date)
        }
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
