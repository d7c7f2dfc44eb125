//! The events of a call as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::stream::{Stream, StreamExt as _};

use super::events::Events;
use crate::check::Problem;
use crate::error::Result;
use crate::response::{ImageEvent, ImageResponse, ResponseMeta};

/// The events of a call, in the order they happen.
///
/// It ends with [`ImageEvent::Completed`] or with an error. Dropping it ends the call; what was
/// asked for may still be carried out and billed.
#[must_use = "a stream does nothing until it is polled"]
pub struct ImageStream {
    events: Pin<Box<dyn Stream<Item = Result<ImageEvent>> + Send>>,
    /// A response with no pictures yet.
    response: Box<ImageResponse>,
}

impl ImageStream {
    pub(super) fn of_one(events: Box<Events>) -> Self {
        let response = Box::new(events.response().clone());
        Self::new(events.into_stream(), response)
    }

    pub(super) fn new(
        events: impl Stream<Item = Result<ImageEvent>> + Send + 'static,
        response: Box<ImageResponse>,
    ) -> Self {
        Self {
            events: Box::pin(events),
            response,
        }
    }

    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<ImageEvent>> {
        futures_util::future::poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// Ids and limits from the headers of the answer.
    pub fn meta(&self) -> &ResponseMeta {
        &self.response.meta
    }

    /// What the check found worth a warning before the call; behind the end also where the answer
    /// is not what was asked for.
    pub fn warnings(&self) -> &[Problem] {
        &self.response.warnings
    }

    /// A response to gather pictures in, which saves them as [`ImageResponse`] does.
    pub fn response(&self) -> ImageResponse {
        ImageResponse::clone(&self.response)
    }

    /// Runs to the end and gathers everything but the previews.
    ///
    /// # Errors
    ///
    /// What ended the stream early. The pictures that were finished before it are in
    /// [`Error::partial`](crate::Error::partial).
    pub async fn finish(mut self) -> Result<ImageResponse> {
        while let Some(event) = self.events.next().await {
            match event {
                Ok(event) => self.response.take(event),
                Err(error) => return Ok(*self.response.or_partial(error)?),
            }
        }
        Ok(*self.response)
    }
}

impl Stream for ImageStream {
    type Item = Result<ImageEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(self.events.as_mut().poll_next(cx));
        if let Some(Ok(ImageEvent::Completed(completion))) = &event {
            self.response
                .warnings
                .extend(completion.warnings.iter().cloned());
        }
        Poll::Ready(event)
    }
}

impl fmt::Debug for ImageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageStream")
            .field("meta", &self.response.meta)
            .finish_non_exhaustive()
    }
}
