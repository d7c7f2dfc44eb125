//! The routes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Extension, Router};
use imagegen::models::{Family, ModelStatus};
use serde_json::{Value, json};

use crate::images;
use crate::intake::Endpoint;
use crate::refusal::Refusal;
use crate::server::Shared;
use crate::socket::Socket;
use crate::store::Found;

type Request = axum::extract::Request;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let images = |endpoint, edit| {
        post(
            move |State(shared): State<Arc<Shared>>,
                  Extension(socket): Extension<Socket>,
                  request: Request| {
                images::serve(shared, socket, endpoint, edit, request)
            },
        )
    };
    Router::new()
        .route("/v1/images/generations", images(Endpoint::Gateway, false))
        .route("/v1/images/edits", images(Endpoint::Gateway, true))
        .route("/api/v3/images/generations", images(Endpoint::Ark, false))
        .route("/v1/models", get(gateway_models))
        .route("/api/v3/models", get(ark_models))
        .route("/v1/tasks/{id}", get(task))
        .route("/v1/images/tasks/{id}", get(task))
        .route("/images/{name}", get(picture).head(picture))
        .route("/healthz", get(async || "ok"))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .with_state(shared)
}

/// Whether there is a bearer key, of whatever value.
pub(crate) fn has_key(headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().split_at_checked(7))
        .is_some_and(|(scheme, key)| {
            scheme.eq_ignore_ascii_case(b"bearer ") && !key.trim_ascii().is_empty()
        })
}

fn json(body: &Value) -> Response<Body> {
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
fn begin(shared: &Shared, request: Request) -> (String, HeaderMap) {
    let (parts, _) = request.into_parts();
    let id = shared.next_id();
    shared.records.begin(&parts, &id);
    (id, parts.headers)
}

async fn not_found(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let message = format!(
        "there is no {} {} here",
        request.method(),
        request.uri().path()
    );
    let (id, _) = begin(&shared, request);
    refuse(
        &Refusal::openai(None, None, message).with_status(StatusCode::NOT_FOUND),
        &id,
    )
}

/// The models behind the gateway: all rows, since a gateway may map retired ones.
async fn gateway_models(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (id, headers) = begin(&shared, request);
    if !has_key(&headers) {
        return refuse(&Refusal::no_key(crate::Dialect::OpenAi), &id);
    }
    let models: Vec<Value> = shared
        .config
        .table()
        .models()
        .iter()
        .map(|row| {
            let owner = match row.family {
                Family::Seedream => "bytedance",
                _ => "openai",
            };
            let mut model = json!({
                "id": row.id, "object": "model", "created": 0, "owned_by": owner,
            });
            if let Some(shutdown) = row.life_cycle.shutdown {
                model["shutdown_date"] = json!(shutdown.to_string());
            }
            model
        })
        .collect();
    json(&json!({"object": "list", "data": models}))
}

/// Seedream's models that Ark still serves.
async fn ark_models(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (id, headers) = begin(&shared, request);
    if !has_key(&headers) {
        return refuse(&Refusal::no_key(crate::Dialect::Ark), &id);
    }
    let today = shared.config.today.unwrap_or_else(imagegen::Date::today);
    let models: Vec<Value> = shared
        .config
        .table()
        .models()
        .iter()
        .filter(|row| row.family == Family::Seedream)
        .filter_map(|row| {
            let mut model = json!({"id": row.id, "object": "model"});
            match row.life_cycle.status(today) {
                ModelStatus::ShutDown => return None,
                ModelStatus::Deprecated => model["status"] = json!("Retiring"),
                _ => {}
            }
            Some(model)
        })
        .collect();
    json(&json!({"object": "list", "data": models}))
}

/// A picture by its link: GET only, as the vendor's pre-signed links are.
async fn picture(
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
    match shared.store.find(id) {
        Found::Drawing(drawing) => {
            let content_type = drawing.mime();
            let file = shared.studio.file(drawing).await;
            ([(header::CONTENT_TYPE, content_type)], file).into_response()
        }
        Found::Expired => refuse(StatusCode::FORBIDDEN, "AccessDenied"),
        Found::NotYet | Found::Unknown => refuse(StatusCode::NOT_FOUND, "NoSuchKey"),
    }
}

/// The state of an asynchronous ticket: under way when first asked for, then done.
async fn task(
    State(shared): State<Arc<Shared>>,
    Path(ticket): Path<String>,
    request: Request,
) -> Response<Body> {
    let (id, headers) = begin(&shared, request);
    if !has_key(&headers) {
        return refuse(&Refusal::no_key(crate::Dialect::OpenAi), &id);
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
