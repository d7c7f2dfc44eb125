//! What is wrong with the configuration of a client.

use std::fmt;

/// A client, or a call, that cannot be made as configured. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    message: String,
}

/// What a [`ConfigError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// The base URL is missing or not usable.
    BaseUrl,
    /// The API key is missing or no header can carry it.
    ApiKey,
    /// A header of the caller's own is not valid, or would be dropped.
    Header,
    /// TLS is not compiled in, or cannot be set up.
    Tls,
    /// The HTTP client cannot be set up, or cannot build the request.
    Http,
}

impl ConfigError {
    pub(crate) fn new(kind: ConfigErrorKind, message: String) -> Self {
        Self { kind, message }
    }

    /// What it is about.
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}
