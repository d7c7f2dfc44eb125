//! A request for images under way: what its answer depends on besides its body.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use imagegen::{Date, Operation};

use crate::effects::links;
use crate::job::{Delivery, Job};
use crate::request::intake::Endpoint;
use crate::state::{Entry, Fate, RETIRED, Shared};
use crate::wire::socket::Socket;
use crate::{Dialect, Fault};

/// One request under way.
pub(crate) struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) socket: Socket,
    pub(crate) endpoint: Endpoint,
    pub(crate) operation: Operation,
    pub(crate) request_id: String,
    pub(crate) entry: Entry,
    pub(crate) started: Instant,
    /// The host the request came to, for links.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) client_request_id: Option<HeaderValue>,
    pub(crate) dialect: Dialect,
    /// The last day of the model, if it is past.
    pub(crate) retired: Option<Date>,
    pub(crate) fault: Option<Fault>,
    /// How long until the pace of requests has room for this one, where a fault keeps one.
    pub(crate) wait: Option<Duration>,
}

impl Exchange {
    /// The links to a job's pictures, where they come by link.
    pub(crate) fn links(&self, job: &Job) -> Vec<String> {
        if job.delivery == Delivery::Inline {
            return Vec::new();
        }
        let fate = self.fault.map_or(Fate::Works, links::fate);
        job.shots
            .iter()
            .map(|shot| self.shared.link(shot.drawing.clone(), &self.host, fate))
            .map(|link| links::written(self.fault, link))
            .collect()
    }

    /// The vendor's own headers.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: String| {
            let value = HeaderValue::from_str(&value).expect("our own values are plain text");
            headers.insert(HeaderName::from_static(name), value);
        };
        match self.dialect {
            Dialect::OpenAi => {
                set("x-request-id", format!("req_{}", self.request_id));
                set(
                    "openai-processing-ms",
                    self.started.elapsed().as_millis().to_string(),
                );
                set("openai-version", "2020-10-01".to_owned());
                set("x-ratelimit-limit-requests", "500".to_owned());
                set("x-ratelimit-remaining-requests", "499".to_owned());
                set("x-ratelimit-reset-requests", "120ms".to_owned());
            }
            Dialect::Ark => {
                set("x-request-id", self.request_id.clone());
                let client = self.client_request_id.clone().unwrap_or_else(|| {
                    let made_up = format!("unknown-{}", self.request_id);
                    HeaderValue::from_str(&made_up).expect("an id is plain text")
                });
                headers.insert("x-client-request-id", client);
            }
        }
        if let Some(last_day) = self.retired {
            let value = HeaderValue::from_str(&last_day.to_string());
            headers.insert(RETIRED, value.expect("a date is plain text"));
        }
        headers
    }
}
