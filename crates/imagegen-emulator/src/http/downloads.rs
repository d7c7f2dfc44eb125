//! What answers lead to: pictures behind links, and the state of tickets.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use bytes::Bytes;
use serde_json::{Value, json};

use super::replies::{begin, has_key, json, refuse};
use crate::Dialect;
use crate::effects::{texts, transport};
use crate::refusal::Refusal;
use crate::state::{Fate, Shared};

/// A picture by its link: GET only, as the vendor's pre-signed links are.
pub(crate) async fn picture(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    request: Request,
) -> Response<Body> {
    let method = request.method().clone();
    begin(&shared, request);
    let refuse = |status: StatusCode, code: &str| {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>\n"
        );
        (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
    };
    if method != Method::GET {
        return refuse(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    let id = name.split('.').next().unwrap_or_default();
    let Some((drawing, fate)) = shared.store.find(id) else {
        return refuse(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    let mime = [(header::CONTENT_TYPE, drawing.mime())];
    let file = || shared.studio.file(drawing.clone());
    match fate {
        Fate::Works => (mime, file().await).into_response(),
        Fate::NotYet => refuse(StatusCode::NOT_FOUND, "NoSuchKey"),
        Fate::Expired => refuse(StatusCode::FORBIDDEN, "AccessDenied"),
        Fate::Accepted => (StatusCode::ACCEPTED, r#"{"status":"processing"}"#).into_response(),
        Fate::Html => {
            let page = "<html><head><title>Sign in</title></head><body></body></html>\n";
            ([(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Fate::Json => json(&json!({"error": {"message": "the file is gone"}})),
        Fate::NoContent => StatusCode::NO_CONTENT.into_response(),
        Fate::Empty => (mime, Bytes::new()).into_response(),
        Fate::Half => {
            let file = file().await;
            (mime, file.slice(..file.len() / 2)).into_response()
        }
        Fate::Part => {
            let file = file().await;
            let range = format!("bytes 0-39/{}", file.len());
            let headers = [(header::CONTENT_RANGE, range)];
            (StatusCode::PARTIAL_CONTENT, headers, mime, file.slice(..40)).into_response()
        }
        Fate::Gzip => {
            let packed = texts::gzip(&[file().await]);
            (mime, [(header::CONTENT_ENCODING, "gzip")], packed).into_response()
        }
        Fate::Late => {
            tokio::time::sleep(shared.config.fault_pause).await;
            (mime, file().await).into_response()
        }
        Fate::Drip => {
            let whole = futures_util::stream::iter([Ok(file().await)]);
            let body = transport::drip(Box::pin(whole), shared.config.fault_pause);
            (mime, Body::from_stream(body)).into_response()
        }
    }
}

/// The state of an asynchronous ticket: under way when first asked for, then done.
pub(crate) async fn task(
    State(shared): State<Arc<Shared>>,
    Path(ticket): Path<String>,
    request: Request,
) -> Response<Body> {
    let (id, headers) = begin(&shared, request);
    if !has_key(&headers) {
        return refuse(&Refusal::no_key(Dialect::OpenAi), &id);
    }
    let Some(found) = shared.store.poll_ticket(&ticket) else {
        let message = "there is no such task".to_owned();
        let refusal = Refusal::openai(Some("task_not_found"), None, message);
        return refuse(&refusal.with_status(StatusCode::NOT_FOUND), &id);
    };
    let data = if found.polls == 0 {
        json!({"id": ticket, "status": "processing", "progress": 50})
    } else {
        // Here every `url` is a list.
        let images: Vec<Value> = found.urls.iter().map(|url| json!({"url": [url]})).collect();
        json!({"id": ticket, "status": "completed", "progress": 100, "result": {"images": images}})
    };
    json(&json!({"code": 200, "data": data}))
}
