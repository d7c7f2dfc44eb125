//! Statuses of another class than the vendors', and conditions on a field.

use serde_json::{Value, json};

use super::{Canned, Scene, envelope};
use crate::Fault;

/// The answer of such a fault.
pub(super) fn answer(fault: Fault, scene: &Scene<'_>) -> Option<Canned> {
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
        Fault::RateLimitArrears => {
            let kind = json!("invalid_request_error");
            Canned::json(429, &envelope("您的账户已欠费，请充值后重试。", &kind, &null, &json!("1113")))
        }
        Fault::RatePace => {
            let seconds = scene.wait?.as_secs_f64();
            let kind = json!("requests");
            let message = format!("too many images per minute; try again in {seconds:.2}s");
            Canned::json(429, &envelope(&message, &kind, &null, &json!("rate_limit_exceeded")))
                .with("x-ratelimit-remaining-requests", "0")
                .with("x-ratelimit-reset-requests", format!("{seconds:.2}s"))
        }
        Fault::AzureFilterPrompt => {
            filtered("Your request was rejected by the content filter.", "prompt_filter_result")
        }
        Fault::AzureFilterPicture => filtered(
            "The generated image was rejected by the content filter.",
            "content_filter_result",
        ),
        Fault::Challenge403 => Canned::html(403, "Just a moment...")
            .with("server", "cloudflare")
            .with("cf-mitigated", "challenge"),
        Fault::Blocked403 => Canned::html(403, "Attention Required! | Cloudflare")
            .with("server", "cloudflare")
            .with("cf-ray", "8f0123456789abcd-HKG"),
        Fault::Empty200 => Canned::text(200, String::new()),
        Fault::Status204 => Canned::text(204, String::new()),
        Fault::Text200 => Canned::text(200, "I cannot draw that; please say it otherwise.".to_owned()),
        Fault::Html503 => Canned::html(503, "Application Error"),
        Fault::Html503RetryAfter => {
            Canned::html(503, "Down for maintenance").with("retry-after", "1")
        }
        Fault::Text503 => Canned::text(
            503,
            "upstream connect error or disconnect/reset before headers. reset reason: connection termination".to_owned(),
        ),
        Fault::Upstream503 => {
            let kind = json!("upstream_error");
            Canned::json(503, &envelope("the upstream timed out", &kind, &null, &json!("upstream_timeout")))
        }
        Fault::Late503 => Canned::json(503, &json!({"message": "Service Unavailable"})),
        Fault::Status409 => {
            Canned::json(409, &envelope("the resource is busy", &own, &empty, &json!("conflict")))
        }
        Fault::Status424 => Canned::json(
            424,
            &envelope("a dependency failed", &own, &empty, &json!("failed_dependency")),
        ),
        Fault::Redirect307 => {
            let path = scene.path;
            Canned::text(307, String::new()).with("location", format!("{path}?redirected=1"))
        }
        Fault::RedirectElsewhere => elsewhere(307, scene, "?redirected=1"),
        Fault::Redirect301 => elsewhere(301, scene, ""),
        Fault::Redirect308 => elsewhere(308, scene, ""),
        fault => Canned::text(bare(fault)?, String::new()),
    })
}

/// The statuses that come without a body.
const fn bare(fault: Fault) -> Option<u16> {
    Some(match fault {
        Fault::Status408 => 408,
        Fault::Status499 => 499,
        Fault::Status502 => 502,
        Fault::Empty503 => 503,
        Fault::Status504 => 504,
        Fault::Status520 => 520,
        Fault::Status521 => 521,
        Fault::Status522 => 522,
        Fault::Status523 => 523,
        Fault::Status525 => 525,
        Fault::Status526 => 526,
        Fault::Status527 => 527,
        _ => return None,
    })
}

/// A redirect to another host name of this machine.
fn elsewhere(status: u16, scene: &Scene<'_>, query: &str) -> Canned {
    let (port, path) = (scene.port, scene.path);
    let target = format!("http://localhost:{port}{path}{query}");
    Canned::text(status, String::new()).with("location", target)
}

/// A refusal of Azure's content filter, whose `innererror` says what of.
fn filtered(message: &str, stage: &str) -> Canned {
    let mut error = json!({"error": {
        "message": message, "type": "image_generation_user_error", "param": "prompt",
        "code": "content_filter", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }});
    error["error"]["innererror"][stage] =
        json!({"violence": {"filtered": true, "severity": "high"}});
    Canned::json(400, &error)
}
