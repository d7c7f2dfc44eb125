//! Fetches pictures that came as links.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::header::{ACCEPT_ENCODING, LOCATION};
use reqwest::{Response, StatusCode, Url};

use super::address::leads_inside;
use super::flaw::{Accept, Flaw};
use super::picture::Picture;
use super::place::Place;
use super::sink::Sink;
use crate::endpoint::BaseUrl;

/// Fetches links with the client's own HTTP client, but without its key: a link leads to a
/// storage host, not to the API.
#[derive(Clone)]
pub(crate) struct Downloader {
    http: reqwest::Client,
    limits: FetchLimits,
    /// How long a link may take that is followed after its call.
    total: Option<Duration>,
    /// Where the API itself is; beside a private API, private hosts are no surprise.
    api: Arc<BaseUrl>,
}

impl fmt::Debug for Downloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Downloader")
    }
}

/// The most redirects followed.
const MAX_REDIRECTS: usize = 5;
/// The waits before a link is tried again: fresh ones answer 404 until the storage knows them.
const WAITS: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
];
/// How much of a picture and how long a link may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FetchLimits {
    /// The most bytes of the picture.
    pub(crate) max_image: u64,
    /// The longest pause.
    pub(crate) idle: Option<Duration>,
    /// When it must be over.
    pub(crate) deadline: Option<Instant>,
}

impl FetchLimits {
    /// Until when the next bytes must be there.
    fn until(&self) -> Option<Instant> {
        let idle = self.idle.map(|idle| Instant::now() + idle);
        match (idle, self.deadline) {
            (Some(idle), Some(deadline)) => Some(idle.min(deadline)),
            (one, other) => one.or(other),
        }
    }

    fn is_over(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
    }
}

/// Waits no longer than the limits allow.
async fn within<F: Future>(limits: &FetchLimits, future: F) -> Option<F::Output> {
    match limits.until() {
        Some(until) => tokio::time::timeout_at(until.into(), future).await.ok(),
        None => Some(future.await),
    }
}

/// A link that could not be fetched. The link itself may carry a signature, so it stays out.
#[derive(Debug)]
pub struct DownloadError {
    host: String,
    reason: String,
    source: Option<reqwest::Error>,
}

impl DownloadError {
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
    pub(crate) fn new(
        http: reqwest::Client,
        api: Arc<BaseUrl>,
        limits: FetchLimits,
        total: Option<Duration>,
    ) -> Self {
        Self {
            http,
            limits,
            total,
            api,
        }
    }

    /// The limits of a link that is followed now, after its call.
    fn limits(&self) -> FetchLimits {
        FetchLimits {
            deadline: self.total.map(|total| Instant::now() + total),
            ..self.limits
        }
    }

    /// Fetches a link into memory.
    pub(crate) async fn fetch(&self, link: &str) -> Result<Bytes, DownloadError> {
        match self.fetch_to(link, &Place::Memory).await? {
            Picture::Memory(bytes) => Ok(bytes),
            _ => Err(DownloadError::new("an unknown host", "it is no picture")),
        }
    }

    /// Fetches a link to a place.
    pub(crate) async fn fetch_to(
        &self,
        link: &str,
        place: &Place,
    ) -> Result<Picture, DownloadError> {
        self.fetch_within(link, place, &self.limits()).await
    }

    /// Fetches a link to a place, where a whole picture lies afterwards; it is free to fetch again,
    /// so passing faults are tried again.
    pub(crate) async fn fetch_within(
        &self,
        link: &str,
        place: &Place,
        limits: &FetchLimits,
    ) -> Result<Picture, DownloadError> {
        let url = Url::parse(link).map_err(|error| {
            DownloadError::new("an unknown host", &format!("its link is no URL ({error})"))
        })?;
        let mut waits = WAITS.iter();
        loop {
            let error = match self.attempt(url.clone(), Sink::to(place), limits).await {
                Ok(picture) => return Ok(picture),
                Err((error, Again::No)) => return Err(error),
                Err((error, Again::Yes)) => error,
            };
            match waits.next() {
                Some(wait) if !limits.is_over() => {
                    if within(limits, tokio::time::sleep(*wait)).await.is_none() {
                        return Err(error);
                    }
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        url: Url,
        mut sink: Sink,
        limits: &FetchLimits,
    ) -> Result<Picture, (DownloadError, Again)> {
        let response = self.follow(url, limits).await?;
        let url = response.url().clone();
        let status = response.status();
        if status != StatusCode::OK {
            let again = match status {
                StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS => Again::Yes,
                // Not ready yet, or not all of it.
                status if status.is_success() || status.is_server_error() => Again::Yes,
                _ => Again::No,
            };
            return Err((failure(&url, format!("HTTP {}", status.as_u16())), again));
        }
        let too_large = || {
            let reason = format!("it is larger than {} bytes", limits.max_image);
            (failure(&url, reason), Again::No)
        };
        let length = response.content_length();
        if length.is_some_and(|length| length > limits.max_image) {
            return Err(too_large());
        }
        sink.begin(length);
        let mut body = response.bytes_stream();
        while !sink.has_lost() {
            let chunk = match within(limits, body.next()).await {
                Some(Some(Ok(chunk))) => chunk,
                Some(None) => break,
                Some(Some(Err(error))) => return Err(broken(&url, error)),
                None => {
                    return Err((failure(&url, "it stopped half-way".to_owned()), Again::Yes));
                }
            };
            if sink.len() + chunk.len() as u64 > limits.max_image {
                return Err(too_large());
            }
            sink.write(&chunk).await;
        }
        let is_empty = sink.len() == 0;
        match sink.end(true, Accept::KnownImage).await {
            Picture::Lost(error) => Err((failure(&url, error.with_cause()), Again::No)),
            Picture::Damaged(_, flaw) => {
                let again = match flaw {
                    Flaw::NoImage if !is_empty => Again::No,
                    _ => Again::Yes,
                };
                Err((failure(&url, flaw.to_string()), again))
            }
            picture => Ok(picture),
        }
    }

    /// Follows redirects by hand: no step may leave https, or lead into a private network.
    async fn follow(
        &self,
        mut url: Url,
        limits: &FetchLimits,
    ) -> Result<Response, (DownloadError, Again)> {
        for _ in 0..=MAX_REDIRECTS {
            self.admit(&url).await?;
            // A picture is packed already: nothing is gained by packing it again.
            let request = self
                .http
                .get(url.clone())
                .header(ACCEPT_ENCODING, "identity");
            let response = match within(limits, request.send()).await {
                Some(Ok(response)) => response,
                Some(Err(error)) => return Err(broken(&url, error)),
                None => return Err((failure(&url, "it does not answer".to_owned()), Again::Yes)),
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

impl DownloadError {
    fn new(host: &str, reason: &str) -> Self {
        Self {
            host: host.to_owned(),
            reason: reason.to_owned(),
            source: None,
        }
    }
}

fn failure(url: &Url, reason: String) -> DownloadError {
    DownloadError::new(url.host_str().unwrap_or("an unknown host"), &reason)
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
