//! Fetches pictures that came as links.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};

use super::picture::Picture;
use super::place::Place;
use super::sink::Sink;
use crate::endpoint::BaseUrl;

/// Fetches links with the client's own HTTP client, but without its key: a link leads to a
/// storage host, not to the API.
#[derive(Clone)]
pub(crate) struct Downloader {
    http: reqwest::Client,
    /// Where the API itself is; beside a private API, private hosts are no surprise.
    api: Arc<BaseUrl>,
}

impl fmt::Debug for Downloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Downloader")
    }
}

/// The most bytes of one picture.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// The most redirects followed.
const MAX_REDIRECTS: usize = 5;
/// The waits before a link is tried again: fresh ones answer 404 until the storage knows them.
const WAITS: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
];
/// How long one attempt may pause.
const IDLE: Duration = Duration::from_secs(60);

/// A link that could not be fetched. The link itself may carry a signature, so it stays out.
#[derive(Debug)]
pub struct DownloadError {
    host: String,
    reason: String,
    source: Option<reqwest::Error>,
}

impl DownloadError {
    /// The call was over before the link was followed.
    pub(crate) fn late(link: &str) -> Self {
        let url = Url::parse(link).ok();
        Self {
            host: url
                .as_ref()
                .and_then(Url::host_str)
                .unwrap_or("an unknown host")
                .to_owned(),
            reason: "the time of the call was up".to_owned(),
            source: None,
        }
    }

    /// The host of the link.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot download the picture from {}: {}",
            self.host, self.reason
        )
    }
}

impl std::error::Error for DownloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl Downloader {
    pub(crate) fn new(http: reqwest::Client, api: Arc<BaseUrl>) -> Self {
        Self { http, api }
    }

    /// Fetches a link into memory.
    pub(crate) async fn fetch(&self, link: &str) -> Result<Bytes, DownloadError> {
        match self.fetch_to(link, &Place::Memory).await? {
            Picture::Memory(bytes) | Picture::Damaged(bytes) => Ok(bytes),
            Picture::File(_) | Picture::Written(_) | Picture::Lost(_) => {
                unreachable!("a memory sink makes no file")
            }
        }
    }

    /// Fetches a link to a place; it is free to fetch again, so passing faults are tried again.
    pub(crate) async fn fetch_to(
        &self,
        link: &str,
        place: &Place,
    ) -> Result<Picture, DownloadError> {
        let url = Url::parse(link).map_err(|error| DownloadError {
            host: "an unknown host".to_owned(),
            reason: format!("its link is no URL ({error})"),
            source: None,
        })?;
        let mut waits = WAITS.iter();
        loop {
            match self.attempt(url.clone(), Sink::to(place)).await {
                Ok(picture) => return Ok(picture),
                Err((error, Again::No)) => return Err(error),
                Err((error, Again::Yes)) => match waits.next() {
                    Some(wait) => tokio::time::sleep(*wait).await,
                    None => return Err(error),
                },
            }
        }
    }

    async fn attempt(&self, url: Url, mut sink: Sink) -> Result<Picture, (DownloadError, Again)> {
        let response = self.follow(url).await?;
        let url = response.url().clone();
        let status = response.status();
        if !status.is_success() {
            let again = match status {
                StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS => Again::Yes,
                status if status.is_server_error() => Again::Yes,
                _ => Again::No,
            };
            return Err((failure(&url, format!("HTTP {}", status.as_u16())), again));
        }
        let too_large = || {
            (
                failure(&url, format!("it is larger than {MAX_BYTES} bytes")),
                Again::No,
            )
        };
        let length = response.content_length();
        if length.is_some_and(|length| length > MAX_BYTES) {
            return Err(too_large());
        }
        sink.begin(length);
        let mut body = response.bytes_stream();
        while !sink.has_lost() {
            let chunk = match tokio::time::timeout(IDLE, body.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                Ok(Some(Err(error))) => return Err(broken(&url, error)),
                Err(_) => {
                    return Err((failure(&url, "it stopped half-way".to_owned()), Again::Yes));
                }
            };
            if sink.len() + chunk.len() as u64 > MAX_BYTES {
                return Err(too_large());
            }
            sink.write(&chunk).await;
        }
        match sink.end(true).await {
            Picture::Lost(error) => Err((failure(&url, error.with_cause()), Again::No)),
            picture => Ok(picture),
        }
    }

    /// Follows redirects by hand: no step may leave https, or lead into a private network.
    async fn follow(&self, mut url: Url) -> Result<Response, (DownloadError, Again)> {
        for _ in 0..=MAX_REDIRECTS {
            self.admit(&url).await?;
            let sent = tokio::time::timeout(IDLE, self.http.get(url.clone()).send());
            let response = match sent.await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return Err(broken(&url, error)),
                Err(_) => return Err((failure(&url, "it does not answer".to_owned()), Again::Yes)),
            };
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = response
                .headers()
                .get(LOCATION)
                .and_then(|location| location.to_str().ok())
                .and_then(|location| url.join(location).ok())
                .ok_or_else(|| (failure(&url, "it redirects nowhere".to_owned()), Again::No))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err((
                    failure(&url, "it redirects away from https".to_owned()),
                    Again::No,
                ));
            }
            url = next;
        }
        Err((
            failure(
                &url,
                format!("it redirects more than {MAX_REDIRECTS} times"),
            ),
            Again::No,
        ))
    }

    async fn admit(&self, url: &Url) -> Result<(), (DownloadError, Again)> {
        let refuse = |reason: &str| Err((failure(url, reason.to_owned()), Again::No));
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("its link is neither https nor http");
        }
        if leads_inside(url).await && !leads_inside(self.api.url()).await {
            return refuse("its link leads into a private network, where the API is not");
        }
        Ok(())
    }
}

/// Whether an attempt may be repeated.
enum Again {
    Yes,
    No,
}

fn failure(url: &Url, reason: String) -> DownloadError {
    DownloadError {
        host: url.host_str().unwrap_or("an unknown host").to_owned(),
        reason,
        source: None,
    }
}

fn broken(url: &Url, error: reqwest::Error) -> (DownloadError, Again) {
    let reason = if error.is_connect() {
        "cannot connect"
    } else {
        "the connection broke"
    };
    let error = DownloadError {
        source: Some(error.without_url()),
        ..failure(url, reason.to_owned())
    };
    (error, Again::Yes)
}

/// Whether a URL's host is, or resolves to, an address that is not public.
async fn leads_inside(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_matches(['[', ']']);
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_inside(address);
    }
    // A name that does not resolve here may still do so at a proxy; then its answer decides.
    match tokio::net::lookup_host((host, 443)).await {
        Ok(mut addresses) => addresses.any(|address| is_inside(address.ip())),
        Err(_) => false,
    }
}

fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1])
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_inside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "100.128.0.1", "2606:4700::1111"] {
            assert!(!is_inside(outside.parse().unwrap()), "{outside}");
        }
    }
}
