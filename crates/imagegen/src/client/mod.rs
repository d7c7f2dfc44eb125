//! The client: one endpoint, one key.

mod builder;
mod headers;
mod options;
mod tls;

pub use builder::ClientBuilder;
pub(crate) use headers::put;
pub(crate) use options::CallOptions;

use std::fmt;
use std::sync::Arc;

use crate::check::{self, CheckContext, InvalidRequest, Problem};
use crate::config_error::ConfigError;
use crate::endpoint::{ApiKey, BaseUrl, Delivery, Provider};
use crate::estimate::Estimate;
use crate::models::ModelTable;
use crate::request::{ImageRequest, ValidationPolicy};
use crate::save::Downloader;

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
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) provider: Provider,
    pub(crate) base: Arc<BaseUrl>,
    pub(crate) validation: ValidationPolicy,
    pub(crate) table: Arc<ModelTable>,
    /// What calls have unless they say otherwise.
    pub(crate) options: Arc<CallOptions>,
    pub(crate) downloader: Downloader,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.inner.provider)
            .field("base_url", &self.inner.base)
            .field("validation", &self.inner.validation)
            .field("models", &self.inner.table.models().len())
            .finish_non_exhaustive()
    }
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

    /// Checks a request that is to come in one piece, as [`generate`](Self::generate) does, and
    /// returns the warnings.
    ///
    /// # Errors
    ///
    /// The first rule the request breaks, if the policy is to enforce the rules.
    pub fn check(&self, request: &ImageRequest) -> Result<Vec<Problem>, InvalidRequest> {
        self.check_for(request, Delivery::Whole)
    }

    /// Checks a request as [`check`](Self::check) does, for a way its answer is to come.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_for(
        &self,
        request: &ImageRequest,
        delivery: Delivery,
    ) -> Result<Vec<Problem>, InvalidRequest> {
        check::check_shape(request)?;
        let policy = self.policy(request);
        if policy == ValidationPolicy::Off {
            return Ok(Vec::new());
        }
        let mut context = CheckContext::new(self.inner.provider, delivery);
        context.foreign_host = !self.inner.base.is_of(self.inner.provider);
        let problems = self.inner.table.check(request, &context);
        match policy {
            ValidationPolicy::Enforce => check::enforce(problems),
            _ => Ok(problems),
        }
    }

    /// What happens to a request that breaks a rule.
    pub(crate) fn policy(&self, request: &ImageRequest) -> ValidationPolicy {
        request.validation.unwrap_or(self.inner.validation)
    }

    /// What a request that is to come in one piece will cost at list prices; `None` where the
    /// table has no price for its model.
    pub fn estimate(&self, request: &ImageRequest) -> Option<Estimate> {
        self.inner.table.estimate(request, Delivery::Whole)
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
}
