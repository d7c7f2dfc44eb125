//! Events that no vendor sends on this route, and gateways do.

use serde_json::{Value, json};

use crate::Fault;
use crate::vendor::events::{Event, Frame};

/// Changes what a stream is made of.
pub(crate) fn edit(fault: Fault, frames: &mut Vec<Frame>) {
    let event = |data: Value| {
        let name = data["type"].as_str().unwrap_or_default().to_owned();
        Frame::Event(Event::plain(&name, data))
    };
    match fault {
        Fault::ForeignCompleted => {
            let moderated = json!({"type": "moderation.completed", "flagged": false});
            frames.insert(0, event(moderated));
        }
        Fault::CompletionPerPicture => {
            for picture in frames.iter_mut().filter_map(finished) {
                "image_generation.completed".clone_into(&mut picture.name);
                picture.data["type"] = json!(picture.name);
            }
            if !matches!(frames.last(), Some(Frame::Done)) {
                frames.push(event(json!({"type": "image_generation.completed"})));
            }
        }
        Fault::StreamTwice => {
            *frames = std::mem::take(frames)
                .into_iter()
                .flat_map(|mut frame| {
                    let again = finished(&mut frame).map(|event| Frame::Event(event.clone()));
                    std::iter::once(frame).chain(again)
                })
                .collect();
        }
        Fault::StreamProgress => {
            let pictures = pictures(
                frames,
                "/data/0/b64_json",
                |url| json!({"object": "image.generation.result", "data": [{"url": url}]}),
            );
            *frames = vec![event(progress(1)), event(progress(2))];
            frames.extend(pictures);
            frames.push(Frame::Done);
        }
        Fault::StreamProgressWords => {
            let words = json!({
                "object": "image.generation.message", "message": "The request breaks the rules.",
                "data": [],
            });
            *frames = vec![event(progress(1)), event(words), Frame::Done];
        }
        Fault::StreamResponses => {
            let pictures = pictures(frames, "/item/result", |url| {
                json!({"type": "response.output_item.done", "item": {
                    "type": "image_generation_call", "id": "ig_1", "status": "completed",
                    "result": url,
                }})
            });
            *frames = vec![event(
                json!({"type": "response.created", "response": {"id": "resp_1"}}),
            )];
            frames.extend(pictures);
            let response = json!({"id": "resp_1", "status": "completed", "output": []});
            frames.push(event(
                json!({"type": "response.completed", "response": response}),
            ));
        }
        _ => {}
    }
}

/// The event of a finished picture, which either has to be drawn or is a link.
fn finished(frame: &mut Frame) -> Option<&mut Event> {
    match frame {
        Frame::Event(event)
            if !event.name.ends_with(".partial_image")
                && (event.picture.is_some() || event.data.get("url").is_some()) =>
        {
            Some(event)
        }
        _ => None,
    }
}

/// The finished pictures in events of another shape: `data` makes one of a link, and `place` is
/// where base64 stands in it instead.
fn pictures(
    frames: &mut [Frame],
    place: &'static str,
    data: impl Fn(&Value) -> Value,
) -> Vec<Frame> {
    frames
        .iter_mut()
        .filter_map(finished)
        .map(|event| {
            let inline = event.picture.take();
            let mut data = data(event.data.get("url").unwrap_or(&Value::Null));
            if inline.is_some()
                && let Some(item) = data.pointer_mut("/data/0")
            {
                *item = json!({"b64_json": null});
            }
            let name = data["type"].as_str().unwrap_or_default().to_owned();
            Frame::Event(Event {
                picture: inline,
                place,
                ..Event::plain(&name, data)
            })
        })
        .collect()
}

fn progress(step: u32) -> Value {
    json!({
        "object": "image.generation.chunk", "created": 1, "index": step, "total": 2,
        "progress_text": "working", "data": [],
    })
}
