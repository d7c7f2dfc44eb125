//! The HTTP client and its TLS, by feature.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Url, redirect};

use crate::config_error::{ConfigError, ConfigErrorKind};

/// Builds the HTTP client this crate uses unless it is given one.
///
/// It follows no redirect and repeats no request by itself: a POST that is sent twice is billed
/// twice.
pub(super) fn http_client(
    connect_timeout: Duration,
    base: &Url,
) -> Result<reqwest::Client, ConfigError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("imagegen/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A paid answer is not lost to a header that others forgive.
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        // A small request must not wait for the acknowledgement of the one before.
        .tcp_nodelay(true);
    // This machine itself is never asked for through a proxy.
    let builder = match is_loopback(base) {
        true => builder.no_proxy(),
        false => builder,
    };
    with_tls(builder)?.build().map_err(|error| {
        ConfigError::new(
            ConfigErrorKind::Http,
            format!("the HTTP client cannot be set up: {}", error.without_url()),
        )
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Refuses a URL that needs TLS where none is compiled in.
pub(super) fn admit(url: &Url) -> Result<(), ConfigError> {
    let has_tls = cfg!(any(
        feature = "rustls",
        feature = "rustls-ring",
        feature = "native-tls"
    ));
    if url.scheme() == "https" && !has_tls {
        let message = "an https URL needs TLS, and none is compiled in: enable one of the features \
                       rustls, rustls-ring and native-tls";
        return Err(ConfigError::new(ConfigErrorKind::Tls, message.to_owned()));
    }
    Ok(())
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
        .map_err(|error| {
            ConfigError::new(
                ConfigErrorKind::Tls,
                format!("TLS cannot be set up: {error}"),
            )
        })?;
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use super::*;
    use crate::Client;
    use crate::Error;
    use crate::GptImage;
    use crate::GptImageModel;

    #[tokio::test]
    async fn a_client_that_follows_redirects_sends_no_request_twice() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                let count = stream.read(&mut request).unwrap();
                seen.send(request[..count].to_vec()).unwrap();
                stream
                    .write_all(
                        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /v1/elsewhere\r\n\
                          content-length: 0\r\nconnection: close\r\n\r\n",
                    )
                    .unwrap();
            }
        });
        let builder = reqwest::Client::builder().redirect(redirect::Policy::limited(5));
        let http = with_tls(builder).unwrap().build().unwrap();
        let client = Client::builder()
            .base_url(base_url)
            .api_key("sk-test")
            .http_client(http)
            .build()
            .unwrap();
        let request = GptImage::new(GptImageModel::GptImage2, "a red fox");
        let error = client.generate(request).await.unwrap_err();
        assert!(
            matches!(&error, Error::Api(error) if error.status() == 307),
            "{error}"
        );
        let requests: Vec<_> = requests.try_iter().collect();
        assert_eq!(requests.len(), 1);
        // It is whole all the same, and says how long it is.
        let request = String::from_utf8_lossy(&requests[0]);
        assert!(request.contains("content-length: 44\r\n"), "{request}");
        assert!(request.ends_with(r#"{"model":"gpt-image-2","prompt":"a red fox"}"#));
    }
}
