//! The client: one endpoint, one key.

mod builder;
mod options;
mod tls;

pub use builder::ClientBuilder;
pub use options::CallOptions;
pub(crate) use options::{RetryPolicy, Timeouts};

use std::sync::Arc;
use std::time::Instant;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::Value;
use tokio::io::AsyncWrite;

use crate::call::{ImageStream, references};
use crate::check;
use crate::check::{CheckContext, Problem};
use crate::config_error::ConfigError;
use crate::endpoint::{ApiKey, BaseUrl, Provider};
use crate::error::Result;
use crate::models::ModelTable;
use crate::request::{ImageRequest, ValidationPolicy};
use crate::response::ImageResponse;
use crate::save::{Downloader, Place, Target, Writers};
use crate::wire::{Body, References};

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
    pub(crate) options: Arc<CallOptions>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) provider: Provider,
    pub(crate) base: Arc<BaseUrl>,
    /// The key, marked sensitive, and the caller's own headers.
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) validation: ValidationPolicy,
    pub(crate) table: Arc<ModelTable>,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_answer: u64,
    pub(crate) max_image: u64,
    pub(crate) downloader: Downloader,
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
    /// The request is checked against its model's row first. It is sent again only where the
    /// attempt before surely was not accepted: see [`ClientBuilder::max_retries`].
    ///
    /// # Errors
    ///
    /// If the request breaks a rule (nothing was sent), if the server refuses it, or if its
    /// answer is missing or unreadable; [`Error`](crate::Error) tells these apart. Pictures that fail beside
    /// others are no error: they are in [`ImageResponse::failures`].
    pub async fn generate(&self, request: impl Into<ImageRequest>) -> Result<ImageResponse> {
        self.gather(request.into(), Place::Memory).await
    }

    /// Asks for pictures and writes them to a [`Target`], such as the path of a folder, while they
    /// arrive: in constant memory however large they are. Pictures that come as links are
    /// fetched; a link that cannot be followed stays one.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and if no picture can be kept anywhere. One that cannot,
    /// beside others that can, is in [`ImageResponse::failures`], with the code `not_saved`.
    pub async fn generate_to(
        &self,
        request: impl Into<ImageRequest>,
        target: impl Into<Target>,
    ) -> Result<ImageResponse> {
        self.gather(request.into(), Place::Files(target.into()))
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
        let answering = self
            .open(Box::new(request.into()), true, Place::Memory)
            .await?;
        Ok(ImageStream::new(answering))
    }

    /// Asks for pictures as a stream and writes them to a [`Target`] while they arrive.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream). A picture that can be kept nowhere is an
    /// [`ImageEvent::Failed`](crate::ImageEvent::Failed) with the code `not_saved`; if all are, the
    /// stream ends with the error of the first.
    pub async fn stream_to(
        &self,
        request: impl Into<ImageRequest>,
        target: impl Into<Target>,
    ) -> Result<ImageStream> {
        let place = Place::Files(target.into());
        let answering = self.open(Box::new(request.into()), true, place).await?;
        Ok(ImageStream::new(answering))
    }

    /// Asks for pictures and writes each to a writer of your own while it arrives: in constant
    /// memory however large it is.
    ///
    /// `open` is called when a picture begins, with its number: 0, 1 and so on, in the order in
    /// which they arrive; [`ImageData::Written`](crate::ImageData::Written) says which writer has
    /// which picture. A writer that has been shut down has the whole picture; one that is dropped
    /// before that has a damaged one, or the beginning of one that broke off. A picture that comes
    /// as a link is fetched; where that breaks off, it begins anew with another writer.
    ///
    /// ```no_run
    /// use imagegen::{Client, GptImage, GptImageModel};
    /// use tokio::net::TcpStream;
    ///
    /// # async fn example(client: Client, upload: TcpStream) -> imagegen::Result<()> {
    /// let request = GptImage::new(GptImageModel::GptImage2, "a red fox in snow");
    /// let mut upload = Some(upload);
    /// let response = client
    ///     .generate_into(request, move |_| upload.take().expect("one picture was asked for"))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and if every writer fails. A picture whose writer fails,
    /// beside others, is in [`ImageResponse::failures`], with the code `not_saved`.
    pub async fn generate_into<W>(
        &self,
        request: impl Into<ImageRequest>,
        open: impl FnMut(u32) -> W + Send + 'static,
    ) -> Result<ImageResponse>
    where
        W: AsyncWrite + Send + 'static,
    {
        self.gather(request.into(), Place::Writers(Writers::new(open)))
            .await
    }

    /// Asks for pictures as a stream and writes each, previews among them, to a writer of your
    /// own, as [`generate_into`](Self::generate_into) does.
    ///
    /// # Errors
    ///
    /// As [`stream_to`](Self::stream_to).
    pub async fn stream_into<W>(
        &self,
        request: impl Into<ImageRequest>,
        open: impl FnMut(u32) -> W + Send + 'static,
    ) -> Result<ImageStream>
    where
        W: AsyncWrite + Send + 'static,
    {
        let place = Place::Writers(Writers::new(open));
        let answering = self.open(Box::new(request.into()), true, place).await?;
        Ok(ImageStream::new(answering))
    }

    /// A copy of this client whose calls differ by these options; it shares the connections.
    pub fn with(&self, options: CallOptions) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            options: Arc::new(options),
        }
    }

    /// Asks which models the server serves, by their ids.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, refuses the key, or has no such list.
    pub async fn list_models(&self) -> Result<Vec<String>> {
        let call = Arc::new(self.call(false, Instant::now(), Vec::new()));
        match call.list_models().await? {
            Ok(models) => Ok(models),
            Err(opened) => Err(Box::pin(self.refusal(opened, &call)).await),
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
        match policy {
            ValidationPolicy::Enforce => Ok(check::enforce(problems)?),
            _ => Ok(problems),
        }
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
        let (references, _) = self.references(&request).await?;
        let body = Body::new(request, references, stream);
        let call = self.call(stream, Instant::now(), Vec::new());
        Ok(call.preview(&body))
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

    /// Asks for pictures and waits until all are at a place.
    pub(crate) async fn gather(
        &self,
        request: ImageRequest,
        place: Place,
    ) -> Result<ImageResponse> {
        let answering = self.open(Box::new(request), false, place).await?;
        Ok(*answering.finish().await?)
    }

    /// The images that go in, and the warnings about them.
    pub(crate) async fn references(
        &self,
        request: &ImageRequest,
    ) -> Result<(References, Vec<Problem>)> {
        let policy = request.validation.unwrap_or(self.inner.validation);
        references::load(request, &self.inner.table, policy).await
    }
}

impl Inner {
    /// The headers every call carries.
    pub(crate) fn headers(
        key: &ApiKey,
        mut extra: HeaderMap,
    ) -> Result<Arc<HeaderMap>, ConfigError> {
        extra.insert(AUTHORIZATION, key.header()?);
        Ok(Arc::new(extra))
    }
}
