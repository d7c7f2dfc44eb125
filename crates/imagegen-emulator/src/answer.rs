//! A resolved request's answer: one JSON document, or a stream.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::drawing::Drawing;
use crate::faults::{frames, hostile, transport, values};
use crate::images::Call;
use crate::job::{Delivery, Job};
use crate::pieces::Blobs;
use crate::refusal::Refusal;
use crate::server::Fate;
use crate::store::unix;
use crate::stream::{self, Sender, Style};
use crate::{Dialect, Fault, ark, openai};

impl Call {
    /// The links to a job's pictures, where they come by link.
    fn links(&self, job: &Job) -> Vec<String> {
        if job.delivery == Delivery::Inline {
            return Vec::new();
        }
        let fate = match self.fault {
            Some(Fault::EarlyUrl404) => Fate::NotYet,
            Some(Fault::ExpiredUrl) => Fate::Expired,
            _ => Fate::Works,
        };
        job.shots
            .iter()
            .map(|shot| self.shared.link(shot.drawing.clone(), &self.host, fate))
            .collect()
    }

    /// The answer as one JSON document.
    pub(crate) async fn document(&self, job: &Job) -> Response<Body> {
        let pause = self.shared.config.fault_pause;
        if let Some(response) = self.fault.and_then(|fault| hostile::answer(fault, pause)) {
            return response;
        }
        let created = unix(SystemTime::now());
        let mut blobs = Blobs::new(&self.request_id);
        let mut body = match self.fault {
            Some(fault @ (Fault::AsyncTicket | Fault::AsyncTicketObject)) => {
                self.ticket(fault, job, created)
            }
            _ => {
                let items = self.items(job, &mut blobs).await;
                match job.dialect {
                    Dialect::OpenAi => openai::answer(job, created, items),
                    Dialect::Ark => ark::answer(job, created, items),
                }
            }
        };
        if let Some(fault) = self.fault {
            values::edit_answer(fault, &mut body);
        }
        if self.fault == Some(Fault::WhitespaceThenError) {
            body = Refusal::openai(Some("do_request_failed"), None, "upstream error".to_owned())
                .with_kind("upstream_error")
                .body(&self.request_id);
        }
        let fault = match self.fault {
            Some(Fault::WhitespaceThenError) => Some(Fault::WhitespaceFirst),
            fault => fault,
        };
        let pieces = blobs.write(&body);
        transport::document(fault, &self.socket, pause, self.headers(), pieces)
    }

    async fn items(&self, job: &Job, blobs: &mut Blobs) -> Vec<Value> {
        let links = self.links(job);
        let drawn = match job.delivery {
            Delivery::Link => Vec::new(),
            Delivery::Inline => {
                let draw = |drawing: &Drawing| self.shared.studio.base64(drawing.clone());
                join_all(job.shots.iter().map(|shot| draw(&shot.drawing))).await
            }
        };
        let mut drawn = drawn.into_iter();
        job.shots
            .iter()
            .enumerate()
            .map(|(index, shot)| {
                let mut item = Map::new();
                if let Some(link) = links.get(index) {
                    item.insert("url".to_owned(), json!(link));
                } else if let Some(base64) = drawn.next() {
                    let prefix = match self.fault {
                        Some(Fault::DataUri) => format!("data:{};base64,", shot.drawing.mime()),
                        _ => String::new(),
                    };
                    item.insert("b64_json".to_owned(), json!(prefix + &blobs.add(base64)));
                }
                item.extend(shot.item.clone());
                Value::Object(item)
            })
            .collect()
    }

    /// A ticket in place of pictures, which are fetched by polling it.
    fn ticket(&self, fault: Fault, job: &Job, created: u64) -> Value {
        let task_id = format!("task_{}", self.shared.next_id());
        let job = Job {
            delivery: Delivery::Link,
            ..job.clone()
        };
        self.shared
            .store
            .put_ticket(task_id.clone(), self.links(&job));
        let ticket = json!({"task_id": task_id, "status": "submitted"});
        match fault {
            Fault::AsyncTicket => json!({"created": created, "data": [ticket]}),
            _ => json!({"code": 200, "data": ticket}),
        }
    }

    /// The answer as a stream of events.
    pub(crate) fn stream(&self, job: &Job) -> Response<Body> {
        let created = unix(SystemTime::now());
        let mut list = stream::frames(job, created, &self.links(job));
        let mut style = Style::default();
        if let Some(fault) = self.fault {
            frames::edit(fault, job, created, &mut list, &mut style);
        }
        let sender = Sender {
            shared: Arc::clone(&self.shared),
            socket: self.socket.clone(),
            request_id: self.request_id.clone(),
            fault: self.fault,
            style,
        };
        let mut headers = self.headers();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let pause = self.shared.config.fault_pause;
        transport::respond(self.fault, pause, headers, sender.send(list))
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
        headers
    }
}
