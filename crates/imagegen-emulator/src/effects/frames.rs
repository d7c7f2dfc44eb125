//! Faults in the list of a stream's events.

use serde_json::json;

use crate::Fault;
use crate::effects::odd_events;
use crate::effects::values::one_picture_less;
use crate::job::Job;
use crate::vendor::ark;
use crate::vendor::events::{Event, Frame, Style};

/// Changes what a stream is made of and how it is written.
pub(crate) fn edit(
    fault: Fault,
    job: &Job,
    created: u64,
    frames: &mut Vec<Frame>,
    style: &mut Style,
) {
    match fault {
        Fault::SseCrlf => style.newline = "\r\n",
        Fault::SseCr => style.newline = "\r",
        Fault::SseNoEventLine => style.event_line = false,
        Fault::SseManyDataLines => style.many_data_lines = true,
        Fault::SsePings => {
            *frames = std::mem::take(frames)
                .into_iter()
                .flat_map(|frame| [Frame::Comment(" PING"), frame])
                .collect();
        }
        Fault::SseDone if !matches!(frames.last(), Some(Frame::Done)) => frames.push(Frame::Done),
        Fault::SseNoDone => frames.retain(|frame| !matches!(frame, Frame::Done)),
        Fault::StreamErrorEvent => {
            let error = json!({"type": "error", "error": {
                "type": "server_error", "code": "server_error", "param": null,
                "message": "the stream failed half-way",
            }});
            end_with(frames, vec![Frame::Event(Event::plain("error", error))]);
        }
        Fault::StreamUpstreamError => {
            let error = json!({"type": "upstream_error", "error": {
                "type": "upstream_error", "code": "bad_response", "param": "",
                "message": "the stream failed half-way",
            }});
            end_with(
                frames,
                vec![Frame::Event(Event::plain("upstream_error", error))],
            );
        }
        Fault::StreamErrorKey => {
            let error = json!({"error": {"code": "InternalServiceError", "message": "the stream failed half-way"}});
            end_with(frames, vec![Frame::Event(Event::plain("", error))]);
        }
        Fault::StreamPartialFailed => partial_failed(job, created, frames),
        Fault::StreamNoCompleted => end_with(frames, Vec::new()),
        Fault::CutHead => {
            frames.truncate(1);
            if let Some(Frame::Event(event)) = frames.pop() {
                frames.extend([Frame::HalfEvent(event), Frame::Abort]);
            }
        }
        Fault::CutTail => {
            let bring = |event: &Event| event.picture.is_some() || event.data.get("url").is_some();
            frames.retain(|frame| matches!(frame, Frame::Event(event) if bring(event)));
            frames.push(Frame::Abort);
        }
        Fault::Truncated | Fault::CutPicture => cut(frames, Some(Frame::Abort)),
        Fault::ResetDuringAnswer => cut(frames, Some(Frame::Reset)),
        Fault::HalfEvent => cut(frames, None),
        Fault::EndlessPings => frames.insert(1.min(frames.len()), Frame::EndlessComments),
        Fault::EndlessBody => frames.insert(0, Frame::EndlessData(false)),
        Fault::SseOneNewline => (style.event_line, style.blank_line) = (false, false),
        Fault::SsePingWords => {
            *frames = std::mem::take(frames)
                .into_iter()
                .flat_map(|frame| [Frame::Text(PING), frame, Frame::Text(KEEP_ALIVE)])
                .collect();
        }
        Fault::StreamErrorWords => end_with(
            frames,
            vec![Frame::Text(
                "event: error\ndata: upstream is out of accounts\n\n",
            )],
        ),
        Fault::StreamBrokenEvent => frames.insert(0, Frame::Text(BROKEN)),
        Fault::StreamOnlyDone => *frames = vec![Frame::Done],
        _ => odd_events::edit(fault, frames),
    }
}

const PING: &str = "event: ping\ndata: ping\n\n";
const KEEP_ALIVE: &str = "data: : keep-alive\n\n";
const BROKEN: &str = "event: image_generation.partial_image\n\
    data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBORw0KGgoAAAANSUhEUg\n\n";

/// Where the last completed event is, if there is one.
fn last_completed(frames: &[Frame]) -> Option<usize> {
    frames.iter().rposition(
        |frame| matches!(frame, Frame::Event(event) if event.name.ends_with(".completed")),
    )
}

/// Ends the stream before its last completed event.
fn end_with(frames: &mut Vec<Frame>, end: Vec<Frame>) {
    frames.truncate(last_completed(frames).unwrap_or(frames.len()));
    frames.extend(end);
}

/// Ends the stream in the middle of its last completed event.
fn cut(frames: &mut Vec<Frame>, end: Option<Frame>) {
    let Some(at) = last_completed(frames) else {
        return;
    };
    frames.truncate(at + 1);
    if let Some(Frame::Event(event)) = frames.pop() {
        frames.push(Frame::HalfEvent(event));
    }
    frames.extend(end);
}

/// Seedream's first picture fails; OpenAI has no such event.
fn partial_failed(job: &Job, created: u64, frames: &mut [Frame]) {
    for frame in frames {
        let Frame::Event(event) = frame else { continue };
        if event.name.ends_with(".partial_succeeded") {
            let error = json!({
                "code": "OutputImageSensitiveContentDetected",
                "message": "the output image may contain sensitive information",
            });
            let index = event.data["image_index"].as_u64().unwrap_or_default() as usize;
            if index == 0 {
                let (name, data) = ark::failed(job, created, index, error);
                *event = Event::plain(&name, data);
            }
        } else if let Some(data) = event.data.as_object_mut() {
            one_picture_less(data);
        }
    }
}
