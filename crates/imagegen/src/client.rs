//! The client: one endpoint, one key.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::Value;

use crate::answering::{Answering, Destination};
use crate::download::Downloader;
use crate::provider::BaseUrl;
use crate::read::ReadLimits;
use crate::wire::{Body, Call, Opened};
use crate::{
    ApiKey, CheckContext, ClientBuilder, Completion, ConfigError, ImageRequest, ImageResponse,
    ImageStream, ModelTable, Problem, Provider, ResponseMeta, Result, ValidationPolicy, check,
    meta, names, reference,
};

/// A client of one endpoint with one key; cheap to clone, and clones share their connections.
///
/// ```no_run
/// use imagegen::{Client, GptImage, GptImageModel, Size};
///
/// # async fn example(api_key: String) -> imagegen::Result<()> {
/// let client = Client::gateway("https://gateway.example/v1", api_key)?;
/// let request = GptImage::new(GptImageModel::GptImage1, "Programmer cartoon avatar")
///     .size(Size::px(1024, 1024));
/// let response = client.generate(request).await?;
/// response.save_all("avatars/").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) provider: Provider,
    pub(crate) base: Arc<BaseUrl>,
    /// The key, marked sensitive, and the caller's own headers.
    pub(crate) headers: HeaderMap,
    pub(crate) validation: ValidationPolicy,
    pub(crate) table: Arc<ModelTable>,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_answer: u64,
    pub(crate) max_image: u64,
    pub(crate) downloader: Downloader,
}

/// How long the parts of a call may take; a picture can take minutes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) total: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) idle: Option<Duration>,
}

impl Client {
    /// A client of an OpenAI-compatible gateway. The base URL may end in `/v1`, in a slash, or
    /// in neither.
    ///
    /// # Errors
    ///
    /// If the URL is no http(s) URL or the key is empty.
    pub fn gateway(
        base_url: impl AsRef<str>,
        api_key: impl Into<ApiKey>,
    ) -> Result<Self, ConfigError> {
        Self::builder()
            .base_url(base_url.as_ref())
            .api_key(api_key)
            .build()
    }

    /// A client of OpenAI itself.
    ///
    /// # Errors
    ///
    /// If the key is empty.
    pub fn openai(api_key: impl Into<ApiKey>) -> Result<Self, ConfigError> {
        Self::builder()
            .provider(Provider::OpenAi)
            .api_key(api_key)
            .build()
    }

    /// A client of Volcengine Ark itself. BytePlus is the same with its own base URL.
    ///
    /// # Errors
    ///
    /// If the key is empty.
    pub fn ark(api_key: impl Into<ApiKey>) -> Result<Self, ConfigError> {
        Self::builder()
            .provider(Provider::Ark)
            .api_key(api_key)
            .build()
    }

    /// Starts the configuration of a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Asks for pictures and waits for all of them.
    ///
    /// The request goes out once. It is checked against its model's row first.
    ///
    /// # Errors
    ///
    /// If the request breaks a rule (nothing was sent), if the server refuses it, or if its
    /// answer is missing or unreadable; [`Error`] tells these apart. Pictures that fail beside
    /// others are no error: they are in [`ImageResponse::failures`].
    pub async fn generate(&self, request: impl Into<ImageRequest>) -> Result<ImageResponse> {
        self.run(request.into(), false, Destination::Memory)
            .await?
            .finish()
            .await
    }

    /// Asks for pictures and writes them into a folder while they arrive, in constant memory
    /// however large they are. The folder is made if it is missing; the files are named as
    /// [`ImageResponse::save_all`] names them. Pictures that come as links stay links.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and if a file cannot be written.
    pub async fn generate_to(
        &self,
        request: impl Into<ImageRequest>,
        folder: impl AsRef<Path>,
    ) -> Result<ImageResponse> {
        let destination = Destination::folder(folder.as_ref(), false)?;
        self.run(request.into(), false, destination)
            .await?
            .finish()
            .await
    }

    /// Asks for pictures as a stream: previews and finished pictures as they come.
    ///
    /// A server that answers in one piece all the same gives the same events.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), for what happens before the answer begins.
    pub async fn stream(&self, request: impl Into<ImageRequest>) -> Result<ImageStream> {
        self.run(request.into(), true, Destination::Memory).await
    }

    /// Asks for pictures as a stream and writes them into a folder while they arrive; `previews`
    /// says whether previews are kept as well.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream), and if a file cannot be written.
    pub async fn stream_to(
        &self,
        request: impl Into<ImageRequest>,
        folder: impl AsRef<Path>,
        previews: bool,
    ) -> Result<ImageStream> {
        let destination = Destination::folder(folder.as_ref(), previews)?;
        self.run(request.into(), true, destination).await
    }

    async fn run(
        &self,
        request: ImageRequest,
        stream: bool,
        destination: Destination,
    ) -> Result<ImageStream> {
        let started = Instant::now();
        let warnings = self.check(&request, stream)?;
        let body = self.body(&request, stream).await?;
        let call = self.call(stream, started);
        let opened = call.open(&body).await?;
        let id = call.client_request_id.clone();
        let frame = self.frame(&opened, id, started, warnings, request.prompt());
        let limits = self.limits(&call);
        let answering = Answering::new(opened, destination, limits, frame.clone());
        let events = futures_util::stream::unfold(answering, |mut answering| async {
            let event = answering.next().await?;
            Some((event, answering))
        });
        Ok(ImageStream {
            events: Box::pin(events),
            frame,
        })
    }

    /// Asks which models the server serves, by their ids.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, refuses the key, or has no such list.
    pub async fn list_models(&self) -> Result<Vec<String>> {
        let started = Instant::now();
        let call = self.call(false, started);
        let opened = match call.list_models().await? {
            Ok(models) => return Ok(models),
            Err(opened) => opened,
        };
        let frame = self.frame(
            &opened,
            call.client_request_id.clone(),
            started,
            Vec::new(),
            "",
        );
        let mut refusal = Answering::new(opened, Destination::Memory, self.limits(&call), frame);
        match refusal.next().await {
            Some(Err(error)) => Err(error),
            _ => Ok(Vec::new()),
        }
    }

    /// Checks a request as [`generate`](Self::generate) does, and returns the warnings.
    ///
    /// # Errors
    ///
    /// The first rule the request breaks, if the policy is to enforce the rules.
    pub fn check(&self, request: &ImageRequest, stream: bool) -> Result<Vec<Problem>> {
        let policy = request.validation.unwrap_or(self.inner.validation);
        if policy == ValidationPolicy::Off {
            return Ok(Vec::new());
        }
        let context = CheckContext::new(self.inner.provider, stream);
        let problems = self.inner.table.check(request, &context);
        let warnings = match policy {
            ValidationPolicy::Enforce => check::enforce(problems)?,
            _ => problems,
        };
        for warning in &warnings {
            tracing::warn!(
                model = warning.model,
                parameter = warning.parameter,
                rule = warning.rule,
                "imagegen check"
            );
        }
        Ok(warnings)
    }

    /// What [`generate`](Self::generate) would send, as `{"method", "url", "headers", "body"}`
    /// with the key redacted. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If the request breaks a rule, or an image that goes in cannot be read.
    pub async fn preview(&self, request: impl Into<ImageRequest>, stream: bool) -> Result<Value> {
        let request = request.into();
        self.check(&request, stream)?;
        let body = self.body(&request, stream).await?;
        Ok(self.call(stream, Instant::now()).preview(&body))
    }

    /// The table that requests are checked against.
    pub fn models(&self) -> &ModelTable {
        &self.inner.table
    }

    /// Who is at the other end.
    pub fn provider(&self) -> Provider {
        self.inner.provider
    }

    /// The root of the API that calls go to, up to and including its version.
    pub fn base_url(&self) -> &str {
        self.inner.base.url().as_str()
    }

    /// The HTTP client that calls go through; the key is not part of it.
    pub fn http_client(&self) -> &reqwest::Client {
        &self.inner.http
    }

    async fn body(&self, request: &ImageRequest, stream: bool) -> Result<Body> {
        let policy = request.validation.unwrap_or(self.inner.validation);
        let references = reference::load(request, &self.inner.table, policy).await?;
        Ok(Body::new(request, references, stream))
    }

    fn limits(&self, call: &Call) -> ReadLimits {
        ReadLimits {
            max_answer: self.inner.max_answer,
            max_image: self.inner.max_image,
            idle: self.inner.timeouts.idle,
            deadline: call.deadline,
        }
    }

    /// A response with nothing in it yet.
    fn frame(
        &self,
        opened: &Opened,
        client_request_id: String,
        started: Instant,
        warnings: Vec<Problem>,
        prompt: &str,
    ) -> ImageResponse {
        ImageResponse {
            images: Vec::new(),
            failures: Vec::new(),
            completion: Completion::default(),
            meta: ResponseMeta {
                request_id: meta::request_id(&opened.headers),
                client_request_id: Some(client_request_id),
                rate_limits: meta::rate_limits(&opened.headers),
                elapsed: started.elapsed(),
            },
            warnings,
            stem: names::stem(prompt),
            downloader: self.inner.downloader.clone(),
        }
    }

    fn call(&self, stream: bool, started: Instant) -> Call {
        let inner = &self.inner;
        Call {
            http: inner.http.clone(),
            base: Arc::clone(&inner.base),
            headers: inner.headers.clone(),
            client_request_id: names::request_id(),
            accept: if stream {
                "text/event-stream, application/json"
            } else {
                "application/json"
            },
            deadline: inner.timeouts.total.map(|total| started + total),
            first_byte: inner.timeouts.first_byte,
        }
    }
}

impl Inner {
    /// The headers every call carries.
    pub(crate) fn headers(key: &ApiKey, mut extra: HeaderMap) -> Result<HeaderMap, ConfigError> {
        extra.insert(AUTHORIZATION, key.header()?);
        Ok(extra)
    }
}
