//! The events of a stream, in their order and before they are written.

use serde_json::{Value, json};

use super::{ark, openai};
use crate::Dialect;
use crate::drawing::Drawing;
use crate::job::Job;

/// Where both vendors have a picture's base64.
const INLINE: &str = "/b64_json";

/// One event, whose picture is drawn when its turn comes.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: Value,
    pub(crate) picture: Option<Drawing>,
    /// The JSON pointer of the picture's base64.
    pub(crate) place: &'static str,
}

impl Event {
    /// An event without a picture.
    pub(crate) fn plain(name: &str, data: Value) -> Self {
        Self {
            name: name.to_owned(),
            data,
            picture: None,
            place: INLINE,
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
    /// Lines as they are.
    Text(&'static str),
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
    /// Whether an empty line ends an event.
    pub(crate) blank_line: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            newline: "\n",
            event_line: true,
            many_data_lines: false,
            blank_line: true,
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
            place: INLINE,
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
