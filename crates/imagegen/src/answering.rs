//! From an answer that has begun to the events in it, one after the other, whatever it turns out
//! to be: one JSON document, a stream, an error, or none of these.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

use bytes::Bytes;
use futures_util::Stream;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use serde::Deserialize as _;
use serde_json::Value;

use crate::api_error::Envelope;
use crate::error::{OutcomeUnknown, Phase};
use crate::read::{AnswerReader, Document, Interrupted, Kind, Picture, ReadLimits, Sink, Why};
use crate::response::{Completion, Image, ImageData};
use crate::wire::{self, Found, Happened, Opened, Pictures, Unreadable};
use crate::{
    ApiError, DecodeError, DownloadError, Error, ErrorClass, ImageEvent, ImageResponse,
    PartialImage, Result, Target, meta, save,
};

/// The most that is read of an answer that is an error.
const MAX_ERROR: u64 = 1024 * 1024;

/// An answer being read.
pub(crate) struct Answering<S> {
    status: StatusCode,
    headers: HeaderMap,
    reader: AnswerReader<S>,
    target: Option<Target>,
    /// A response with nothing in it yet: ids, warnings, the name for files.
    frame: ImageResponse,
    ready: VecDeque<ImageEvent>,
    /// When the whole call must be over.
    deadline: Option<Instant>,
    /// The indices of the pictures so far.
    indices: HashSet<u32>,
    /// The pictures and failures so far.
    done: u32,
    images: u32,
    /// How many pictures were asked for: OpenAI completes each by itself.
    expected: u32,
    /// The completion of the last picture, while more are expected.
    completion: Option<Completion>,
    over: bool,
}

type Body = std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send + Sync>>;

impl Answering<Body> {
    pub(crate) fn new(
        opened: Opened,
        target: Option<Target>,
        limits: ReadLimits,
        frame: ImageResponse,
        expected: u32,
    ) -> Self {
        let Opened {
            status,
            headers,
            body,
        } = opened;
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        let sink = match &target {
            Some(target) if status.is_success() => Sink::files(target),
            _ => Sink::memory(),
        };
        let limits = if status.is_success() {
            limits
        } else {
            ReadLimits {
                max_answer: MAX_ERROR,
                ..limits
            }
        };
        Self {
            status,
            headers,
            reader: AnswerReader::new(body.into_inner(), length, sink, limits),
            target,
            frame,
            ready: VecDeque::new(),
            deadline: limits.deadline,
            indices: HashSet::new(),
            done: 0,
            images: 0,
            expected,
            completion: None,
            over: false,
        }
    }
}

impl<S: Stream<Item = reqwest::Result<Bytes>> + Unpin> Answering<S> {
    /// The next event; `None` after the last one.
    pub(crate) async fn next(&mut self) -> Option<Result<ImageEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.over |= matches!(event, ImageEvent::Completed(_));
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.read_on().await {
                self.over = true;
                return Some(Err(error));
            }
        }
    }

    /// Reads one document and makes its events ready.
    async fn read_on(&mut self) -> Result<()> {
        let document = match self.reader.next().await {
            Ok(Some(document)) => document,
            Ok(None) => return self.end(),
            Err(interrupted) => return Err(self.interrupted(interrupted)),
        };
        if !self.status.is_success() {
            return Err(self.refused(&document));
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
            Kind::Json => match first_value(&text) {
                Ok(value) => self.take_answer(value, text, pictures).await,
                // A document that just stops was cut, by a server that does not say so.
                Err(error) if error.is_eof() && !text.is_empty() => {
                    Err(self.cut(false, Some(error.into()), pictures))
                }
                Err(error) => {
                    Err(self.undecodable(format!("it is broken JSON ({error})"), text, pictures))
                }
            },
            Kind::Event(name) => self.take_event(name.as_deref(), text, pictures).await,
        }
    }

    /// The end of the answer: a good one if a completion was seen.
    fn end(&mut self) -> Result<()> {
        match self.completion.take() {
            Some(completion) => {
                self.ready.push_back(ImageEvent::Completed(completion));
                Ok(())
            }
            None => Err(self.cut(false, None, Vec::new())),
        }
    }

    async fn take_answer(
        &mut self,
        value: Value,
        text: Vec<u8>,
        pictures: Vec<Picture>,
    ) -> Result<()> {
        let mut pictures = Pictures::from(pictures);
        let read = wire::read(value, &mut pictures);
        let left = pictures.left();
        let answer = match read {
            Ok(answer) => answer,
            Err(unreadable) if left.is_empty() => return Err(self.no_success(*unreadable, text)),
            // Pictures in a place no vendor puts them are pictures all the same.
            Err(_) => {
                let reason = "its pictures are in an unknown place".to_owned();
                return Err(self.undecodable(reason, text, left));
            }
        };
        let mut happened: Vec<_> = answer.images.into_iter().map(Happened::Image).collect();
        happened.extend(answer.failures.into_iter().map(Happened::Failed));
        self.happen(happened).await?;
        // The answer is one document: whatever its count, nothing follows.
        self.ready
            .push_back(ImageEvent::Completed(answer.completion));
        Ok(())
    }

    async fn take_event(
        &mut self,
        name: Option<&str>,
        text: Vec<u8>,
        pictures: Vec<Picture>,
    ) -> Result<()> {
        let data = text.trim_ascii();
        if data == b"[DONE]" {
            if self.images > 0 {
                // Ark may leave the completion of a single picture out, but says that it is done.
                self.completion.get_or_insert_default();
            }
            return self.end();
        }
        if data.is_empty() {
            return Ok(());
        }
        let value = match first_value(data) {
            Ok(value) => value,
            Err(error) if error.is_eof() => {
                return Err(self.cut(false, Some(error.into()), pictures));
            }
            Err(error) => {
                return Err(self.undecodable(
                    format!("an event of it is broken JSON ({error})"),
                    text,
                    pictures,
                ));
            }
        };
        let mut pictures = Pictures::from(pictures);
        let read = wire::read_event(name, value, &mut pictures, self.done);
        let left = pictures.left();
        match read {
            Ok(happened) if left.is_empty() || happened.iter().any(Happened::is_picture) => {
                self.happen(happened).await
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
                Happened::Image(found) => {
                    self.done += 1;
                    self.images += 1;
                    ImageEvent::Image(self.settle(found).await?)
                }
                Happened::Failed(failure) => {
                    self.done += 1;
                    ImageEvent::Failed(failure)
                }
                Happened::Partial {
                    preview,
                    partial_index,
                } => ImageEvent::Partial(self.preview(preview, partial_index).await?),
                Happened::Completed(completion) if with_picture && self.images < self.expected => {
                    self.completion = Some(completion);
                    continue;
                }
                Happened::Completed(completion) => ImageEvent::Completed(completion),
                Happened::Unknown { kind, data } => {
                    tracing::debug!(kind, "unknown event");
                    ImageEvent::Unknown { kind, data }
                }
            };
            self.ready.push_back(event);
        }
        Ok(())
    }

    /// Puts a picture where it is wanted: one that was decoded into a file gets its name, one
    /// that stayed in memory a file, and a link is followed.
    async fn settle(&mut self, found: Found) -> Result<Image> {
        let Found { mut image, file } = found;
        // A server that numbers two pictures alike must not have one replace the other.
        while !self.indices.insert(image.index) {
            image.index += 1;
        }
        let Some(target) = &self.target else {
            return Ok(image);
        };
        let picture = match (file, &image.data) {
            (Some(file), _) => Picture::File(file),
            (None, ImageData::Inline(bytes)) => Picture::Memory(bytes.clone()),
            (None, ImageData::Url(url)) => {
                match self.fetch(url, target).await {
                    Ok(picture) => picture,
                    Err(error) => {
                        // The link is what was paid for: it stays, and the caller can try again.
                        tracing::warn!(
                            host = error.host(),
                            "the picture's link cannot be followed"
                        );
                        return Ok(image);
                    }
                }
            }
            (None, ImageData::File(_)) => return Ok(image),
        };
        let stem = self.frame.stem.clone();
        let saved = save::settle(picture, target.clone(), stem, image.index).await?;
        image.data = ImageData::File(Box::new(saved));
        Ok(image)
    }

    /// Follows a link within the time that is left of the call.
    async fn fetch(&self, url: &str, target: &Target) -> Result<Picture, DownloadError> {
        let fetching = self.frame.downloader.fetch_to(url, target);
        match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), fetching)
                .await
                .unwrap_or_else(|_| Err(DownloadError::late(url))),
            None => fetching.await,
        }
    }

    async fn preview(&self, found: Found, partial_index: u32) -> Result<PartialImage> {
        let Found { image, file } = found;
        let data = match (&self.target, file, image.data) {
            (None, _, data) => Some(data),
            (Some(target), file, ImageData::Inline(bytes)) if target.keeps_previews() => {
                let picture = file.map_or(Picture::Memory(bytes), Picture::File);
                let stem = format!("{}-{}-partial", self.frame.stem, image.index + 1);
                let folder = Target::folder(target.path());
                let saved = save::settle(picture, folder, stem, partial_index).await?;
                Some(ImageData::File(Box::new(saved)))
            }
            (Some(_), ..) => None,
        };
        Ok(PartialImage {
            index: image.index,
            partial_index,
            data,
            size: image.size,
        })
    }

    /// The error of an answer whose status says that it is one.
    fn refused(&self, document: &Document) -> Error {
        if is_proxy_timeout(self.status) {
            // A proxy lost its patience; what is behind it may go on, and bill.
            return OutcomeUnknown {
                phase: Phase::Waiting,
                timed_out: true,
                status: Some(self.status),
                client_request_id: self.frame.meta.client_request_id.clone(),
                request_id: self.request_id(),
                received: 0,
                partial: None,
                source: None,
            }
            .into();
        }
        let text = document.text.trim_ascii();
        let envelope = match first_value(text) {
            Ok(value) => Envelope::find(&value).unwrap_or_else(|| Envelope::read(&value)),
            Err(_) => Envelope {
                message: describe(text),
                ..Envelope::default()
            },
        };
        let mut error = self.api_error(envelope);
        error.retry_after = meta::retry_after(&self.headers);
        error.should_retry = meta::should_retry(&self.headers);
        error.into()
    }

    /// The error of an answer whose status says success and whose content does not.
    fn no_success(&self, unreadable: Unreadable, text: Vec<u8>) -> Error {
        let (envelope, class, usage) = match unreadable {
            Unreadable::Error(envelope, usage) => (*envelope, None, usage),
            Unreadable::NoImages(usage) => (Envelope::default(), Some(ErrorClass::NoImages), usage),
            Unreadable::AllFailed(failures, usage) => {
                if let Some(raw) = failures.iter().find_map(|failure| failure.raw.clone()) {
                    let picture = Picture::Damaged(raw);
                    return self.undecodable(
                        "its pictures are damaged".to_owned(),
                        text,
                        vec![picture],
                    );
                }
                let envelope =
                    failures
                        .into_iter()
                        .next()
                        .map_or_else(Envelope::default, |first| Envelope {
                            code: first.code,
                            message: first.message,
                            ..Envelope::default()
                        });
                (envelope, None, usage)
            }
            Unreadable::Pending(mut pending) => {
                pending.request_id = meta::request_id(&self.headers);
                return Error::Pending(Box::new(pending));
            }
            Unreadable::Shape(reason) => {
                return self.undecodable(reason.to_owned(), text, Vec::new());
            }
        };
        let mut error = self.api_error(envelope);
        error.class = class.unwrap_or(error.class);
        error.usage = usage;
        error.into()
    }

    fn api_error(&self, envelope: Envelope) -> ApiError {
        let mut error = ApiError::new(self.status, envelope);
        error.request_id = self
            .request_id()
            .or_else(|| meta::request_id_in(error.message()?));
        error.rate_limits = meta::rate_limits(&self.headers);
        error.client_request_id = self.frame.meta.client_request_id.clone();
        error
    }

    fn announces_events(&self) -> bool {
        let content_type = self.headers.get(CONTENT_TYPE);
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
    }

    fn request_id(&self) -> Option<String> {
        meta::request_id(&self.headers)
    }

    fn interrupted(&self, interrupted: Interrupted) -> Error {
        let Interrupted {
            why,
            text,
            pictures,
        } = interrupted;
        if !self.status.is_success() {
            // However much of an error arrives, the refusal is the outcome.
            return self.refused(&Document {
                kind: Kind::Text,
                text,
                pictures: Vec::new(),
            });
        }
        match why {
            Why::Cut { timed_out, source } => self.cut(timed_out, source.map(Into::into), pictures),
            Why::TooMuch(reason) => self.undecodable(reason, text, pictures),
            Why::File(error) => error.into(),
        }
    }

    /// The answer ended before its end.
    fn cut(
        &self,
        timed_out: bool,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
        pictures: Vec<Picture>,
    ) -> Error {
        OutcomeUnknown {
            phase: Phase::Reading,
            timed_out,
            status: Some(self.status),
            client_request_id: self.frame.meta.client_request_id.clone(),
            request_id: self.request_id(),
            received: self.reader.received(),
            partial: self.rescued(pictures),
            source,
        }
        .into()
    }

    fn undecodable(&self, reason: String, text: Vec<u8>, pictures: Vec<Picture>) -> Error {
        DecodeError {
            reason,
            status: self.status,
            content_type: self
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            request_id: self.request_id(),
            body: text.into(),
            partial: self.rescued(pictures),
            source: None,
        }
        .into()
    }

    /// The pictures that were whole when the rest of their document was not.
    fn rescued(&self, pictures: Vec<Picture>) -> Option<Box<ImageResponse>> {
        let mut response = self.frame.clone();
        for picture in pictures {
            let index = self.done + (response.images.len() + response.failures.len()) as u32;
            let data = match picture {
                Picture::Memory(bytes) => ImageData::Inline(bytes),
                Picture::File(file) => {
                    let Some(target) = &self.target else { continue };
                    match file.place(target, &self.frame.stem, index) {
                        Ok(saved) => ImageData::File(Box::new(saved)),
                        Err(_) => continue,
                    }
                }
                Picture::Damaged(raw) => {
                    response.failures.push(wire::damaged(index, raw));
                    continue;
                }
            };
            response.images.push(Image::bare(index, data));
        }
        let rescued = !response.images.is_empty() || !response.failures.is_empty();
        rescued.then(|| Box::new(response))
    }
}

/// Whether a status says that a proxy waited in vain: 504, and 524 of a content network.
fn is_proxy_timeout(status: StatusCode) -> bool {
    matches!(status.as_u16(), 504 | 524)
}

/// The first JSON value of a text; some gateways send more behind it.
pub(crate) fn first_value(text: &[u8]) -> Result<Value, serde_json::Error> {
    Value::deserialize(&mut serde_json::Deserializer::from_slice(text))
}

fn not_json(text: &[u8]) -> String {
    match text.first() {
        None => "it is empty".to_owned(),
        Some(b'<') => "it is an HTML page".to_owned(),
        Some(_) => "it is no JSON".to_owned(),
    }
}

/// What a page or a plain text says in a line: an HTML title, or the first words.
fn describe(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&text[..text.len().min(4096)]);
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = start + lower[start..].find("</title>")?;
        text.get(start..end)
    });
    let line = title
        .or_else(|| (!text.starts_with('<')).then(|| text.lines().next())?)?
        .trim();
    (!line.is_empty()).then(|| line.chars().take(200).collect())
}
