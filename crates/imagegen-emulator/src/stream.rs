//! Answers as server-sent events, one at a time as their pictures are drawn.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::drawing::Drawing;
use crate::faults::transport::Wire;
use crate::faults::values;
use crate::job::Job;
use crate::pieces::{self, Blobs};
use crate::server::Shared;
use crate::socket::Socket;
use crate::{Dialect, Fault, ark, openai};

/// One event, whose picture is drawn when its turn comes.
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
    pub(crate) picture: Option<Drawing>,
}

impl Event {
    /// An event without a picture.
    pub(crate) fn plain(name: &str, data: Value) -> Self {
        Self {
            name: name.to_owned(),
            data,
            picture: None,
        }
    }
}

/// A piece of a stream.
pub(crate) enum Frame {
    Event(Event),
    /// The first half of an event.
    HalfEvent(Event),
    /// `data: [DONE]`.
    Done,
    Comment(&'static str),
    EndlessComments,
    /// One event's base64 without end; `true` once it has begun.
    EndlessData(bool),
    Abort,
    Reset,
}

/// How events are written.
pub(crate) struct Style {
    pub(crate) newline: &'static str,
    pub(crate) event_line: bool,
    pub(crate) many_data_lines: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            newline: "\n",
            event_line: true,
            many_data_lines: false,
        }
    }
}

/// The frames of an honest stream. `links` holds the pictures' URLs where they come by link.
pub(crate) fn frames(job: &Job, created: u64, links: &[String]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut push = |(name, mut data): (String, Value), drawing: &Drawing, link: Option<&String>| {
        let picture = match link {
            Some(link) => {
                data["url"] = json!(link);
                None
            }
            None => Some(drawing.clone()),
        };
        frames.push(Frame::Event(Event {
            name,
            data,
            picture,
        }));
    };
    for (index, shot) in job.shots.iter().enumerate() {
        match job.dialect {
            Dialect::OpenAi => {
                for preview in 0..job.partial_images {
                    let progress = (preview + 1) as f32 / (job.partial_images + 1) as f32;
                    let drawing = Drawing {
                        progress,
                        ..shot.drawing.clone()
                    };
                    push(
                        openai::event(job, shot, created, Some(preview)),
                        &drawing,
                        None,
                    );
                }
                push(
                    openai::event(job, shot, created, None),
                    &shot.drawing,
                    links.get(index),
                );
            }
            Dialect::Ark => {
                push(
                    ark::succeeded(job, shot, created, index),
                    &shot.drawing,
                    links.get(index),
                );
            }
        }
    }
    if job.dialect == Dialect::Ark {
        let (name, data) = ark::completed(job, created);
        frames.push(Frame::Event(Event::plain(&name, data)));
        frames.push(Frame::Done);
    }
    frames
}

/// What a stream is sent with.
pub(crate) struct Sender {
    pub(crate) shared: Arc<Shared>,
    pub(crate) socket: Socket,
    pub(crate) request_id: String,
    pub(crate) fault: Option<Fault>,
    pub(crate) style: Style,
}

impl Sender {
    /// The bytes of the stream. Dropping it stops the drawing.
    pub(crate) fn send(self, frames: Vec<Frame>) -> Wire {
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
        if let Some(drawing) = event.picture {
            let prefix = match self.fault {
                Some(Fault::DataUri) => format!("data:{};base64,", drawing.mime()),
                _ => String::new(),
            };
            let base64 = self.shared.studio.base64(drawing).await;
            event.data["b64_json"] = json!(prefix + &blobs.add(base64));
        }
        if let Some(fault) = self.fault {
            values::edit_event(fault, &mut event.data);
        }
        let newline = self.style.newline;
        let mut text = String::new();
        if self.style.event_line && !event.name.is_empty() {
            text.push_str(&format!("event: {}{newline}", event.name));
        }
        if self.style.many_data_lines {
            for line in format!("{:#}", event.data).lines() {
                text.push_str(&format!("data: {line}{newline}"));
            }
        } else {
            text.push_str(&format!("data: {}{newline}", event.data));
        }
        text.push_str(newline);
        blobs.weave(&text)
    }
}
