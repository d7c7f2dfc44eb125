//! From an answer that has begun to the events in it, one after the other, whatever it turns out
//! to be: one JSON document or several, a stream, a picture, an error, or none of these.

use std::collections::VecDeque;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt as _};
use reqwest::Response;
use tracing::Span;

use super::expected::Expected;
use super::failure::{Broken, Head, not_json};
use super::place::{Keeper, Kept};
use super::trace::{note_completion, note_error, within};
use super::turn::Turn;
use crate::check::{Problem, ProblemKind, Severity};
use crate::error::{Envelope, Error, Result};
use crate::read::{AnswerReader, Document, Interrupted, Kind, ReadLimits, Why};
use crate::response::{Completion, ImageEvent, ImageFailure, ImageResponse, Usage};
use crate::save::{FileError, Fingerprint, Picture, Place, Sink};
use crate::wire::{self, Found, Happened, Pictures, Unreadable};

/// How many links of one answer are followed at a time.
const LINKS_AT_ONCE: usize = 8;

/// What is remembered of a picture.
struct Seen {
    index: u32,
    fingerprint: Option<Fingerprint>,
    document: u32,
}

/// An answer being read.
pub(super) struct Events {
    reader: AnswerReader<Box<Response>>,
    pub(super) keeper: Keeper,
    pub(super) head: Head,
    /// A response with nothing in it yet: ids, warnings, the name for files.
    response: Box<ImageResponse>,
    ready: VecDeque<ImageEvent>,
    /// The indices of the pictures so far, and what tells them apart.
    seen: Vec<Seen>,
    /// The pictures and failures so far.
    done: u32,
    /// The documents so far.
    documents: u32,
    expected: Expected,
    turn: Turn,
    span: Span,
    /// What the ends said so far, while more may follow.
    completion: Option<Box<Completion>>,
    /// Whether an end was the answer's and not one picture's.
    ended: bool,
    warnings: Vec<Problem>,
    /// The pictures that are where they are wanted.
    kept: u32,
    /// Why the first that could be kept nowhere could not.
    lost: Option<Box<FileError>>,
    /// The first failure the server told of, for where no picture comes.
    first_failure: Option<ImageFailure>,
    /// What came that brought no picture, until one comes.
    came: BytesMut,
    /// Why the documents so far are no success.
    verdict: Option<Box<Unreadable>>,
    /// Whether a document broke off before its end.
    cut: bool,
    /// What ended the answer early, until the events before it are out.
    failed: Option<Error>,
    over: bool,
}

impl Events {
    pub(super) fn new(
        opened: Box<Response>,
        place: Place,
        limits: ReadLimits,
        response: Box<ImageResponse>,
        expected: Expected,
        turn: Turn,
        span: Span,
    ) -> Box<Self> {
        let sink = Sink::to(&place);
        let keeper = Keeper::new(
            place,
            response.prompt_start.clone(),
            response.downloader.clone(),
            &limits,
            opened.url().clone(),
        );
        Box::new(Self {
            head: Head::of(&opened, &response),
            reader: AnswerReader::of_response(opened, sink, limits),
            keeper,
            response,
            ready: VecDeque::new(),
            seen: Vec::new(),
            done: 0,
            documents: 0,
            expected,
            turn,
            span,
            completion: None,
            ended: false,
            warnings: Vec::new(),
            kept: 0,
            lost: None,
            first_failure: None,
            came: BytesMut::new(),
            verdict: None,
            cut: false,
            failed: None,
            over: false,
        })
    }

    /// A response with nothing in it yet.
    pub(super) fn response(&self) -> &ImageResponse {
        &self.response
    }

    /// Runs to the end and gathers everything but the previews, as [`ImageStream::finish`]
    /// does.
    ///
    /// [`ImageStream::finish`]: crate::ImageStream::finish
    pub(super) async fn finish(mut self: Box<Self>) -> Result<Box<ImageResponse>> {
        let mut response = self.response.clone();
        while let Some(event) = self.next().await {
            match event {
                Ok(event) => response.take(event),
                Err(error) => return response.or_partial(error),
            }
        }
        Ok(response)
    }

    /// The events one after the other.
    pub(super) fn into_stream(self: Box<Self>) -> impl Stream<Item = Result<ImageEvent>> + Send {
        stream::unfold(self, |mut events| async {
            Some((events.next().await?, events))
        })
    }

    /// The next event; `None` after the last one.
    pub(super) async fn next(&mut self) -> Option<Result<ImageEvent>> {
        let span = self.span.clone();
        let event = within(&span, pin!(self.step())).await;
        match &event {
            Some(Ok(ImageEvent::Completed(completion))) => note_completion(&span, completion),
            Some(Err(error)) => note_error(&span, error),
            Some(Ok(_)) | None => {}
        }
        event
    }

    async fn step(&mut self) -> Option<Result<ImageEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if let Some(error) = self.failed.take() {
                return Some(Err(error));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.read_on().await {
                // What was finished before it goes first.
                self.failed = Some(error);
                self.over = true;
            }
        }
    }

    /// An event has happened.
    fn put(&mut self, mut event: ImageEvent) {
        match &mut event {
            ImageEvent::Image(_) => self.kept += 1,
            ImageEvent::Failed(failure) => {
                self.first_failure.get_or_insert_with(|| failure.clone());
            }
            ImageEvent::Completed(_) => self.over = true,
            ImageEvent::Partial(_) | ImageEvent::Unknown { .. } => {}
        }
        self.expected.hear(&mut event);
        self.ready.push_back(event);
    }

    /// Reads one document and lets its events happen.
    async fn read_on(&mut self) -> Result<()> {
        let read = match self.reader.next().await {
            Ok(Some(document)) => self.understand(document),
            Ok(None) => return self.end().await,
            Err(interrupted) => return self.interrupted(interrupted).await,
        };
        match read {
            Ok(happened) => self.happen(happened).await,
            Err(broken) => Err(Box::pin(self.rescue(broken)).await),
        }
    }

    /// What a document means.
    fn understand(&mut self, document: Document) -> Result<Vec<Happened>, Broken> {
        let Document {
            kind,
            text,
            pictures,
        } = document;
        match kind {
            Kind::Picture => Ok(self.understand_picture(pictures)),
            Kind::Json => Ok(self.understand_answer(text, pictures)?),
            Kind::Event(name) => self.understand_event(name.as_deref(), text, pictures),
            // Nothing at all where events were announced is a stream that was cut.
            Kind::Text if text.is_empty() && self.head.announces_events() => Ok(Vec::new()),
            Kind::Text => Err(self.head.undecodable(not_json(&text), text, pictures)),
        }
    }

    /// An answer that is the picture itself.
    fn understand_picture(&mut self, pictures: Vec<Picture>) -> Vec<Happened> {
        let mut happened: Vec<_> = pictures
            .into_iter()
            .map(|picture| match picture {
                Picture::Damaged(raw, flaw) => Happened::Failed(wire::damaged(0, raw, flaw)),
                picture => Happened::Image(Found::bare(picture)),
            })
            .collect();
        happened.push(Happened::Completed(Completion::default()));
        self.ended = true;
        happened
    }

    fn understand_answer(
        &mut self,
        text: Bytes,
        pictures: Vec<Picture>,
    ) -> Result<Vec<Happened>, Broken> {
        let mut pictures = Pictures::from(pictures);
        match wire::read_answer(&text, &mut pictures) {
            Ok(Ok(answer)) => {
                let mut happened: Vec<_> = answer.images.into_iter().map(Happened::Image).collect();
                happened.extend(left(&mut pictures));
                happened.extend(answer.failures.into_iter().map(Happened::Failed));
                if answer.is_cut {
                    self.cut = true;
                } else {
                    happened.push(Happened::Completed(answer.completion));
                    // The answer is one document: whatever its count, nothing follows.
                    self.ended = true;
                }
                Ok(happened)
            }
            Ok(Err(unreadable)) => {
                let happened: Vec<_> = left(&mut pictures).collect();
                if !happened.is_empty() {
                    return Ok(happened);
                }
                self.keep_text(&text);
                let decided = matches!(
                    *unreadable,
                    Unreadable::Error(..) | Unreadable::Pending(_) | Unreadable::Shape
                );
                self.verdict = Some(unreadable);
                match decided {
                    true => Err(self.nothing()),
                    // Another document may follow.
                    false => Ok(Vec::new()),
                }
            }
            Err(error) => {
                let reason = format!("it is broken JSON ({error})");
                Err(self.head.undecodable(reason, text, pictures.left()))
            }
        }
    }

    fn understand_event(
        &mut self,
        name: Option<&str>,
        text: Bytes,
        pictures: Vec<Picture>,
    ) -> Result<Vec<Happened>, Broken> {
        let data = text.trim_ascii();
        if data == b"[DONE]" {
            self.ended = true;
            self.reader.stop();
            return Ok(Vec::new());
        }
        if data.is_empty() {
            return Ok(Vec::new());
        }
        let mut pictures = Pictures::from(pictures);
        match wire::read_event(name, data, &mut pictures, self.done) {
            Ok(Ok(mut happened)) => {
                if self.kept == 0 && !happened.iter().any(is_picture) {
                    self.keep_text(data);
                }
                happened.extend(left(&mut pictures));
                Ok(happened)
            }
            Ok(Err(unreadable)) => {
                let mut happened: Vec<_> = left(&mut pictures).collect();
                if happened.is_empty() {
                    self.keep_text(data);
                    match *unreadable {
                        Unreadable::Error(..) | Unreadable::Pending(_) => {
                            self.verdict = Some(unreadable);
                            return Err(self.nothing());
                        }
                        Unreadable::AllFailed(failures, usage) => {
                            happened.extend(failures.into_iter().map(Happened::Failed));
                            happened.push(Happened::Completed(Completion {
                                usage,
                                ..Completion::default()
                            }));
                        }
                        Unreadable::NoImages(_) | Unreadable::Shape => {}
                    }
                }
                Ok(happened)
            }
            // A word in place of JSON: of an error it is the reason, else it keeps the line alive.
            Err(_) if is_error(name) => {
                self.keep_text(data);
                let envelope = Envelope::of_text(data);
                self.verdict = Some(Box::new(Unreadable::Error(Box::new(envelope), None)));
                Err(self.nothing())
            }
            Err(_) => {
                self.keep_text(data);
                let mut happened: Vec<_> = left(&mut pictures).collect();
                happened.push(Happened::Unknown {
                    kind: name.unwrap_or_default().to_owned(),
                    data: String::from_utf8_lossy(data).into(),
                });
                Ok(happened)
            }
        }
    }

    /// Keeps what brought no picture, for the error where none comes.
    fn keep_text(&mut self, text: &[u8]) {
        if self.kept == 0 {
            if !self.came.is_empty() {
                self.came.extend_from_slice(b"\n");
            }
            self.came.extend_from_slice(text);
        }
    }

    /// Lets what happened be events, giving finished files their names.
    async fn happen(&mut self, happened: Vec<Happened>) -> Result<()> {
        self.documents += 1;
        let mut images = Vec::new();
        for happened in happened {
            if !matches!(happened, Happened::Image(_)) {
                Box::pin(self.take_pictures(std::mem::take(&mut images))).await;
            }
            match happened {
                Happened::Image(found) => {
                    if let Some(found) = self.number(found) {
                        images.push(found);
                    }
                }
                Happened::Failed(mut failure) => {
                    self.done += 1;
                    failure.index = self.turn.index(failure.index);
                    self.put(ImageEvent::Failed(failure));
                }
                Happened::Partial {
                    mut preview,
                    partial_index,
                } => {
                    preview.about.index = self.turn.index(preview.about.index);
                    let preview = self.keeper.preview(preview, partial_index).await;
                    self.put(ImageEvent::Partial(preview));
                }
                Happened::Completed(mut completion) => {
                    // Each picture of a stream comes with its own usage.
                    if let Some(earlier) = self.completion.take() {
                        completion.usage = Usage::sum(earlier.usage, completion.usage);
                    }
                    self.completion = Some(Box::new(completion));
                    self.ended |= self.expected.n.is_some_and(|n| self.done >= n);
                    if self.ended && self.done > 0 {
                        self.reader.stop();
                    }
                }
                Happened::Unknown { kind, data } => {
                    tracing::debug!(kind, "unknown event");
                    self.put(ImageEvent::Unknown { kind, data });
                }
            }
        }
        match images.as_slice() {
            [] => {}
            _ => Box::pin(self.take_pictures(images)).await,
        }
        Ok(())
    }

    /// Counts a picture; `None` for one that came before, beyond those that were asked for.
    fn number(&mut self, mut found: Found) -> Option<Found> {
        let fingerprint = found.picture.fingerprint();
        let enough = self.expected.n.is_none_or(|n| self.done >= n);
        let again = |seen: &Seen| {
            seen.document != self.documents
                && fingerprint.is_some()
                && seen.fingerprint == fingerprint
        };
        if enough && self.seen.iter().any(again) {
            return None;
        }
        self.done += 1;
        let about = &mut found.about;
        about.index = self.turn.index(about.index);
        // A server that numbers two pictures alike must not have one replace the other.
        while self.seen.iter().any(|seen| seen.index == about.index) {
            about.index += self.turn.calls;
        }
        self.seen.push(Seen {
            index: about.index,
            fingerprint,
            document: self.documents,
        });
        if let Some(place) = &found.place {
            let rule = format!("a picture stood at {place}, where no vendor puts one");
            self.warn(rule);
        }
        Some(found)
    }

    fn warn(&mut self, rule: String) {
        self.warnings.push(Problem {
            severity: Severity::Warning,
            kind: ProblemKind::InvalidValue,
            parameter: "the answer".to_owned(),
            value: None,
            model: self.expected.model.clone(),
            rule,
            suggestion: None,
        });
    }

    /// Puts pictures where they are wanted, several links at a time, in their order. One that can
    /// be kept nowhere costs none of the others.
    async fn take_pictures(&mut self, images: Vec<Found>) {
        let keeper = &self.keeper;
        let settled: Vec<_> = stream::iter(images)
            .map(|found| async move {
                let Found { picture, about, .. } = found;
                let kept = keeper.keep(picture, about.index).await;
                (about, kept)
            })
            .buffered(LINKS_AT_ONCE)
            .collect()
            .await;
        for (about, kept) in settled {
            let index = about.index;
            match kept {
                Ok(Kept { data, unfetched }) => {
                    if let Some(reason) = unfetched {
                        self.warn(format!("picture {}: {reason}", index + 1));
                    }
                    self.put(ImageEvent::Image(about.image(data)));
                }
                Err(error) => {
                    self.put(ImageEvent::Failed(ImageFailure::not_saved(index, &error)));
                    self.lost.get_or_insert(Box::new(error));
                }
            }
        }
    }

    /// The end of the answer: a good one if it said so, or every picture has come; Ark may leave
    /// the completion of a single one out.
    async fn end(&mut self) -> Result<()> {
        let all = self.expected.n.is_some_and(|n| self.done >= n);
        if self.cut {
            return Err(self.head.cut(self.reader.received(), None, None).error);
        }
        if self.kept == 0 {
            if let Some(lost) = self.lost.take() {
                return Err(Error::File(lost));
            }
            if self.completion.is_none() && !self.ended && self.came.is_empty() && self.done == 0 {
                return Err(self.head.cut(self.reader.received(), None, None).error);
            }
            let broken = self.nothing();
            return Err(Box::pin(self.rescue(broken)).await);
        }
        if self.completion.is_none() && !self.ended && !all {
            return Err(self.head.cut(self.reader.received(), None, None).error);
        }
        let mut completion = *self.completion.take().unwrap_or_default();
        completion.warnings.append(&mut self.warnings);
        self.put(ImageEvent::Completed(completion));
        Ok(())
    }

    /// The answer ended without a picture.
    fn nothing(&mut self) -> Broken {
        let came = self.came.split().freeze();
        let usage = self
            .completion
            .take()
            .and_then(|completion| completion.usage);
        let verdict = match (self.verdict.take(), self.first_failure.take()) {
            (Some(verdict), _) => *verdict,
            (None, Some(failure)) => Unreadable::AllFailed(vec![failure], usage),
            (None, None) => Unreadable::NoImages(usage),
        };
        self.head.no_success(verdict, came)
    }

    /// The reading stopped before the end of a document.
    async fn interrupted(&mut self, interrupted: Interrupted) -> Result<()> {
        let Interrupted {
            why,
            kind,
            text,
            pictures,
        } = interrupted;
        // What is whole of a cut document is taken as if it were not cut.
        let mut pictures = Pictures::from(pictures);
        let mut found = Vec::new();
        let read = match &kind {
            Kind::Json => wire::read_answer(&text, &mut pictures).ok(),
            Kind::Event(_) | Kind::Text | Kind::Picture => None,
        };
        let mut completion = None;
        if let Some(Ok(answer)) = read {
            completion = Some(answer.completion);
            found.extend(answer.images.into_iter().map(Happened::Image));
            let failures = answer.failures.into_iter();
            found.extend(failures.filter(ImageFailure::is_told).map(Happened::Failed));
        }
        found.extend(left(&mut pictures));
        self.happen(found).await?;
        let is_whole = matches!(kind, Kind::Json) && is_whole_json(&text);
        if is_whole && self.kept > 0 && matches!(why, Why::Cut { .. }) {
            // Only its framing is broken.
            self.completion = completion.map(Box::new);
            self.ended = true;
            return self.end().await;
        }
        let all = self.expected.n.is_some_and(|n| self.kept >= n);
        if matches!(kind, Kind::Event(_)) && all && (self.ended || self.completion.is_some()) {
            return self.end().await;
        }
        let broken = match why {
            Why::Cut { timed_out, source } => {
                let source = source.map(Into::into);
                self.head
                    .cut(self.reader.received(), Some(timed_out), source)
            }
            Why::TooMuch(reason) => self.head.undecodable(reason, text, Vec::new()),
        };
        Err(broken.error)
    }

    /// The error an answer ended with; the pictures that were whole go before it.
    async fn rescue(&mut self, broken: Broken) -> Error {
        let Broken { error, pictures } = broken;
        let found = pictures.into_iter().map(|picture| match picture {
            Picture::Damaged(raw, flaw) => Happened::Failed(wire::damaged(self.done, raw, flaw)),
            picture => Happened::Image(Found::bare(picture)),
        });
        let found: Vec<_> = found.collect();
        match self.happen(found).await {
            Ok(()) => error,
            Err(other) => other,
        }
    }
}

/// The pictures that nothing in a document led to.
fn left(pictures: &mut Pictures) -> impl Iterator<Item = Happened> + use<> {
    pictures.left().into_iter().map(|picture| match picture {
        Picture::Damaged(raw, flaw) => Happened::Failed(wire::damaged(0, raw, flaw)),
        picture => Happened::Image(Found {
            place: Some("an unknown place".to_owned()),
            ..Found::bare(picture)
        }),
    })
}

fn is_picture(happened: &Happened) -> bool {
    matches!(happened, Happened::Image(_) | Happened::Partial { .. })
}

fn is_error(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.contains("error"))
}

fn is_whole_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}
