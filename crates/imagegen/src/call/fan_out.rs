//! Several calls for one response, of a model that makes one picture a call.

use std::collections::VecDeque;
use std::future::ready;
use std::pin::Pin;

use futures_util::future::Either;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::events::Events;
use super::exchange::Exchange;
use super::turn::Turn;
use crate::error::{Error, Result};
use crate::request::ImageRequest;
use crate::response::{Completion, ImageEvent, ImageFailure, Usage};
use crate::save::Place;

/// How many calls are out at a time: the vendors count pictures a minute, and a handful never
/// reaches their limits.
const CONCURRENT: usize = 4;

/// The events of `calls` calls together: the pictures and failures of each as they come, and one
/// end, with the usage of all.
///
/// A call that fails is a failure beside the pictures of the others. If none brings a picture the
/// end is the first error that may have been billed, else the first.
pub(super) fn events(
    calls: u32,
    exchange: impl Fn(Turn) -> Exchange + Send + 'static,
    request: Box<ImageRequest>,
    place: Place,
) -> impl Stream<Item = Result<ImageEvent>> + Send {
    let each = stream::iter(0..calls).map(move |call| {
        let turn = Turn { call, calls };
        let (request, place) = (request.clone(), place.clone());
        let exchange = exchange(turn);
        let opening = async move { exchange.open(request, place).await };
        let events = stream::once(opening).flat_map(|opened| match opened {
            Ok(events) => Either::Left(Events::into_stream(events)),
            Err(error) => Either::Right(stream::once(ready(Err(error)))),
        });
        Box::pin(events.map(move |event| (turn, event)))
    });
    let together = Together {
        calls: Box::pin(each.flatten_unordered(CONCURRENT)),
        ready: VecDeque::new(),
        completion: Completion::default(),
        images: 0,
        gravest: None,
        over: false,
    };
    stream::unfold(together, |mut together| async {
        Some((together.next().await?, together))
    })
}

/// What has come of several calls.
struct Together {
    calls: Pin<Box<dyn Stream<Item = (Turn, Result<ImageEvent>)> + Send>>,
    ready: VecDeque<ImageEvent>,
    /// The ends of the calls so far.
    completion: Completion,
    images: u32,
    /// The first error that may have been billed, else the first.
    gravest: Option<Error>,
    over: bool,
}

impl Together {
    async fn next(&mut self) -> Option<Result<ImageEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            match self.calls.next().await {
                Some((_, Ok(event))) => self.take(event),
                Some((turn, Err(error))) => self.fail(turn, error),
                None => {
                    self.over = true;
                    return Some(match self.gravest.take() {
                        Some(error) if self.images == 0 => Err(error),
                        _ => Ok(ImageEvent::Completed(std::mem::take(&mut self.completion))),
                    });
                }
            }
        }
    }

    fn take(&mut self, event: ImageEvent) {
        match event {
            ImageEvent::Completed(mut completion) => {
                let earlier = self.completion.usage.take();
                completion.usage = Usage::sum(earlier, completion.usage);
                completion
                    .warnings
                    .splice(..0, self.completion.warnings.drain(..));
                self.completion = completion;
            }
            event => {
                self.images += u32::from(matches!(event, ImageEvent::Image(_)));
                self.ready.push_back(event);
            }
        }
    }

    fn fail(&mut self, turn: Turn, error: Error) {
        let mut index = 0;
        // What had arrived before a call broke off is paid for like the others.
        if let Some(partial) = error.partial() {
            index = partial.images.len() as u32;
            for image in partial.images.clone() {
                self.take(ImageEvent::Image(image));
            }
            self.ready
                .extend(partial.failures.iter().cloned().map(ImageEvent::Failed));
        }
        let failure = ImageFailure::of_call(turn.index(index), &error);
        self.ready.push_back(ImageEvent::Failed(failure));
        match &self.gravest {
            Some(gravest) if gravest.may_be_billed() || !error.may_be_billed() => {}
            _ => self.gravest = Some(error),
        }
    }
}

impl ImageFailure {
    /// A call that failed, beside others that did not.
    fn of_call(index: u32, error: &Error) -> Self {
        let (code, message, raw) = match error {
            Error::Api(error) => (error.code(), error.message(), None),
            // It was paid for, and nobody else has it.
            Error::Decode(error) => (None, None, Some(error.body().clone())),
            _ => (None, None, None),
        };
        Self {
            index,
            code: Some(code.unwrap_or(error.kind()).to_owned()),
            message: Some(message.map_or_else(|| error.to_string(), str::to_owned)),
            raw: raw.filter(|body| !body.is_empty()),
        }
    }
}
