//! The configuration of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::{CallOptions, Client, Inner, headers, tls};
use crate::config_error::{ConfigError, ConfigErrorKind};
use crate::endpoint::{ApiKey, BaseUrl, Provider};
use crate::models::ModelTable;
use crate::request::ValidationPolicy;
use crate::save::{Downloader, FetchLimits};

/// Assembles a [`Client`].
#[must_use = "a builder makes no client until `build`"]
pub struct ClientBuilder {
    provider: Provider,
    base_url: Option<String>,
    api_key: Option<ApiKey>,
    headers: Result<HeaderMap, ConfigError>,
    validation: ValidationPolicy,
    table: Option<ModelTable>,
    connect_timeout: Duration,
    options: CallOptions,
    http: Option<reqwest::Client>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            provider: Provider::Gateway,
            base_url: None,
            api_key: None,
            headers: Ok(HeaderMap::new()),
            validation: ValidationPolicy::Enforce,
            table: None,
            connect_timeout: Duration::from_secs(15),
            options: CallOptions::default(),
            http: None,
        }
    }
}

impl ClientBuilder {
    /// Sets who is at the other end; a gateway when left out.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// Sets the base URL, with or without the version (`/v1`, `/api/v3`) and a last slash; the
    /// provider's own when left out.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets the bearer key.
    pub fn api_key(mut self, api_key: impl Into<ApiKey>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets a header of every call, such as `OpenAI-Project`; it does not go to download hosts.
    ///
    /// One that is no header is told by [`build`](Self::build). A value is never printed where
    /// the name looks like a secret's.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        if let Ok(headers) = &mut self.headers
            && let Err(error) = headers::put(headers, name, value)
        {
            self.headers = Err(error);
        }
        self
    }

    /// Sets what happens to a request that breaks a rule; it is refused when left out.
    pub fn validation(mut self, policy: ValidationPolicy) -> Self {
        self.validation = policy;
        self
    }

    /// Checks requests against this table instead of the built-in one.
    pub fn model_table(mut self, table: ModelTable) -> Self {
        self.table = Some(table);
        self
    }

    /// Limits the time to connect; 15 s when left out. Without effect on an
    /// [`http_client`](Self::http_client) of your own.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time from sending to the head of the answer; only the total limit when left
    /// out. Gateways stay silent until the picture is done.
    pub fn first_byte_timeout(mut self, limit: Duration) -> Self {
        self.options.first_byte = Some(limit);
        self
    }

    /// Limits the pauses within an answer; 300 s when left out.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.options.idle = Some(limit);
        self
    }

    /// Limits the whole call; 600 s when left out.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.total = Some(limit);
        self
    }

    /// Sets how often a call is made again; 2 when left out.
    ///
    /// Only a call that surely was not accepted is made again: no connection came about, or the
    /// server refused it with 429 (except where money is used up), with 503, or with
    /// `x-should-retry: true`. What the server asks to wait is waited, up to a minute; otherwise
    /// the waits are random, up to 0.5 s, 1 s, 2 s and so on to 8 s.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.options.max_retries = retries;
        self
    }

    /// Makes calls of unknown outcome again as well: after a timeout, a broken connection, a 5xx.
    ///
    /// Each of them may have been carried out, so this can pay for one picture several times.
    pub fn retry_and_risk_paying_twice(mut self) -> Self {
        self.options.may_bill_twice = true;
        self
    }

    /// Limits one decoded picture, in bytes; 256 MiB when left out.
    pub fn max_image(mut self, bytes: u64) -> Self {
        self.options.max_image = bytes;
        self
    }

    /// Limits a whole answer, in bytes as they come over the wire; 2 GiB when left out.
    pub fn max_answer(mut self, bytes: u64) -> Self {
        self.options.max_answer = bytes;
        self
    }

    /// Uses this HTTP client: your proxy, your TLS, your connection pool.
    ///
    /// Retries and redirects it may be set to never apply to a request for images, which could be
    /// paid twice: its body goes out once.
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// If the base URL or the key is missing or unusable, a header is none or would be dropped, or
    /// TLS is missing or cannot be set up.
    pub fn build(self) -> Result<Client, ConfigError> {
        let base_url = self.base_url.as_deref().or(self.provider.base_url());
        let base_url = base_url.ok_or_else(|| {
            let message = "a gateway has no base URL of its own: set base_url".to_owned();
            ConfigError::new(ConfigErrorKind::BaseUrl, message)
        })?;
        let base = Arc::new(BaseUrl::parse(base_url, self.provider)?);
        let mut headers = self.headers?;
        match self.api_key {
            Some(_) if headers.contains_key(AUTHORIZATION) => {
                let message = "the header authorization would be dropped, as the API key goes \
                               there: set one of them";
                return Err(ConfigError::new(
                    ConfigErrorKind::Header,
                    message.to_owned(),
                ));
            }
            Some(key) => {
                headers.insert(AUTHORIZATION, key.header()?);
            }
            None if headers.contains_key(AUTHORIZATION) => {}
            None => {
                let message = "the API key is missing: set api_key".to_owned();
                return Err(ConfigError::new(ConfigErrorKind::ApiKey, message));
            }
        }
        let http = match self.http {
            Some(http) => http,
            None => {
                tls::admit(base.url())?;
                tls::http_client(self.connect_timeout, base.url())?
            }
        };
        Ok(Client {
            inner: Arc::new(Inner {
                downloader: Downloader::new(
                    http.clone(),
                    Arc::clone(&base),
                    FetchLimits {
                        max_image: self.options.max_image,
                        idle: self.options.idle,
                        deadline: None,
                    },
                    self.options.total,
                ),
                http,
                provider: self.provider,
                base,
                validation: self.validation,
                table: match self.table {
                    Some(table) => Arc::new(table),
                    None => Arc::clone(ModelTable::shared()),
                },
                options: Arc::new(CallOptions {
                    headers: Arc::new(headers),
                    ..self.options
                }),
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("provider", &self.provider)
            .field("base_url", &self.base_url)
            .field("api_key", &self.api_key)
            .field("validation", &self.validation)
            .finish_non_exhaustive()
    }
}
