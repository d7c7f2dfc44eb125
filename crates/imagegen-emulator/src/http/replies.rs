//! JSON and refusals as HTTP answers.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::response::IntoResponse as _;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::state::Shared;

/// Whether there is a bearer key, of whatever value.
pub(crate) fn has_key(headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().split_at_checked(7))
        .is_some_and(|(scheme, key)| {
            scheme.eq_ignore_ascii_case(b"bearer ") && !key.trim_ascii().is_empty()
        })
}

pub(crate) fn json(body: &Value) -> Response<Body> {
    (
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

/// A refusal as an answer.
pub(crate) fn refuse(refusal: &Refusal, request_id: &str) -> Response<Body> {
    let mut response = json(&refusal.body(request_id));
    *response.status_mut() = refusal.status;
    let id = HeaderValue::from_str(request_id).expect("an id is plain text");
    response.headers_mut().insert("x-request-id", id);
    response
}

/// Records a request that is not for images.
pub(crate) fn begin(shared: &Shared, request: Request) -> (String, HeaderMap) {
    let (parts, _) = request.into_parts();
    let id = shared.next_id();
    shared.records.begin(&parts, &id);
    (id, parts.headers)
}
