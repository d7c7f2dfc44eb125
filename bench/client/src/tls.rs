//! Trust in the bench server's own certificate.

use std::sync::Arc;

use bench_measure::Result;

/// An HTTP client as both measured clients have it; where `CERT` is set, one that trusts it.
pub(crate) fn http_client() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().tcp_nodelay(true).no_proxy();
    let Ok(path) = std::env::var("CERT") else {
        return Ok(builder.tls_backend_preconfigured(config(None)?).build()?);
    };
    let config = config(Some(std::fs::read(path)?))?;
    Ok(builder.tls_backend_preconfigured(config).build()?)
}

fn config(certificate: Option<Vec<u8>>) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(certificate) = certificate {
        roots.add(certificate.into())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(config.with_no_client_auth())
}
