//! What happens while a call runs.

use serde_json::Value;

use super::{Completion, Image, ImageData, ImageFailure, ImageResponse};
use crate::size::Pixels;

/// Something that happened in a stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ImageEvent {
    /// An early preview of a picture that is still being drawn (OpenAI's `partial_image`).
    Partial(PartialImage),
    /// A finished picture (OpenAI's `completed`, Seedream's `partial_succeeded`).
    Image(Image),
    /// A picture that did not come out; others may follow (Seedream's `partial_failed`).
    Failed(ImageFailure),
    /// The end: nothing follows.
    Completed(Completion),
    /// An event this crate does not know.
    Unknown {
        /// Its type.
        kind: String,
        /// Its data.
        data: Value,
    },
}

/// An early preview of a picture.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PartialImage {
    /// Which picture it previews, from 0.
    pub index: u32,
    /// Which preview it is, from 0.
    pub partial_index: u32,
    /// The preview; `None` where a stream into files does not keep previews, and where it could
    /// not be kept.
    pub data: Option<ImageData>,
    /// Its size as the event states it.
    pub size: Option<Pixels>,
}

impl ImageResponse {
    /// Takes in what an event brings, previews aside.
    pub fn take(&mut self, event: ImageEvent) {
        match event {
            ImageEvent::Image(image) => self.images.push(image),
            ImageEvent::Failed(failure) => self.failures.push(failure),
            ImageEvent::Completed(completion) => self.complete(completion),
            ImageEvent::Partial(_) | ImageEvent::Unknown { .. } => {}
        }
    }

    /// The answer is complete, and the call over.
    fn complete(&mut self, mut completion: Completion) {
        self.warnings.append(&mut completion.warnings);
        self.completion = completion;
        // Several calls for one response end in any order.
        self.images.sort_by_key(|image| image.index);
        self.failures.sort_by_key(|failure| failure.index);
        self.meta.elapsed = self.started.elapsed();
    }
}
