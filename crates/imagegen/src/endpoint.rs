//! Who answers, and where.

use std::fmt;

use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::config_error::{ConfigError, ConfigErrorKind};

/// Who is at the other end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// An OpenAI-compatible gateway that serves both families.
    #[default]
    Gateway,
    /// OpenAI itself.
    OpenAi,
    /// Volcengine Ark itself.
    Ark,
}

impl Provider {
    /// The provider's own base URL; a gateway has none.
    pub const fn base_url(self) -> Option<&'static str> {
        match self {
            Self::Gateway => None,
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::Ark => Some("https://ark.cn-beijing.volces.com/api/v3"),
        }
    }

    /// The path appended to a base URL that names only a host.
    const fn version_path(self) -> &'static str {
        match self {
            Self::Gateway | Self::OpenAi => "/v1",
            Self::Ark => "/api/v3",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "gateway",
            Self::OpenAi => "openai",
            Self::Ark => "ark",
        })
    }
}

/// The root of an API, up to and including its version: `https://host/v1`.
pub(crate) struct BaseUrl {
    root: Url,
    /// The URLs of the operations that make pictures: parsing one costs as much as checking a
    /// request, so it is not done at every call.
    operations: [(&'static str, Url); 2],
}

impl BaseUrl {
    /// Reads a base URL with or without a trailing slash, with or without the version.
    ///
    /// A last path segment such as `v1` or `v3` is the version; without one the provider's own
    /// is appended.
    pub(crate) fn parse(text: &str, provider: Provider) -> Result<Self, ConfigError> {
        let invalid = |why: &str| {
            ConfigError::new(
                ConfigErrorKind::BaseUrl,
                format!("the base URL is not valid: {why}"),
            )
        };
        let mut url = Url::parse(text.trim())
            .map_err(|_| invalid("it is not like https://gateway.example/v1"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("it begins with neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "it carries a user name or password; the key goes apart from it",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("it carries a query or a fragment"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        let last = path.rsplit('/').next().unwrap_or_default();
        let is_version = last
            .strip_prefix('v')
            .is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()));
        let path = if is_version {
            path
        } else {
            path + provider.version_path()
        };
        url.set_path(&path);
        let operation = |suffix| (suffix, joined(&url, suffix));
        let operations = [operation("/images/generations"), operation("/images/edits")];
        Ok(Self {
            root: url,
            operations,
        })
    }

    /// Whether it is on the provider's own host or one of its regions.
    pub(crate) fn is_of(&self, provider: Provider) -> bool {
        let host = self.root.host_str().unwrap_or_default();
        let own = match provider {
            Provider::Gateway => return true,
            Provider::OpenAi => "api.openai.com",
            Provider::Ark => "volces.com",
        };
        host.strip_suffix(own)
            .is_some_and(|region| region.is_empty() || region.ends_with('.'))
    }

    pub(crate) fn url(&self) -> &Url {
        &self.root
    }

    /// The URL of an operation whose path in the OpenAPI document is `/v1` + `suffix`.
    pub(crate) fn join(&self, suffix: &str) -> Url {
        match self.operations.iter().find(|(known, _)| *known == suffix) {
            Some((_, url)) => url.clone(),
            None => joined(&self.root, suffix),
        }
    }
}

fn joined(root: &Url, suffix: &str) -> Url {
    let mut url = root.clone();
    url.set_path(&format!("{}{suffix}", root.path()));
    url
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The endpoint's operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// `POST /v1/images/generations`.
    #[default]
    Generate,
    /// `POST /v1/images/edits`.
    Edit,
}

/// How an answer is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// In one piece, once every picture is there.
    #[default]
    Whole,
    /// As a stream of events: previews, and each picture when it is there.
    Stream,
}

impl Operation {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub(crate) fn is_generate(&self) -> bool {
        *self == Self::Generate
    }
}

/// A bearer key. It prints as `ApiKey(..)` wherever it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key; white space around it, as a file's last line break, is dropped.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into().trim().to_owned())
    }

    /// The `Authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> Result<HeaderValue, ConfigError> {
        if self.0.is_empty() {
            return Err(ConfigError::new(
                ConfigErrorKind::ApiKey,
                "the API key is empty".to_owned(),
            ));
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.0)).map_err(|_| {
            ConfigError::new(
                ConfigErrorKind::ApiKey,
                "the API key has a character that no header can carry".to_owned(),
            )
        })?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

impl From<String> for ApiKey {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}

impl From<&str> for ApiKey {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_of_a_base_url_works() {
        for (text, provider, url) in [
            (
                "https://gw.example",
                Provider::Gateway,
                "https://gw.example/v1/images/generations",
            ),
            (
                "https://gw.example/",
                Provider::Gateway,
                "https://gw.example/v1/images/generations",
            ),
            (
                "https://gw.example/v1",
                Provider::Gateway,
                "https://gw.example/v1/images/generations",
            ),
            (
                "https://gw.example/v1/",
                Provider::Gateway,
                "https://gw.example/v1/images/generations",
            ),
            (
                " https://gw.example/openai ",
                Provider::Gateway,
                "https://gw.example/openai/v1/images/generations",
            ),
            (
                "http://127.0.0.1:8080/v1",
                Provider::OpenAi,
                "http://127.0.0.1:8080/v1/images/generations",
            ),
            (
                "https://ark.example",
                Provider::Ark,
                "https://ark.example/api/v3/images/generations",
            ),
            (
                "https://ark.example/api/v3",
                Provider::Ark,
                "https://ark.example/api/v3/images/generations",
            ),
            (
                "https://ark.example/api/plan/v3/",
                Provider::Ark,
                "https://ark.example/api/plan/v3/images/generations",
            ),
            (
                "https://ark.example/api/v3",
                Provider::Gateway,
                "https://ark.example/api/v3/images/generations",
            ),
        ] {
            let base = BaseUrl::parse(text, provider).unwrap();
            assert_eq!(base.join("/images/generations").as_str(), url, "{text}");
            let models = url.replace("images/generations", "models");
            assert_eq!(base.join("/models").as_str(), models, "{text}");
        }
    }

    #[test]
    fn a_base_url_that_cannot_work_is_refused() {
        for text in [
            "",
            "gateway.example/v1",
            "ftp://gw.example",
            "https://user:pw@gw.example/v1",
            "https://gw.example/v1?x=1",
            "http://",
        ] {
            let error = BaseUrl::parse(text, Provider::Gateway)
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("the base URL is not valid: ") && !error.contains("pw"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_never_prints() {
        let key = ApiKey::from("sk-example-key\n");
        assert_eq!(format!("{key:?}"), "ApiKey(..)");
        let header = key.header().unwrap();
        assert_eq!(header.as_bytes(), b"Bearer sk-example-key");
        assert_eq!(format!("{header:?}"), "Sensitive");
    }

    #[test]
    fn a_key_that_no_header_carries_is_refused_without_showing_it() {
        for key in ["", "sk-\u{7}bell", "sk-钥匙\n2"] {
            if let Err(error) = ApiKey::from(key).header() {
                assert!(!error.to_string().contains("sk-"), "{error}");
            }
        }
        assert!(ApiKey::from("").header().is_err());
        assert!(ApiKey::from("a\u{7}b").header().is_err());
    }
}
