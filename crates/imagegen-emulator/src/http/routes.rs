//! The routes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Extension, Router};
use imagegen::Operation;
use imagegen::models::{Family, ModelStatus};
use serde_json::{Value, json};

use super::images;
use super::replies::{has_key, json, refuse};
use crate::refusal::Refusal;
use crate::request::intake::Endpoint;
use crate::state::{Found, Shared};
use crate::wire::socket::Socket;

type Request = axum::extract::Request;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let images = |endpoint, operation| {
        post(
            move |State(shared): State<Arc<Shared>>,
                  Extension(socket): Extension<Socket>,
                  request: Request| {
                images::serve(shared, socket, endpoint, operation, request)
            },
        )
    };
    Router::new()
        .route(
            "/v1/images/generations",
            images(Endpoint::Gateway, Operation::Generate),
        )
        .route(
            "/v1/images/edits",
            images(Endpoint::Gateway, Operation::Edit),
        )
        .route(
            "/api/v3/images/generations",
            images(Endpoint::Ark, Operation::Generate),
        )
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

/// Seedream's models, without those past their last day if a day is given.
async fn ark_models(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (id, headers) = begin(&shared, request);
    if !has_key(&headers) {
        return refuse(&Refusal::no_key(crate::Dialect::Ark), &id);
    }
    let models: Vec<Value> = shared
        .config
        .table()
        .models()
        .iter()
        .filter(|row| row.family == Family::Seedream)
        .filter_map(|row| {
            let mut model = json!({"id": row.id, "object": "model"});
            match shared.config.status(row) {
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
