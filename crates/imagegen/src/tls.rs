//! The HTTP client and its TLS, by feature.

use std::time::Duration;

use reqwest::redirect;

use crate::ConfigError;

/// Builds the HTTP client this crate uses unless it is given one.
///
/// It follows no redirect and repeats no request by itself: a POST that is sent twice is billed
/// twice.
pub(crate) fn http_client(connect_timeout: Duration) -> Result<reqwest::Client, ConfigError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("imagegen/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A small request must not wait for the acknowledgement of the one before.
        .tcp_nodelay(true);
    with_tls(builder)?.build().map_err(|error| {
        ConfigError::new(format!(
            "the HTTP client cannot be set up: {}",
            error.without_url()
        ))
    })
}

/// With ring and nothing else, rustls has no default provider: it is handed one, and the
/// process-wide default stays untouched.
#[cfg(all(
    feature = "rustls-ring",
    not(feature = "rustls"),
    not(feature = "native-tls")
))]
fn with_tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigError> {
    use std::sync::Arc;

    use rustls_platform_verifier::BuilderVerifierExt;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| ConfigError::new(format!("TLS cannot be set up: {error}")))?;
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = if cfg!(feature = "http2") {
        vec![b"h2".to_vec(), b"http/1.1".to_vec()]
    } else {
        vec![b"http/1.1".to_vec()]
    };
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn with_tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigError> {
    // Where both are compiled in, the one this crate was asked for by name is used.
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    let builder = builder.tls_backend_native();
    Ok(builder)
}

#[cfg(not(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
fn with_tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigError> {
    Ok(builder)
}
