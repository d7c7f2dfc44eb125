//! One call from its request to its events: sends, waits and sends again where that is safe.

mod conclude;
mod events;
mod expected;
mod failure;
mod fan_out;
pub(crate) mod references;
mod retry;
mod stream;
mod trace;

pub use stream::ImageStream;

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use reqwest::Response;
use tracing::{Span, field};

use crate::check::Problem;
use crate::client::{Client, RetryPolicy};
use crate::error::{ApiError, Envelope, Error, Result};
use crate::id;
use crate::read::ReadLimits;
use crate::request::ImageRequest;
use crate::response::{Completion, ImageResponse, ResponseMeta};
use crate::save::Place;
use crate::save::beginning;
use crate::wire::{Body, Call, Inlay, References, headers};
use events::Answering;
use expected::Echo;
use trace::{note_error, warn, within};

impl Client {
    /// Sends a request and waits until its answer has begun with a success.
    pub(crate) async fn open(
        &self,
        request: Box<ImageRequest>,
        stream: bool,
        place: Place,
    ) -> Result<Box<Answering>> {
        let span = self.span(&request);
        let begun = within(&span, pin!(self.begin(request, stream, place, &span))).await;
        if let Err(error) = &begun {
            note_error(&span, error);
        }
        begun
    }

    async fn begin(
        &self,
        request: Box<ImageRequest>,
        stream: bool,
        place: Place,
        span: &Span,
    ) -> Result<Box<Answering>> {
        let started = Instant::now();
        let mut warnings = self.check(&request, stream)?;
        if let Place::Files(target) = &place {
            // Before anything is paid for.
            target.make_folder()?;
        }
        let mut references = References::default();
        if request.has_images() {
            let (loaded, about_them) = Box::pin(self.references(&request)).await?;
            references = loaded;
            warnings.extend(about_them);
        }
        let mut ready = self.ready(request, references, warnings, stream, started);
        let opened = self.send(&ready.call, &ready.body, span).await?;
        note_head(&mut ready.frame, &opened);
        span.record("gen_ai.response.id", ready.frame.meta.request_id.as_deref());
        let limits = self.limits(&ready.call);
        Ok(Answering::new(
            opened,
            place,
            limits,
            ready.frame,
            ready.echo,
            span.clone(),
        ))
    }

    /// What goes out, and what is kept to hold the answer against.
    fn ready(
        &self,
        request: Box<ImageRequest>,
        references: References,
        warnings: Vec<Problem>,
        stream: bool,
        started: Instant,
    ) -> Ready {
        warn(&warnings);
        let echo = Echo::of(&request);
        let prompt_start = beginning(request.prompt());
        let mut body = Body::new(*request, references, stream);
        let inlays = std::mem::take(&mut body.inlays);
        let call = Arc::new(self.call(stream, started, inlays));
        Ready {
            frame: self.frame(&call, warnings, prompt_start),
            call,
            body,
            echo,
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
                Ok(refused) => within(&attempt, pin!(Box::pin(self.refusal(refused, call)))).await,
                Err(error) => error,
            };
            note_error(&attempt, &error);
            let policy = RetryPolicy {
                max_retries: self
                    .options
                    .max_retries
                    .unwrap_or(self.inner.retry.max_retries),
                ..self.inner.retry
            };
            let Some(wait) = policy.wait(&error, retries, call.deadline) else {
                return Err(error);
            };
            tracing::debug!(parent: &attempt, wait_ms = wait.as_millis() as u64, "trying again");
            tokio::time::sleep(wait).await;
            retries += 1;
        }
    }

    /// What an answer that is an error says.
    pub(crate) async fn refusal(&self, opened: Box<Response>, call: &Call) -> Error {
        let status = opened.status();
        let mut frame = self.frame(call, Vec::new(), String::new());
        note_head(&mut frame, &opened);
        let (limits, echo) = (self.limits(call), Echo::default());
        let mut answering =
            Answering::new(opened, Place::Memory, limits, frame, echo, Span::none());
        match answering.next().await {
            Some(Err(error)) => error,
            // An answer with such a status yields nothing but its error.
            Some(Ok(_)) | None => ApiError::new(status, Envelope::default()).into(),
        }
    }

    fn limits(&self, call: &Call) -> ReadLimits {
        ReadLimits {
            max_answer: self.inner.max_answer,
            max_image: self.inner.max_image,
            idle: self.options.timeouts.idle.or(self.inner.timeouts.idle),
            deadline: call.deadline,
        }
    }

    /// A response with nothing in it yet.
    fn frame(
        &self,
        call: &Call,
        warnings: Vec<Problem>,
        prompt_start: String,
    ) -> Box<ImageResponse> {
        Box::new(ImageResponse {
            images: Vec::new(),
            failures: Vec::new(),
            completion: Completion::default(),
            meta: ResponseMeta {
                client_request_id: Some(call.client_request_id.clone()),
                ..ResponseMeta::default()
            },
            warnings,
            started: call.started,
            prompt_start,
            downloader: self.inner.downloader.clone(),
        })
    }

    pub(crate) fn call(&self, stream: bool, started: Instant, inlays: Vec<Inlay>) -> Call {
        let (inner, options) = (&self.inner, &self.options);
        let total = options.timeouts.total.or(inner.timeouts.total);
        Call {
            http: inner.http.clone(),
            base: Arc::clone(&inner.base),
            headers: Arc::clone(&inner.headers),
            client_request_id: options
                .client_request_id
                .clone()
                .unwrap_or_else(id::request_id),
            accept: if stream {
                "text/event-stream, application/json"
            } else {
                "application/json"
            },
            started,
            deadline: total.map(|total| started + total),
            first_byte: options.timeouts.first_byte.or(inner.timeouts.first_byte),
            inlays,
        }
    }
}

/// A call that can go out.
struct Ready {
    call: Arc<Call>,
    body: Body,
    /// The response to come.
    frame: Box<ImageResponse>,
    echo: Echo,
}

/// Takes over what the headers of an answer say.
fn note_head(frame: &mut ImageResponse, opened: &Response) {
    frame.meta.request_id = headers::request_id(opened.headers());
    frame.meta.rate_limits = headers::rate_limits(opened.headers());
}
