//! One call through the generated client: what goes out with it, how long it may take, what a
//! broken one means.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use imagegen_api::{CallContext, Client, Transport, TransportFuture};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request, Response, Url};
use serde_json::{Value, json};
use tokio::time::{timeout, timeout_at};

use super::request::{Body, BodyContent, Inlay};
use super::upload::{OnceBody, Upload, UploadBody};
use crate::config_error::{ConfigError, ConfigErrorKind};
use crate::endpoint::BaseUrl;
use crate::error::{Error, OutcomeUnknown, Phase, TransportError};

/// The header by which both vendors find a call of ours in their logs.
pub(crate) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");

/// Everything one call needs besides its body.
pub(crate) struct Call {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Arc<BaseUrl>,
    /// The bearer key and the caller's own headers.
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) client_request_id: String,
    /// What the answer is accepted as.
    pub(crate) accept: &'static str,
    /// When the whole call must be over.
    pub(crate) deadline: Option<Instant>,
    /// How long the first byte of the answer may take.
    pub(crate) first_byte: Option<Duration>,
    /// The images within a JSON body.
    pub(crate) inlays: Vec<Inlay>,
    pub(crate) upload: Arc<Upload>,
}

/// How long the last look at the socket may take once the time is up.
const LAST_LOOK: Duration = Duration::from_millis(100);

impl Call {
    /// Sends the body and waits for the head of the answer, whatever its status.
    ///
    /// The answer is in a box, because it changes hands often before it is read.
    pub(crate) async fn open(self: &Arc<Self>, body: &Body) -> Result<Box<Response>, Error> {
        let client = self.generated();
        let mut sent = pin!(async {
            let answer = match &body.content {
                BodyContent::Create(body) => client.create_image_raw(body).await,
                BodyContent::EditJson(body) => client.edit_image_json_raw(body).await,
                BodyContent::EditForm(form) => {
                    let body = UploadBody::new(form.pieces.clone(), Arc::clone(&self.upload));
                    client
                        .edit_image_raw(&form.content_type(), reqwest::Body::wrap(body))
                        .await
                }
            };
            self.opened(answer)
        });
        let first_byte = self.first_byte.map(|limit| Instant::now() + limit);
        let limit = match (first_byte, self.deadline) {
            (Some(first_byte), Some(deadline)) => Some(first_byte.min(deadline)),
            (one, other) => one.or(other),
        };
        let Some(limit) = limit else {
            return sent.await;
        };
        if let Ok(opened) = timeout_at(limit.into(), sent.as_mut()).await {
            return opened;
        }
        // What is in the socket when the time runs out has come.
        match timeout(LAST_LOOK, sent.as_mut()).await {
            Ok(opened) => opened,
            Err(_) if !self.upload.has_begun() => Err(self.not_sent()),
            Err(_) => Err(self.outcome_unknown(true, None)),
        }
    }

    fn opened(
        &self,
        answer: Result<Response, imagegen_api::Error<()>>,
    ) -> Result<Box<Response>, Error> {
        match answer {
            // Every status but 200 comes as an error, with its body unread.
            Ok(answer) | Err(imagegen_api::Error::UnexpectedResponse(answer)) => {
                Ok(Box::new(answer))
            }
            Err(imagegen_api::Error::CommunicationError(error)) => Err(self.not_answered(error)),
            Err(other) => Err(unbuildable(&other)),
        }
    }

    /// Asks which models the server serves: the answer, whatever its status.
    pub(crate) async fn list_models(&self) -> Result<Response, Error> {
        let request = Request::new(Method::GET, self.base.join("/models"));
        let sent = self.execute(&self.http, request, "list_models");
        let answer = match self.deadline {
            Some(deadline) => match timeout_at(deadline.into(), sent).await {
                Ok(answer) => answer,
                Err(_) => return Err(self.not_sent()),
            },
            None => sent.await,
        };
        answer.map_err(|error| self.not_answered(error))
    }

    /// What would be sent, with the key redacted.
    pub(crate) fn preview(&self, body: &Body) -> Value {
        let mut headers = serde_json::Map::new();
        headers.insert("content-type".to_owned(), body.content_type().into());
        headers.insert(ACCEPT.to_string(), self.accept.into());
        for (name, value) in self.headers.iter() {
            let shown = if value.is_sensitive() {
                redacted(value)
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            headers.insert(name.to_string(), shown.into());
        }
        json!({
            "method": "POST",
            "url": self.base.join(body.suffix()).as_str(),
            "headers": headers,
            "body": body.preview(),
        })
    }

    fn generated(self: &Arc<Self>) -> Client {
        let context = CallContext::from(Arc::clone(self));
        // The transport knows the URLs.
        Client::new_with_client("", self.http.clone(), context)
    }

    /// A call that ended before its answer began. Only a connection that was never made, and a
    /// request the server says it did not look at, are sure not to have been carried out.
    fn not_answered(&self, error: reqwest::Error) -> Error {
        if let Some(error) = self.upload.take_failure() {
            // Cut short, the request is none that a server could carry out.
            return error.into();
        }
        let refused = was_refused(&error);
        if error.is_connect() || refused {
            return TransportError {
                host: error
                    .url()
                    .and_then(|url| url.host_str())
                    .unwrap_or("the server")
                    .to_owned(),
                timed_out: error.is_timeout(),
                refused,
                source: Some(error.without_url().into()),
            }
            .into();
        }
        if error.is_builder() {
            return ConfigError::new(
                ConfigErrorKind::Http,
                "the request cannot be built from its URL and headers".to_owned(),
            )
            .into();
        }
        self.outcome_unknown(error.is_timeout(), Some(error))
    }

    /// The time was up before a connection stood.
    fn not_sent(&self) -> Error {
        TransportError {
            host: self
                .base
                .url()
                .host_str()
                .unwrap_or("the server")
                .to_owned(),
            timed_out: true,
            refused: false,
            source: None,
        }
        .into()
    }

    fn outcome_unknown(&self, timed_out: bool, source: Option<reqwest::Error>) -> Error {
        OutcomeUnknown {
            phase: Phase::Waiting,
            timed_out,
            status: None,
            client_request_id: Some(self.client_request_id.clone()),
            request_id: None,
            received: 0,
            partial: None,
            source: source.map(|source| source.without_url().into()),
        }
        .into()
    }
}

/// The generated client's other errors are all about building the request.
fn unbuildable(error: &imagegen_api::Error<()>) -> Error {
    ConfigError::new(
        ConfigErrorKind::Http,
        format!("the request cannot be built: {error}"),
    )
    .into()
}

/// Whether the server says that it did not process the request: HTTP/2's REFUSED_STREAM, or a
/// GOAWAY, which only ends the streams above the last one it names.
#[cfg(feature = "http2")]
fn was_refused(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<h2::Error>() {
            return error.is_remote()
                && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM));
        }
        source = cause.source();
    }
    false
}

#[cfg(not(feature = "http2"))]
fn was_refused(_: &reqwest::Error) -> bool {
    false
}

/// `Bearer ***` for a bearer key, `***` for any other secret.
fn redacted(value: &HeaderValue) -> String {
    match value.as_bytes().strip_prefix(b"Bearer ") {
        Some(_) => "Bearer ***".to_owned(),
        None => "***".to_owned(),
    }
}

impl Transport for Call {
    fn url(&self, path: &'static str) -> Option<Url> {
        Some(self.base.join(path.strip_prefix("/v1").unwrap_or(path)))
    }

    fn execute<'a>(
        &'a self,
        http: &'a reqwest::Client,
        mut request: Request,
        _operation: &'static str,
    ) -> TransportFuture<'a> {
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        let mut last = None;
        for (name, value) in self.headers.iter() {
            // A header of the caller's goes before ours; its further values follow the first.
            if last == Some(name) {
                headers.append(name, value.clone());
            } else {
                headers.insert(name, value.clone());
            }
            last = Some(name);
        }
        if let Ok(id) = HeaderValue::from_str(&self.client_request_id) {
            headers.insert(CLIENT_REQUEST_ID, id);
        }
        if let Some(body) = request.body_mut().take() {
            *request.body_mut() = Some(match body.as_bytes() {
                Some(json) if !self.inlays.is_empty() => {
                    let pieces = Body::with_inlays(&self.inlays, &Bytes::copy_from_slice(json));
                    reqwest::Body::wrap(UploadBody::new(pieces, Arc::clone(&self.upload)))
                }
                Some(_) => reqwest::Body::wrap(OnceBody::new(body, Arc::clone(&self.upload))),
                None => body,
            });
        }
        Box::pin(http.execute(request))
    }
}
