//! Errors in bodies of another shape than the vendors'.

use serde_json::{Value, json};

use super::{Canned, Scene, envelope, page};
use crate::Fault;

/// The answer of such a fault.
pub(super) fn answer(fault: Fault, scene: &Scene<'_>) -> Option<Canned> {
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
        Fault::ErrorsList => Canned::json(
            400,
            &json!({"errors": [{"message": "AiError: bad prompt", "code": 5006}], "success": false, "result": {}}),
        ),
        Fault::ErrorInList => Canned::json(
            400,
            &json!([{"error": {"code": 400, "message": "the size is not supported", "status": "INVALID_ARGUMENT"}}]),
        ),
        Fault::ErrorDetailObject => Canned::json(
            400,
            &json!({"detail": {"code": "invalid_size", "message": "the size is not supported"}}),
        ),
        Fault::ErrorDetailString => Canned::json(404, &json!({"detail": "Not Found"})),
        Fault::ErrorCapital => Canned::json(400, &json!({"Message": "the size is not supported"})),
        Fault::ErrorFault => Canned::json(
            400,
            &json!({"fault": {"faultstring": "the size is not supported", "detail": {"errorcode": "policies.InvalidSize"}}}),
        ),
        Fault::ErrorTitle => Canned {
            content_type: "application/problem+json",
            ..Canned::json(
                400,
                &json!({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "the size is not supported"}),
            )
        },
        Fault::ErrorDescription => Canned::json(
            400,
            &json!({"error": "invalid_request", "error_description": "the size is not supported"}),
        ),
        Fault::ErrorXml => Canned {
            content_type: "application/xml",
            ..Canned::text(
                403,
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>the key may not be used here</Message><RequestId>{id}</RequestId></Error>\n"),
            )
        },
        Fault::ErrorNested => {
            let inner = envelope("the size is not supported", &json!("invalid_request_error"), &json!("size"), &json!("invalid_value"));
            Canned::json(400, &envelope(&inner.to_string(), &upstream, &null, &json!("400")))
        }
        _ => return None,
    })
}
