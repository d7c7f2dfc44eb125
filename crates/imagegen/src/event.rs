//! What happens while a stream runs.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt as _};
use serde_json::Value;

use crate::answering::Answering;
use crate::echo::Echo;
use crate::response::{Completion, Image, ImageData, ImageFailure};
use crate::{Error, ImageResponse, Pixels, Problem, ResponseMeta, Result};

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

/// The events of a call, in the order they happen.
///
/// It ends with [`ImageEvent::Completed`] or with an error. Dropping it ends the call; what was
/// asked for may still be carried out and billed.
#[must_use = "a stream does nothing until it is polled"]
pub struct ImageStream {
    events: Pin<Box<dyn Stream<Item = Result<ImageEvent>> + Send>>,
    /// A response with no pictures yet.
    frame: Box<ImageResponse>,
    echo: Echo,
}

impl ImageStream {
    pub(crate) fn new(answering: Box<Answering>) -> Self {
        let (frame, echo) = (
            Box::new(answering.frame().clone()),
            answering.echo().clone(),
        );
        let events = futures_util::stream::unfold(answering, |mut answering| async {
            Some((answering.next().await?, answering))
        });
        Self {
            events: Box::pin(events),
            frame,
            echo,
        }
    }

    /// Ids and limits from the headers of the answer.
    pub fn meta(&self) -> &ResponseMeta {
        &self.frame.meta
    }

    /// What the check found worth a warning before the call; behind the end also where the answer
    /// is not what was asked for.
    pub fn warnings(&self) -> &[Problem] {
        &self.frame.warnings
    }

    /// A response to gather pictures in, which saves them as [`ImageResponse`] does.
    pub fn response(&self) -> ImageResponse {
        ImageResponse::clone(&self.frame)
    }

    /// Runs to the end and gathers everything but the previews.
    ///
    /// # Errors
    ///
    /// What ended the stream early. The pictures that were finished before it are in
    /// [`Error::partial`].
    pub async fn finish(mut self) -> Result<ImageResponse> {
        while let Some(event) = self.next().await {
            match event {
                Ok(event) => self.frame.take(event),
                Err(error) => return Ok(*self.frame.conclude(Err(error))?),
            }
        }
        Ok(*self.frame)
    }
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
    pub(crate) fn complete(&mut self, completion: Completion) {
        self.completion = completion;
        self.meta.elapsed = self.started.elapsed();
    }

    /// What a call comes to whose events have ended so.
    pub(crate) fn conclude(mut self: Box<Self>, end: Result<()>) -> Result<Box<Self>> {
        match end {
            Ok(()) => Ok(self),
            Err(error) => {
                self.meta.elapsed = self.started.elapsed();
                self.or_partial(error)
            }
        }
    }

    /// What an error leaves: a response, if it is the server's about pictures that never came
    /// beside some that did; else the error, with those in it.
    fn or_partial(mut self: Box<Self>, error: Error) -> Result<Box<Self>> {
        if self.images.is_empty() {
            return Err(error);
        }
        match error {
            Error::Api(error) => {
                self.failures.push(ImageFailure {
                    index: (self.images.len() + self.failures.len()) as u32,
                    code: error.code().map(str::to_owned),
                    message: error.message().map(str::to_owned),
                    raw: None,
                });
                Ok(self)
            }
            Error::OutcomeUnknown(mut error) => {
                self.gather(error.partial.take());
                error.partial = Some(self);
                Err(Error::OutcomeUnknown(error))
            }
            Error::Decode(mut error) => {
                self.gather(error.partial.take());
                error.partial = Some(self);
                Err(Error::Decode(error))
            }
            other => Err(other),
        }
    }

    fn gather(&mut self, more: Option<Box<Self>>) {
        if let Some(more) = more {
            self.images.extend(more.images);
            self.failures.extend(more.failures);
        }
    }
}

impl Stream for ImageStream {
    type Item = Result<ImageEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = ready!(this.events.as_mut().poll_next(cx));
        if let Some(Ok(event)) = &event {
            this.echo.hear(event, &mut this.frame.warnings);
        }
        Poll::Ready(event)
    }
}

impl fmt::Debug for ImageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageStream")
            .field("meta", &self.frame.meta)
            .finish_non_exhaustive()
    }
}
