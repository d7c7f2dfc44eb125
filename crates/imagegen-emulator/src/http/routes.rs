//! The routes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Router};
use imagegen::Operation;
use imagegen::models::{Family, ModelStatus};
use serde_json::{Value, json};

use super::replies::{begin, has_key, json, refuse};
use super::{downloads, images};
use crate::refusal::Refusal;
use crate::request::intake::Endpoint;
use crate::state::Shared;
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
        .route("/v1/tasks/{id}", get(downloads::task))
        .route("/v1/images/tasks/{id}", get(downloads::task))
        .route(
            "/images/{name}",
            get(downloads::picture).head(downloads::picture),
        )
        .route("/healthz", get(async || "ok"))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .with_state(shared)
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
