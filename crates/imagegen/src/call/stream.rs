//! The events of a call as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt as _};

use super::events::Answering;
use super::expected::Echo;
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
