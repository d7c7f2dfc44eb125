//! A job's answer as one JSON document.

use std::time::SystemTime;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use crate::drawing::Drawing;
use crate::effects::{hostile, places, texts, transport, values};
use crate::job::{Delivery, Job};
use crate::refusal::Refusal;
use crate::state::unix;
use crate::vendor::{ark, openai};
use crate::wire::pieces::Blobs;
use crate::{Dialect, Fault};

impl Exchange {
    /// The answer as one JSON document.
    pub(crate) async fn document(&self, job: &Job) -> Response<Body> {
        let pause = self.shared.config.fault_pause;
        if let Some(response) = self.fault.and_then(|fault| hostile::answer(fault, pause)) {
            return response;
        }
        if self.fault == Some(Fault::RawPicture)
            && let Some(shot) = job.shots.first()
        {
            return self.raw_picture(&shot.drawing).await;
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
            let mime = job.shots.first().map_or("", |shot| shot.drawing.mime());
            places::edit_answer(fault, mime, &mut body);
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
        let mut pieces = blobs.write(&body);
        if let Some(fault) = fault {
            pieces = texts::edit_document(fault, pieces);
        }
        transport::document(fault, &self.socket, pause, self.headers(), pieces).await
    }

    /// A picture as the whole body.
    async fn raw_picture(&self, drawing: &Drawing) -> Response<Body> {
        let file = self.shared.studio.file(drawing.clone()).await;
        let mut response = Response::new(Body::from(file));
        *response.headers_mut() = self.headers();
        let mime = HeaderValue::from_static(drawing.mime());
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
        response
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
                    item.insert(
                        "b64_json".to_owned(),
                        json!(prefix + &blobs.add(texts::edit_base64(self.fault, base64))),
                    );
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
}
