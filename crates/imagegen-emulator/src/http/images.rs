//! A request for images, from its arrival to its answer.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode, header};
use imagegen::Operation;
use serde_json::Value;

use super::exchange::Exchange;
use super::replies::{has_key, refuse};
use crate::effects::{jobs, refusals, transport};
use crate::job::Job;
use crate::refusal::Refusal;
use crate::request::intake::Endpoint;
use crate::request::{edits, generations};
use crate::state::{RecordedBody, Shared};
use crate::vendor::{ark, openai};
use crate::wire::socket::Socket;
use crate::{Dialect, Fault};

pub(crate) async fn serve(
    shared: Arc<Shared>,
    socket: Socket,
    endpoint: Endpoint,
    operation: Operation,
    request: axum::extract::Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let request_id = shared.next_id();
    let entry = shared.records.begin(&parts, &request_id);
    let mut exchange = Exchange {
        host: host(&parts, &shared),
        path: parts.uri.path().to_owned(),
        client_request_id: parts.headers.get("x-client-request-id").cloned(),
        dialect: endpoint.own_dialect(),
        retired: None,
        fault: None,
        wait: None,
        shared,
        socket,
        endpoint,
        operation,
        request_id,
        entry,
        started: Instant::now(),
    };
    match exchange.answer(&parts, body).await {
        Ok(response) => response,
        Err(refusal) => {
            let mut response = refuse(&refusal, &exchange.request_id);
            exchange.dialect = refusal.dialect;
            response.headers_mut().extend(exchange.headers());
            response
        }
    }
}

fn host(parts: &Parts, shared: &Shared) -> String {
    parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| host.parse::<axum::http::uri::Authority>().is_ok())
        .map_or_else(|| shared.address.to_string(), str::to_owned)
}

impl Exchange {
    async fn answer(&mut self, parts: &Parts, body: Body) -> Result<Response<Body>, Refusal> {
        let shared = Arc::clone(&self.shared);
        let pause = shared.config.fault_pause;
        if !has_key(&parts.headers) {
            return Err(Refusal::no_key(self.dialect));
        }
        self.choose_fault(parts)?;
        if self.fault == Some(Fault::ResetDuringRequest) {
            read_a_little(body).await;
            let end = transport::before(Fault::ResetDuringRequest, &self.socket, pause).await;
            return Ok(end.unwrap_or_default());
        }
        let body = self.read(parts, body).await?;
        self.name_dialect(&body);
        if self.fault == Some(Fault::RatePace) {
            self.wait = shared.pace.wait();
        }
        if let Some(fault) = self.fault
            && !fault.is_billed()
            && let Some(response) = self.refusal(fault, &body)
        {
            return Ok(response);
        }

        let (job, is_stream) = self.plan(body).await?;
        self.retired = job.retired;
        shared
            .records
            .update(self.entry, |record| record.retired = job.retired);
        shared.records.accept(self.entry);
        tokio::time::sleep(shared.config.latency).await;
        if let Some(fault) = self.fault {
            if let Some(end) = transport::before(fault, &self.socket, pause).await {
                return Ok(end);
            }
            if let Some(response) = self.refusal(fault, &RecordedBody::Empty) {
                return Ok(response);
            }
        }
        Ok(if is_stream {
            self.stream(&job)
        } else {
            self.document(&job).await
        })
    }

    fn choose_fault(&mut self, parts: &Parts) -> Result<(), Refusal> {
        // The target of our own redirects.
        if parts.uri.query() == Some("redirected=1") {
            return Ok(());
        }
        self.fault =
            self.shared.faults.choose(&parts.headers).map_err(|error| {
                Refusal::bad_value(self.dialect, Fault::HEADER, error.to_string())
            })?;
        self.shared
            .records
            .update(self.entry, |record| record.fault = self.fault);
        Ok(())
    }

    /// Reads the body and records it.
    async fn read(&self, parts: &Parts, body: Body) -> Result<RecordedBody, Refusal> {
        let limit = self.shared.config.body_limit;
        let too_large = body.size_hint().lower() > limit as u64;
        let bytes = match to_bytes(body, limit).await {
            Ok(bytes) if !too_large => bytes,
            _ => {
                let message = format!("the body is cut or larger than {limit} bytes");
                let refusal = Refusal::bad_value(self.dialect, "body", message);
                return Err(refusal.with_status(StatusCode::PAYLOAD_TOO_LARGE));
            }
        };
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        let is_form =
            content_type.is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
        let body = match content_type {
            Some(content_type) if is_form && self.operation == Operation::Edit => {
                RecordedBody::Multipart(edits::parts(content_type, bytes).await?)
            }
            _ => {
                let record = |body| {
                    self.shared
                        .records
                        .update(self.entry, |record| record.body = body);
                };
                record(RecordedBody::Other(bytes.clone()));
                let parsed = self
                    .shared
                    .studio
                    .work(move || serde_json::from_slice::<Value>(&bytes));
                match parsed.await {
                    Ok(value) => RecordedBody::Json(Arc::new(value)),
                    Err(error) => {
                        let message = format!(
                            "the body is not JSON: line {} column {}",
                            error.line(),
                            error.column()
                        );
                        return Err(match self.dialect {
                            Dialect::OpenAi => Refusal::openai(None, None, message),
                            Dialect::Ark => Refusal::ark("InvalidParameter", None, message),
                        });
                    }
                }
            }
        };
        self.shared
            .records
            .update(self.entry, |record| record.body = body.clone());
        Ok(body)
    }

    fn name_dialect(&mut self, body: &RecordedBody) {
        if let Some(model) = model(body) {
            self.dialect = self.endpoint.dialect(self.shared.config.table(), model);
        }
        self.shared
            .records
            .update(self.entry, |record| record.dialect = Some(self.dialect));
    }

    /// The answer of a fault that takes the vendor's place.
    fn refusal(&self, fault: Fault, body: &RecordedBody) -> Option<Response<Body>> {
        let scene = refusals::Scene {
            dialect: self.dialect,
            request_id: &self.request_id,
            model: model(body).unwrap_or_default(),
            wait: self.wait,
            path: &self.path,
            port: self.shared.address.port(),
            has: &|name| match body {
                RecordedBody::Json(value) => value.get(name).is_some(),
                RecordedBody::Multipart(parts) => parts.iter().any(|part| part.name == name),
                _ => false,
            },
        };
        let (mut response, is_vendors) = refusals::answer(fault, &scene)?;
        // A proxy's page, or a limiter's bare answer, knows nothing of ids.
        if is_vendors {
            response.headers_mut().extend(self.headers());
        }
        Some(response)
    }

    /// Understands the request and resolves it, on a thread that may take its time.
    async fn plan(&self, body: RecordedBody) -> Result<(Job, bool), Refusal> {
        let shared = Arc::clone(&self.shared);
        let (endpoint, operation, fault) = (self.endpoint, self.operation, self.fault);
        self.shared
            .studio
            .work(move || {
                let table = shared.config.table();
                let mut draft = match &body {
                    RecordedBody::Json(value) if operation == Operation::Edit => {
                        edits::read_json(value, table)?
                    }
                    RecordedBody::Json(value) => generations::read(value, endpoint, table)?,
                    RecordedBody::Multipart(parts) => edits::read_form(parts, table)?,
                    _ => unreachable!("the body was read as one of these"),
                };
                if let Some(fault) = fault {
                    jobs::edit_params(fault, &mut draft.params);
                }
                let mut intake = draft.check(endpoint, &shared.config)?;
                intake.stream = jobs::is_stream(fault, intake.stream);
                let mut job = match intake.dialect {
                    Dialect::OpenAi => openai::plan(&intake)?,
                    Dialect::Ark => ark::plan(&intake)?,
                };
                if let Some(fault) = fault {
                    jobs::edit_job(fault, &mut job);
                }
                Ok((job, intake.stream))
            })
            .await
    }
}

/// The model a body names, as far as it can be told.
fn model(body: &RecordedBody) -> Option<&str> {
    match body {
        RecordedBody::Json(value) => generations::model(value),
        RecordedBody::Multipart(parts) => edits::model(parts),
        _ => None,
    }
}

/// The first of a body, or the first moments of waiting for it.
async fn read_a_little(mut body: Body) {
    let frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context));
    let _ = tokio::time::timeout(std::time::Duration::from_millis(50), frame).await;
}
