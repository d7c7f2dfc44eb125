//! One exchange with the server: a request goes out, again where that is safe, until an answer has
//! begun.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::Value;
use tracing::{Span, field};

use super::events::Events;
use super::expected::Expected;
use super::failure::Head;
use super::references;
use super::retry;
use super::trace::{note_error, warn, within};
use super::turn::Turn;
use crate::check::Problem;
use crate::client::{CallOptions, Client};
use crate::endpoint::Delivery;
use crate::error::{Error, Result};
use crate::id;
use crate::read::{ReadLimits, read_text};
use crate::request::ImageRequest;
use crate::response::{Completion, ImageResponse, ResponseMeta};
use crate::save::{Place, beginning};
use crate::wire::{self, Body, Call, Inlay, References, headers};

/// The most that is read of an answer that is an error.
const MAX_REFUSAL: usize = 1024 * 1024;

/// The most that is read of a list of models.
const MAX_LIST: usize = 16 * 1024 * 1024;

/// A call that can be made: how, and by when.
pub(super) struct Exchange {
    client: Client,
    options: Arc<CallOptions>,
    delivery: Delivery,
    started: Instant,
    client_request_id: String,
    /// Which of several calls for one response this is, from 0, and of how many.
    pub(super) turn: Turn,
}

impl Exchange {
    pub(super) fn new(
        client: Client,
        options: Arc<CallOptions>,
        delivery: Delivery,
        turn: Turn,
    ) -> Self {
        let client_request_id = match &options.client_request_id {
            Some(id) if turn.calls > 1 => format!("{id}-{}", turn.call + 1),
            Some(id) => id.clone(),
            None => id::request_id(),
        };
        Self {
            client,
            options,
            delivery,
            started: Instant::now(),
            client_request_id,
            turn,
        }
    }

    /// Sends a request and waits until its answer has begun with a success.
    pub(super) async fn open(
        &self,
        request: Box<ImageRequest>,
        place: Place,
    ) -> Result<Box<Events>> {
        let span = self.client.span(&request);
        let begun = within(&span, pin!(self.begin(request, place, &span))).await;
        if let Err(error) = &begun {
            note_error(&span, error);
        }
        begun
    }

    async fn begin(
        &self,
        request: Box<ImageRequest>,
        place: Place,
        span: &Span,
    ) -> Result<Box<Events>> {
        let mut warnings = self.client.check_for(&request, self.delivery)?;
        if let Place::Files(target) = &place {
            // Before anything is paid for.
            target.prepare()?;
        }
        let mut references = References::default();
        if request.has_images() {
            let (loaded, about_them) = Box::pin(self.references(&request)).await?;
            references = loaded;
            warnings.extend(about_them);
        }
        warn(&warnings);
        let expected = Expected::of(&request);
        let mut response = self.response(warnings, request.prompt());
        let (call, body) = self.call(*request, references);
        let opened = self.send(&call, &body, span).await?;
        note_head(&mut response, &opened);
        span.record("gen_ai.response.id", response.meta.request_id.as_deref());
        Ok(Events::new(
            opened,
            place,
            self.limits(),
            response,
            expected,
            self.turn,
            span.clone(),
        ))
    }

    /// The images that go in, and the warnings about them.
    pub(super) async fn references(
        &self,
        request: &ImageRequest,
    ) -> Result<(References, Vec<Problem>)> {
        let policy = self.client.policy(request);
        references::load(request, self.client.models(), policy).await
    }

    /// What would go out, with every secret redacted.
    pub(super) fn preview(&self, request: ImageRequest, references: References) -> Value {
        let body = Body::new(request, references, self.delivery);
        self.transport(Vec::new()).preview(&body)
    }

    /// What goes out, and how.
    fn call(&self, request: ImageRequest, references: References) -> (Arc<Call>, Body) {
        let mut body = Body::new(request, references, self.delivery);
        let inlays = std::mem::take(&mut body.inlays);
        (Arc::new(self.transport(inlays)), body)
    }

    fn transport(&self, inlays: Vec<Inlay>) -> Call {
        Call {
            http: self.client.inner.http.clone(),
            base: Arc::clone(&self.client.inner.base),
            headers: Arc::clone(&self.options.headers),
            client_request_id: self.client_request_id.clone(),
            accept: match self.delivery {
                Delivery::Stream => "text/event-stream, application/json",
                Delivery::Whole => "application/json",
            },
            deadline: self.deadline(),
            first_byte: self.options.first_byte,
            inlays,
            upload: Arc::default(),
        }
    }

    /// Makes the call, again where the one before was surely not accepted.
    async fn send(&self, call: &Arc<Call>, body: &Body, span: &Span) -> Result<Box<Response>> {
        let mut retries = 0;
        loop {
            let attempt = tracing::debug_span!(
                "attempt",
                http.request.resend_count = retries,
                http.response.status_code = field::Empty,
                error.r#type = field::Empty,
            );
            let error = match within(&attempt, pin!(call.open(body))).await {
                Ok(opened) if opened.status().is_success() => {
                    attempt.record("http.response.status_code", opened.status().as_u16());
                    span.record("http.response.status_code", opened.status().as_u16());
                    return Ok(opened);
                }
                // Read to its end, as what it says decides what follows. Boxed, as every part of
                // a call that is rare and large: a call's own future stays small.
                Ok(refused) => {
                    let waited = call.upload.waited().unwrap_or_default();
                    within(&attempt, pin!(Box::pin(self.refusal(refused, waited)))).await
                }
                Err(error) => error,
            };
            note_error(&attempt, &error);
            let Some(wait) = retry::wait(&self.options, &error, retries, call.deadline) else {
                return Err(error);
            };
            tracing::debug!(parent: &attempt, wait_ms = wait.as_millis() as u64, "trying again");
            tokio::time::sleep(wait).await;
            retries += 1;
        }
    }

    /// What an answer that is an error says. It is read to its end, or as far as it comes: however
    /// much that is, the refusal is the outcome.
    async fn refusal(&self, mut opened: Box<Response>, waited: Duration) -> Error {
        let mut response = self.response(Vec::new(), "");
        note_head(&mut response, &opened);
        let head = Head::of(&opened, &response);
        let text = read_text(&mut opened, MAX_REFUSAL, &self.limits()).await;
        head.refused(&text, waited)
    }

    /// Asks which models the server serves.
    pub(super) async fn list_models(&self) -> Result<Vec<String>> {
        let mut opened = Box::new(self.transport(Vec::new()).list_models().await?);
        if !opened.status().is_success() {
            return Err(Box::pin(self.refusal(opened, Duration::ZERO)).await);
        }
        let mut response = self.response(Vec::new(), "");
        note_head(&mut response, &opened);
        let head = Head::of(&opened, &response);
        let most = usize::try_from(self.options.max_answer).unwrap_or(usize::MAX);
        let text = read_text(&mut opened, most.min(MAX_LIST), &self.limits()).await;
        match wire::model_ids(&text) {
            Some(ids) => Ok(ids),
            None => {
                let reason = "it is no list of models".to_owned();
                Err(head.undecodable(reason, text, Vec::new()).error)
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.options.deadline(self.started)
    }

    fn limits(&self) -> ReadLimits {
        ReadLimits {
            max_answer: self.options.max_answer,
            max_image: self.options.max_image,
            idle: self.options.idle,
            deadline: self.deadline(),
        }
    }

    /// A response with nothing in it yet.
    pub(super) fn response(&self, warnings: Vec<Problem>, prompt: &str) -> Box<ImageResponse> {
        Box::new(ImageResponse {
            images: Vec::new(),
            failures: Vec::new(),
            completion: Completion::default(),
            meta: ResponseMeta {
                client_request_id: Some(self.client_request_id.clone()),
                ..ResponseMeta::default()
            },
            warnings,
            started: self.started,
            prompt_start: beginning(prompt),
            downloader: self.client.inner.downloader.clone(),
        })
    }
}

/// Takes over what the headers of an answer say.
fn note_head(response: &mut ImageResponse, opened: &Response) {
    response.meta.request_id = headers::request_id(opened.headers());
    response.meta.rate_limits = headers::rate_limits(opened.headers());
}
