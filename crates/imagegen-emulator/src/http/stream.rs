//! A job's answer as server-sent events, one at a time as their pictures are drawn.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use serde_json::json;

use super::exchange::Exchange;
use crate::Fault;
use crate::drawing::Drawing;
use crate::effects::transport::{self, Wire};
use crate::effects::{self, places, texts, values};
use crate::job::Job;
use crate::state::{Shared, unix};
use crate::vendor::events::{self, Event, Frame, Style};
use crate::wire::pieces::{self, Blobs};
use crate::wire::socket::Socket;

impl Exchange {
    /// The answer as a stream of events.
    pub(crate) fn stream(&self, job: &Job) -> Response<Body> {
        let created = unix(SystemTime::now());
        let mut list = events::frames(job, created, &self.links(job));
        let mut style = Style::default();
        if let Some(fault) = self.fault {
            effects::frames::edit(fault, job, created, &mut list, &mut style);
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
        transport::respond(self.fault, &self.socket, pause, headers, sender.send(list))
    }
}

/// What a stream is sent with.
struct Sender {
    shared: Arc<Shared>,
    socket: Socket,
    request_id: String,
    fault: Option<Fault>,
    style: Style,
}

impl Sender {
    /// The bytes of the stream. Dropping it stops the drawing.
    fn send(self, frames: Vec<Frame>) -> Wire {
        let frames = VecDeque::from(frames);
        stream::unfold((self, frames), |(sender, mut frames)| async move {
            let frame = frames.pop_front()?;
            // What never ends leaves itself to be written again.
            match frame {
                Frame::EndlessComments => frames.push_front(Frame::EndlessComments),
                Frame::EndlessData(_) => frames.push_front(Frame::EndlessData(true)),
                _ => {}
            }
            let pieces = sender.write(frame).await;
            Some((pieces, (sender, frames)))
        })
        .flat_map(|pieces| match pieces {
            Ok(pieces) => stream::iter(pieces.into_iter().map(Ok)).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        })
        .boxed()
    }

    async fn write(&self, frame: Frame) -> io::Result<Vec<Bytes>> {
        let newline = self.style.newline;
        let pause = self.shared.config.fault_pause;
        match frame {
            Frame::Event(event) => {
                tokio::time::sleep(self.shared.config.event_latency).await;
                Ok(self.event(event).await)
            }
            Frame::HalfEvent(event) => {
                let pieces = self.event(event).await;
                let half = pieces::total(&pieces) / 2;
                Ok(pieces::head(pieces, half))
            }
            Frame::Done => Ok(vec![format!("data: [DONE]{newline}{newline}").into()]),
            Frame::Text(text) => Ok(vec![Bytes::from_static(text.as_bytes())]),
            Frame::Comment(text) => Ok(vec![format!(":{text}{newline}{newline}").into()]),
            Frame::EndlessComments => {
                tokio::time::sleep(pause / 4).await;
                Ok(vec![Bytes::from_static(b": ping\n\n")])
            }
            Frame::EndlessData(false) => Ok(vec![Bytes::from_static(
                b"data: {\"type\":\"image_generation.completed\",\"b64_json\":\"",
            )]),
            Frame::EndlessData(true) => Ok(vec![Bytes::from_static(&[b'A'; 64 * 1024])]),
            Frame::Abort | Frame::Reset => {
                tokio::time::sleep(pause / 10).await;
                if matches!(frame, Frame::Reset) {
                    self.socket.reset();
                }
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }

    async fn event(&self, mut event: Event) -> Vec<Bytes> {
        let mut blobs = Blobs::new(&self.request_id);
        let mime = event.picture.as_ref().map_or("", Drawing::mime);
        if let Some(drawing) = event.picture {
            let prefix = match self.fault {
                Some(Fault::DataUri) => format!("data:{};base64,", drawing.mime()),
                _ => String::new(),
            };
            let base64 = self.shared.studio.base64(drawing).await;
            let base64 = texts::edit_base64(self.fault, base64);
            let picture = json!(prefix + &blobs.add(base64));
            match event.data.pointer_mut(event.place) {
                Some(place) => *place = picture,
                None => event.data["b64_json"] = picture,
            }
        }
        if let Some(fault) = self.fault {
            values::edit_event(fault, &mut event.data);
            places::edit_event(fault, mime, &mut event.data);
        }
        let newline = self.style.newline;
        let mut head = String::new();
        if self.style.event_line && !event.name.is_empty() {
            head.push_str(&format!("event: {}{newline}", event.name));
        }
        let mut text = String::new();
        if self.style.many_data_lines {
            for line in format!("{:#}", event.data).lines() {
                head.push_str(&format!("data: {line}{newline}"));
            }
        } else {
            head.push_str("data: ");
            text.push_str(&format!("{}{newline}", event.data));
        }
        if self.style.blank_line {
            text.push_str(newline);
        }
        let mut pieces = blobs.weave(&text);
        if let Some(member) = self.fault.and_then(texts::forbidden_member) {
            pieces = texts::with_member(pieces, member);
        }
        let head = blobs.weave(&head);
        [head, pieces].concat()
    }
}
