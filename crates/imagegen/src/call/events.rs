//! From an answer that has begun to the events in it, one after the other, whatever it turns out
//! to be: one JSON document, a stream, an error, or none of these.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use reqwest::Response;
use tracing::Span;

use super::failure::{Broken, not_json};

use super::exchange::Turn;
use super::expected::Expected;
use super::trace::{note_completion, note_error, within};
use crate::error::{Error, Result};
use crate::read::{AnswerReader, Document, Kind, ReadLimits};
use crate::response::{
    Completion, Image, ImageData, ImageEvent, ImageFailure, ImageResponse, PartialImage, Usage,
};
use crate::save::{DownloadError, FileError, Picture, Place, Sink, Target};
use crate::wire::{Answer, Found, Happened, Pictures};
use crate::{save, wire};

/// The most that is read of an answer that is an error.
const MAX_ERROR: u64 = 1024 * 1024;

/// An answer being read.
pub(crate) struct Events {
    pub(super) reader: AnswerReader<Box<Response>>,
    pub(super) place: Place,
    /// A response with nothing in it yet: ids, warnings, the name for files.
    pub(super) response: Box<ImageResponse>,
    ready: VecDeque<ImageEvent>,
    /// When the whole call must be over.
    pub(super) deadline: Option<Instant>,
    /// The indices of the pictures so far.
    indices: Vec<u32>,
    /// The pictures and failures so far.
    pub(super) done: u32,
    images: u32,
    pub(super) expected: Expected,
    turn: Turn,
    pub(super) span: Span,
    /// The completion of the last picture, while more are expected.
    completion: Option<Box<Completion>>,
    /// The pictures that are where they are wanted.
    kept: u32,
    /// Why the first that could be kept nowhere could not.
    lost: Option<Box<FileError>>,
    /// What ended the answer early, until the events before it are out.
    failed: Option<Error>,
    over: bool,
}

/// What a document means.
enum Understood {
    /// A whole answer.
    Answer(Box<Answer>),
    /// Events of a stream.
    Events(Vec<Happened>),
    /// Nothing, or what has happened already.
    Nothing,
}

impl Events {
    pub(crate) fn new(
        opened: Box<Response>,
        place: Place,
        limits: ReadLimits,
        response: Box<ImageResponse>,
        expected: Expected,
        turn: Turn,
        span: Span,
    ) -> Box<Self> {
        let status = opened.status();
        let length = opened.content_length();
        let sink = match status.is_success() {
            true => Sink::to(&place),
            false => Sink::memory(),
        };
        let limits = if status.is_success() {
            limits
        } else {
            ReadLimits {
                max_answer: MAX_ERROR,
                ..limits
            }
        };
        Box::new(Self {
            reader: AnswerReader::new(opened, length, sink, limits),
            place,
            response,
            ready: VecDeque::new(),
            deadline: limits.deadline,
            indices: Vec::new(),
            done: 0,
            images: 0,
            expected,
            turn,
            span,
            completion: None,
            kept: 0,
            lost: None,
            failed: None,
            over: false,
        })
    }

    /// A response with nothing in it yet.
    pub(crate) fn response(&self) -> &ImageResponse {
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
    pub(crate) async fn next(&mut self) -> Option<Result<ImageEvent>> {
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
            ImageEvent::Completed(_) => self.over = true,
            _ => {}
        }
        self.expected.hear(&mut event);
        self.ready.push_back(event);
    }

    /// Reads one document and has its events happen.
    async fn read_on(&mut self) -> Result<()> {
        let read = match self.reader.next().await {
            Ok(Some(document)) => self.understand(document),
            Ok(None) => self.end().map(|()| Understood::Nothing),
            Err(interrupted) => Err(self.interrupted(interrupted)),
        };
        // In boxes but for the usual case, which is over at once.
        match read {
            Ok(Understood::Nothing) => Ok(()),
            Ok(Understood::Answer(answer)) => {
                match self.place {
                    Place::Memory => self.put_images(answer.images),
                    Place::Files(_) | Place::Writers(_) => {
                        Box::pin(self.take_pictures(answer.images)).await;
                    }
                }
                self.end_answer(answer.failures, answer.completion)
            }
            Ok(Understood::Events(happened)) => Box::pin(self.happen(happened)).await,
            Err(broken) => Err(Box::pin(self.rescue(broken)).await),
        }
    }

    /// What a document means.
    fn understand(&mut self, document: Document) -> Result<Understood, Broken> {
        if !self.status().is_success() {
            return Err(self.refused(&document).into());
        }
        let Document {
            kind,
            text,
            pictures,
        } = document;
        match kind {
            // Nothing at all where events were announced is a stream that was cut.
            Kind::Text if text.is_empty() && self.announces_events() => {
                Err(self.cut(false, None, pictures))
            }
            Kind::Text => Err(self.undecodable(not_json(&text), text, pictures)),
            Kind::Json => self.understand_answer(text, pictures),
            Kind::Event(name) => self.understand_event(name.as_deref(), text, pictures),
        }
    }

    fn understand_answer(&self, text: Bytes, pictures: Vec<Picture>) -> Result<Understood, Broken> {
        let mut pictures = Pictures::from(pictures);
        match wire::read_text(&text, &mut pictures) {
            Ok(Ok(answer)) => Ok(Understood::Answer(answer)),
            Ok(Err(unreadable)) => {
                let left = pictures.left();
                if left.is_empty() {
                    return Err(self.no_success(*unreadable, text));
                }
                // Pictures in a place no vendor puts them are pictures all the same.
                let reason = "its pictures are in an unknown place".to_owned();
                Err(self.undecodable(reason, text, left))
            }
            // A document that just stops was cut, by a server that does not say so.
            Err(error) if error.is_eof() && !text.is_empty() => {
                Err(self.cut(false, Some(error.into()), pictures.left()))
            }
            Err(error) => {
                let reason = format!("it is broken JSON ({error})");
                Err(self.undecodable(reason, text, pictures.left()))
            }
        }
    }

    /// The end of the answer: a good one if a completion was seen, or every picture has come; Ark
    /// may leave the completion of a single one out.
    fn end(&mut self) -> Result<(), Broken> {
        if self.images > 0 && self.expected.n.is_some_and(|n| self.done >= n) {
            self.completion.get_or_insert_default();
        }
        match self.completion.take() {
            Some(completion) => Ok(self.complete(*completion)?),
            None => Err(self.cut(false, None, Vec::new())),
        }
    }

    /// The pictures of an answer are where they are wanted.
    fn put_images(&mut self, images: Vec<Found>) {
        for Found { image, .. } in images {
            self.put(ImageEvent::Image(image));
        }
    }

    async fn take_pictures(&mut self, images: Vec<Found>) {
        for found in images {
            self.take_picture(found).await;
        }
    }

    /// What follows the pictures of an answer.
    fn end_answer(&mut self, failures: Vec<ImageFailure>, completion: Completion) -> Result<()> {
        for failure in failures {
            self.put(ImageEvent::Failed(failure));
        }
        // The answer is one document: whatever its count, nothing follows.
        self.complete(completion)
    }

    /// Puts a picture where it is wanted. One that can be kept nowhere costs none of the others.
    async fn take_picture(&mut self, mut found: Found) {
        found.image.index = self.turn.index(found.image.index);
        let index = found.image.index;
        match self.settle(found).await {
            Ok(image) => self.put(ImageEvent::Image(image)),
            Err(error) => {
                self.put(ImageEvent::Failed(ImageFailure::not_saved(index, &error)));
                self.lost.get_or_insert(Box::new(error));
            }
        }
    }

    /// The end of the answer: a failure where pictures came and none of them could be kept.
    fn complete(&mut self, completion: Completion) -> Result<()> {
        match self.lost.take() {
            Some(lost) if self.kept == 0 => Err(Error::File(lost)),
            _ => {
                self.put(ImageEvent::Completed(completion));
                Ok(())
            }
        }
    }

    fn understand_event(
        &mut self,
        name: Option<&str>,
        text: Bytes,
        pictures: Vec<Picture>,
    ) -> Result<Understood, Broken> {
        let data = text.trim_ascii();
        if data == b"[DONE]" {
            if self.images > 0 {
                // However many it meant to make, it says that it is done.
                self.completion.get_or_insert_default();
            }
            return self.end().map(|()| Understood::Nothing);
        }
        if data.is_empty() {
            return Ok(Understood::Nothing);
        }
        let value = match wire::first_value(data) {
            Ok(value) => value,
            Err(error) if error.is_eof() => {
                return Err(self.cut(false, Some(error.into()), pictures));
            }
            Err(error) => {
                let reason = format!("an event of it is broken JSON ({error})");
                return Err(self.undecodable(reason, text, pictures));
            }
        };
        let mut pictures = Pictures::from(pictures);
        let read = wire::read_event(name, value, &mut pictures, self.done);
        let left = pictures.left();
        match read {
            Ok(happened) if left.is_empty() || happened.iter().any(Happened::is_picture) => {
                Ok(Understood::Events(happened))
            }
            Err(unreadable) if left.is_empty() => Err(self.no_success(*unreadable, text)),
            _ => {
                let reason = "an event of it has pictures in an unknown place".to_owned();
                Err(self.undecodable(reason, text, left))
            }
        }
    }

    /// Turns what happened into events, giving finished files their names.
    async fn happen(&mut self, happened: Vec<Happened>) -> Result<()> {
        let with_picture = happened
            .iter()
            .any(|happened| matches!(happened, Happened::Image(_)));
        for happened in happened {
            let event = match happened {
                Happened::Image(mut found) => {
                    self.number(&mut found.image);
                    self.take_picture(found).await;
                    continue;
                }
                Happened::Failed(failure) => {
                    self.done += 1;
                    ImageEvent::Failed(failure)
                }
                Happened::Partial {
                    preview,
                    partial_index,
                } => ImageEvent::Partial(self.preview(preview, partial_index).await),
                Happened::Completed(mut completion) => {
                    // Each picture of a stream comes with its own usage.
                    if let Some(earlier) = self.completion.take() {
                        completion.usage = Usage::sum(earlier.usage, completion.usage);
                    }
                    if with_picture && self.expected.n.is_some_and(|n| self.images < n) {
                        self.completion = Some(Box::new(completion));
                        continue;
                    }
                    self.complete(completion)?;
                    continue;
                }
                Happened::Unknown { kind, data } => {
                    tracing::debug!(kind, "unknown event");
                    ImageEvent::Unknown { kind, data }
                }
            };
            self.put(event);
        }
        Ok(())
    }

    /// Counts a picture of a stream, whose server numbers it.
    fn number(&mut self, image: &mut Image) {
        self.done += 1;
        self.images += 1;
        // A server that numbers two pictures alike must not have one replace the other.
        while self.indices.contains(&image.index) {
            image.index += 1;
        }
        self.indices.push(image.index);
    }

    /// Puts a picture where it is wanted: one that was decoded into a file gets its name, one
    /// that stayed in memory goes there, and a link is followed.
    async fn settle(&self, found: Found) -> Result<Image, FileError> {
        let Found { mut image, picture } = found;
        if let Place::Memory = self.place {
            return Ok(image);
        }
        let picture = match (picture, &image.data) {
            (Some(picture), _) => picture,
            (None, ImageData::Inline(bytes)) => Picture::Memory(bytes.clone()),
            (None, ImageData::Url(url)) => match Box::pin(self.fetch(url)).await {
                Ok(picture) => picture,
                Err(error) => {
                    // The link is what was paid for: it stays, and the caller can try again.
                    tracing::warn!(host = error.host(), "the picture's link cannot be followed");
                    return Ok(image);
                }
            },
            (None, ImageData::File(_) | ImageData::Written(_)) => return Ok(image),
        };
        image.data = self
            .keep(picture, self.response.stem(), image.index)
            .await?;
        Ok(image)
    }

    /// Puts a picture where the call's pictures go, under this name if that is a folder.
    pub(super) async fn keep(
        &self,
        picture: Picture,
        stem: String,
        number: u32,
    ) -> Result<ImageData, FileError> {
        Ok(match (picture, &self.place) {
            (Picture::Lost(error), _) => return Err(*error),
            (Picture::Memory(bytes) | Picture::Damaged(bytes), Place::Memory) => {
                ImageData::Inline(bytes)
            }
            (Picture::Written(written), _) => ImageData::Written(written),
            (Picture::Memory(bytes) | Picture::Damaged(bytes), Place::Writers(writers)) => {
                ImageData::Written(Box::new(writers.write(&bytes).await?))
            }
            (picture, Place::Files(target)) => {
                let saved = save::settle(picture, target.clone(), stem, number).await?;
                ImageData::File(Box::new(saved))
            }
            (Picture::File(_), _) => unreachable!("only a folder makes files"),
        })
    }

    /// Follows a link within the time that is left of the call.
    async fn fetch(&self, url: &str) -> Result<Picture, DownloadError> {
        let fetching = self.response.downloader.fetch_to(url, &self.place);
        match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), fetching)
                .await
                .unwrap_or_else(|_| Err(DownloadError::late(url))),
            None => fetching.await,
        }
    }

    /// A preview, where it is wanted; one that cannot be kept is no loss.
    async fn preview(&self, found: Found, partial_index: u32) -> PartialImage {
        let (index, size) = (found.image.index, found.image.size);
        let data = self.settle_preview(found, partial_index).await;
        if let Err(error) = &data {
            tracing::warn!(reason = error.with_cause(), "a preview cannot be kept");
        }
        PartialImage {
            index,
            partial_index,
            data: data.unwrap_or_default(),
            size,
        }
    }

    async fn settle_preview(
        &self,
        found: Found,
        partial_index: u32,
    ) -> Result<Option<ImageData>, FileError> {
        if let Place::Files(target) = &self.place
            && !target.keeps_previews()
        {
            return Ok(None);
        }
        let Found { image, picture } = found;
        Ok(match (&self.place, image.data) {
            (Place::Files(target), ImageData::Inline(bytes)) => {
                let picture = picture.unwrap_or(Picture::Memory(bytes));
                let stem = format!("{}-{}-partial", self.response.stem(), image.index + 1);
                let folder = Target::folder(target.path());
                let saved = save::settle(picture, folder, stem, partial_index).await?;
                Some(ImageData::File(Box::new(saved)))
            }
            (Place::Files(_), _) => None,
            (Place::Writers(_), ImageData::Inline(bytes)) => {
                let picture = picture.unwrap_or(Picture::Memory(bytes));
                Some(self.keep(picture, String::new(), partial_index).await?)
            }
            (_, data) => Some(data),
        })
    }
}
