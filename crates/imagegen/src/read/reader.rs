//! The body of an answer, from its first byte to its end: tells what it is and hands out its
//! documents.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes};
use reqwest::Response;

use super::scan::{Scanner, Step, TooMuch};
use super::sse::{EventReader, EventStep};
use crate::format::Format;
use crate::save::{Accept, Output, Picture, Sink};

/// How much of an answer is read, and how long it may pause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadLimits {
    /// The most bytes of the whole answer.
    pub(crate) max_answer: u64,
    /// The most bytes of one decoded picture.
    pub(crate) max_image: u64,
    /// The longest pause.
    pub(crate) idle: Option<Duration>,
    /// When the whole call must be over.
    pub(crate) deadline: Option<Instant>,
}

/// The longest that can be waited from now on: the shorter of a limit and what is left until a
/// deadline.
fn longest_wait(limit: Option<Duration>, deadline: Option<Instant>) -> Option<Duration> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    match (limit, left) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// A part of an answer that can be understood by itself.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    /// JSON, in which placeholders stand for the pictures; or the text as it came.
    pub(crate) text: Bytes,
    pub(crate) pictures: Vec<Picture>,
}

/// What a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The answer as one JSON document.
    Json,
    /// An event, with its name.
    Event(Option<String>),
    /// The answer is itself a picture.
    Picture,
    /// Neither.
    Text,
}

/// What stopped the reading.
#[derive(Debug)]
pub(crate) struct Interrupted {
    pub(crate) why: Why,
    /// What the document was.
    pub(crate) kind: Kind,
    /// What had arrived of the document that was being read.
    pub(crate) text: Bytes,
    /// Its pictures that were whole.
    pub(crate) pictures: Vec<Picture>,
}

#[derive(Debug)]
pub(crate) enum Why {
    /// The connection ended or paused too long.
    Cut {
        timed_out: bool,
        source: Option<reqwest::Error>,
    },
    /// A limit was passed.
    TooMuch(String),
}

/// A body up to this size is collected and parsed as it is: for a small answer the scanner
/// costs more than it spares.
const DIRECT: u64 = 64 * 1024;
/// How much is decoded at a time: little enough to stay in the processor's cache between being
/// read, decoded and written.
const PIECE: usize = 64 * 1024;
/// The most of a picture that was looked at before it was known to be one.
const LOOKED_AT: u64 = 1024;
/// How many bytes tell what a body is: those of a picture's format.
const TELLING: usize = 16;
/// How long the last look at the socket may take once the time is up.
const LAST_LOOK: Duration = Duration::from_millis(100);

enum Mode {
    /// The first bytes are being looked at; what is kept of them.
    Undecided(Vec<u8>),
    /// A small JSON body that has come in one piece.
    Whole(Bytes),
    /// A small JSON body that is collected whole.
    Direct(Vec<u8>),
    Json(Box<Scanner>),
    Events(Box<EventReader>),
    Text(Vec<u8>),
    /// The body is a picture.
    Picture,
    /// The last document has been handed out.
    Over,
}

/// What reading a part of a chunk came to.
enum Fed {
    More,
    /// An event is complete.
    Event,
    PictureGrew,
    /// A document is complete.
    Document,
    /// A picture is complete, its text sound or not.
    PictureEnded {
        sound: bool,
    },
}

/// Where the bytes of an answer come from.
pub(crate) trait Body {
    /// The next of them; `None` after the last.
    fn chunk(&mut self) -> impl Future<Output = reqwest::Result<Option<Bytes>>> + Send;
}

impl Body for Box<Response> {
    fn chunk(&mut self) -> impl Future<Output = reqwest::Result<Option<Bytes>>> + Send {
        Response::chunk(self)
    }
}

impl AnswerReader<Box<Response>> {
    /// A reader of an answer that has begun.
    pub(crate) fn of_response(opened: Box<Response>, sink: Sink, limits: ReadLimits) -> Self {
        let length = opened.content_length();
        Self::new(opened, length, sink, limits)
    }
}

/// Reads documents off a body.
pub(crate) struct AnswerReader<B> {
    body: B,
    limits: ReadLimits,
    length: Option<u64>,
    sink: Sink,
    mode: Mode,
    chunk: Bytes,
    received: u64,
    pictures: Vec<Picture>,
    in_picture: bool,
}

impl<B: Body> AnswerReader<B> {
    /// A reader of a body of `length` bytes, where that is known.
    pub(crate) fn new(body: B, length: Option<u64>, sink: Sink, limits: ReadLimits) -> Self {
        Self {
            body,
            limits,
            length,
            sink,
            mode: Mode::Undecided(Vec::new()),
            chunk: Bytes::new(),
            received: 0,
            pictures: Vec::new(),
            in_picture: false,
        }
    }

    /// Reads no further: what follows is nobody's business.
    pub(crate) fn stop(&mut self) {
        self.mode = Mode::Over;
        self.chunk.clear();
    }

    /// The bytes that have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Reads up to the end of the next document; `None` once there is none left.
    pub(crate) async fn next(&mut self) -> Result<Option<Document>, Interrupted> {
        loop {
            if !self.chunk.is_empty() {
                match self.feed() {
                    Ok(Fed::More) => {}
                    Ok(Fed::Event) => return Ok(Some(self.take_event())),
                    Ok(Fed::Document) => return Ok(Some(self.take_document())),
                    Ok(Fed::PictureGrew) => self.sink.flush().await,
                    Ok(Fed::PictureEnded { sound }) => self.end_picture(sound).await,
                    Err(why) => return Err(self.interrupted(why)),
                }
                continue;
            }
            if matches!(self.mode, Mode::Over) {
                return Ok(None);
            }
            match self.arrive().await {
                Ok(Some(chunk)) => {
                    self.received += chunk.len() as u64;
                    if self.received > self.limits.max_answer {
                        let why = format!("it is larger than {} bytes", self.limits.max_answer);
                        return Err(self.interrupted(Why::TooMuch(why)));
                    }
                    self.chunk = chunk;
                }
                Ok(None) => return self.end().await,
                Err(why) => return Err(self.interrupted(why)),
            }
        }
    }

    /// Waits for the next bytes.
    async fn arrive(&mut self) -> Result<Option<Bytes>, Why> {
        // Even read to its end the last chunk keeps its buffer from being used again.
        self.chunk = Bytes::new();
        let mut next = pin!(self.body.chunk());
        let mut pause = pin!(None);
        let mut looked = false;
        let next = poll_fn(|cx| {
            if let Poll::Ready(next) = next.as_mut().poll(cx) {
                return Poll::Ready(Some(next));
            }
            // What is there already needs no clock.
            if pause.is_none() {
                // What is finished goes to the disk meanwhile.
                let finished = std::mem::take(&mut self.pictures);
                self.pictures = finished.into_iter().map(Picture::flushing).collect();
                match longest_wait(self.limits.idle, self.limits.deadline) {
                    Some(limit) => pause.set(Some(tokio::time::sleep(limit))),
                    None => return Poll::Pending,
                }
            }
            let Some(clock) = pause.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            if clock.poll(cx).is_pending() {
                return Poll::Pending;
            }
            if looked {
                return Poll::Ready(None);
            }
            // What is in the socket when the time runs out has come: a process that was stopped
            // finds its clock run down before its connection was read.
            looked = true;
            let left = self.limits.deadline.map_or(LAST_LOOK, |deadline| {
                // Whatever still trickles in, the look ends.
                (deadline + LAST_LOOK).saturating_duration_since(Instant::now())
            });
            pause.set(Some(tokio::time::sleep(left.min(LAST_LOOK))));
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        match next.await {
            Some(next) => next.map_err(|source| Why::Cut {
                timed_out: source.is_timeout(),
                source: Some(source.without_url()),
            }),
            None => Err(Why::Cut {
                timed_out: true,
                source: None,
            }),
        }
    }

    /// Reads some or all of the chunk.
    fn feed(&mut self) -> Result<Fed, Why> {
        match &mut self.mode {
            Mode::Undecided(head) if head.is_empty() => {
                let blank = self.chunk.len() - trimmed(&self.chunk).len();
                self.chunk.advance(blank);
                if self.chunk.len() >= TELLING {
                    self.mode = self.mode_of(&self.chunk);
                    self.begin_if_picture();
                } else {
                    self.mode = Mode::Undecided(std::mem::take(&mut self.chunk).into());
                }
                Ok(Fed::More)
            }
            Mode::Undecided(head) => {
                head.extend_from_slice(&self.chunk);
                self.chunk.clear();
                let blank = head.len() - trimmed(head).len();
                head.drain(..blank);
                if head.len() >= TELLING {
                    self.decide();
                }
                Ok(Fed::More)
            }
            Mode::Direct(text)
                if text.is_empty() && self.length == Some(self.chunk.len() as u64) =>
            {
                self.mode = Mode::Whole(std::mem::take(&mut self.chunk));
                Ok(Fed::More)
            }
            Mode::Whole(text) => {
                // There is more than was announced.
                self.mode = Mode::Direct(std::mem::take(text).into());
                Ok(Fed::More)
            }
            Mode::Direct(text) => {
                text.extend_from_slice(&self.chunk);
                self.chunk.clear();
                // Whole although more was announced, or the connection stays open.
                let waits = self.length != Some(text.len() as u64);
                if waits && ends_json(text) && is_json(text) {
                    return Ok(Fed::Document);
                }
                Ok(Fed::More)
            }
            Mode::Text(text) => {
                // Nothing that may be a picture in some form is cut.
                let most = self.limits.max_image.saturating_mul(4) / 3 + 1024 * 1024;
                if (text.len() + self.chunk.len()) as u64 > most {
                    return Err(Why::TooMuch(format!("it is larger than {most} bytes")));
                }
                text.extend_from_slice(&self.chunk);
                self.chunk.clear();
                Ok(Fed::More)
            }
            Mode::Picture => {
                let piece = self.chunk.split_to(self.chunk.len().min(PIECE));
                self.sink.out().extend_from_slice(&piece);
                self.check_picture()
            }
            Mode::Json(scanner) => {
                let piece = &self.chunk[..self.chunk.len().min(PIECE)];
                let (used, step) = scanner.feed(piece, self.sink.out());
                self.chunk.advance(used);
                if let Some(too_much) = scanner.too_much() {
                    return Err(Why::TooMuch(too_much_in_words(too_much)));
                }
                match step {
                    Step::Began => {
                        self.begin_picture();
                        Ok(Fed::More)
                    }
                    Step::Ended(sound) => Ok(Fed::PictureEnded { sound }),
                    Step::Whole => Ok(Fed::Document),
                    Step::More | Step::LineEnd => self.check_picture(),
                }
            }
            Mode::Events(reader) => {
                let piece = &self.chunk[..self.chunk.len().min(PIECE)];
                let (used, step) = reader.feed(piece, self.sink.out());
                self.chunk.advance(used);
                if let Some(too_much) = reader.too_much() {
                    return Err(Why::TooMuch(too_much_in_words(too_much)));
                }
                match step {
                    EventStep::Began => {
                        self.begin_picture();
                        Ok(Fed::More)
                    }
                    EventStep::Ended(sound) => Ok(Fed::PictureEnded { sound }),
                    EventStep::More => self.check_picture(),
                    EventStep::Event => Ok(Fed::Event),
                }
            }
            Mode::Over => {
                self.chunk.clear();
                Ok(Fed::More)
            }
        }
    }

    fn decide(&mut self) {
        if let Mode::Undecided(head) = &mut self.mode {
            self.chunk = std::mem::take(head).into();
            self.mode = self.mode_of(&self.chunk);
            self.begin_if_picture();
        }
    }

    /// Tells from the first bytes what the body is; the header of a gateway may lie.
    fn mode_of(&self, head: &[u8]) -> Mode {
        const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
        match (head.first(), self.length) {
            (Some(b'{' | b'['), Some(..=DIRECT)) => Mode::Direct(Vec::new()),
            (Some(b'{' | b'['), _) => Mode::Json(Box::new(Scanner::new())),
            (Some(_), _) if FIELDS.iter().any(|field| head.starts_with(field)) => {
                Mode::Events(Box::new(EventReader::new()))
            }
            _ if Format::sniff(head).is_some_and(|format| format != Format::Svg) => Mode::Picture,
            _ => Mode::Text(Vec::new()),
        }
    }

    fn begin_if_picture(&mut self) {
        if matches!(self.mode, Mode::Picture) {
            self.begin_picture();
        }
    }

    fn begin_picture(&mut self) {
        // What is left of the body bounds the picture, but for its head, which was looked at;
        // base64 is a third longer than its bytes.
        let hint = self.length.map(|length| {
            let left = length.saturating_sub(self.received - self.chunk.len() as u64);
            (left.saturating_mul(3) / 4 + LOOKED_AT).min(self.limits.max_image)
        });
        // What is finished needs no open file: an answer may bring more than a process may have.
        self.flush_finished();
        self.sink.begin(hint);
        self.in_picture = true;
    }

    async fn end_picture(&mut self, sound: bool) {
        self.in_picture = false;
        // A text of nothing but padding is sound base64, and no picture.
        let sound = sound && self.sink.len() > 0;
        let picture = self.sink.end(sound, Accept::Binary).await;
        self.pictures.push(picture);
    }

    fn check_picture(&self) -> Result<Fed, Why> {
        if !self.in_picture {
            return Ok(Fed::More);
        }
        if self.sink.len() > self.limits.max_image {
            return Err(Why::TooMuch(format!(
                "a picture in it is larger than {} bytes",
                self.limits.max_image
            )));
        }
        Ok(Fed::PictureGrew)
    }

    /// Sends finished pictures on their way to the disk.
    fn flush_finished(&mut self) {
        let finished = std::mem::take(&mut self.pictures);
        self.pictures = finished.into_iter().map(Picture::flushing).collect();
    }

    /// The document that is whole, while the body may go on.
    fn take_document(&mut self) -> Document {
        let text = match &mut self.mode {
            Mode::Json(scanner) => {
                let text = Bytes::copy_from_slice(scanner.skeleton());
                scanner.reset();
                text
            }
            Mode::Direct(text) => std::mem::take(text).into(),
            _ => Bytes::new(),
        };
        Document {
            kind: Kind::Json,
            text,
            pictures: std::mem::take(&mut self.pictures),
        }
    }

    fn take_event(&mut self) -> Document {
        let mut document = Document {
            kind: Kind::Event(None),
            text: Bytes::new(),
            pictures: std::mem::take(&mut self.pictures),
        };
        self.in_picture = false;
        if let Mode::Events(reader) = &mut self.mode {
            document.kind = Kind::Event(reader.name());
            document.text = Bytes::copy_from_slice(reader.skeleton());
            reader.next_event();
        }
        document
    }

    /// The last document, once the body has ended.
    async fn end(&mut self) -> Result<Option<Document>, Interrupted> {
        if matches!(self.mode, Mode::Undecided(_)) {
            self.decide();
            if let Mode::Events(reader) = &mut self.mode {
                // A whole stream this short has no picture in it.
                reader.feed(&self.chunk, &mut Output::new());
            } else if let Mode::Direct(text) | Mode::Text(text) = &mut self.mode {
                text.extend_from_slice(&self.chunk);
            } else if let Mode::Json(scanner) = &mut self.mode {
                scanner.feed(&self.chunk, &mut Output::new());
            } else if let Mode::Picture = &self.mode {
                self.sink.out().extend_from_slice(&self.chunk);
            }
            self.chunk.clear();
        }
        if let Mode::Picture = &self.mode {
            self.end_picture(true).await;
            self.mode = Mode::Over;
            return Ok(Some(Document {
                kind: Kind::Picture,
                text: Bytes::new(),
                pictures: std::mem::take(&mut self.pictures),
            }));
        }
        if self.in_picture {
            return Err(self.interrupted(Why::Cut {
                timed_out: false,
                source: None,
            }));
        }
        if let Mode::Events(reader) = &self.mode {
            let begun = reader.at_end();
            let event = begun.then(|| self.take_event());
            self.mode = Mode::Over;
            return Ok(event);
        }
        let pictures = std::mem::take(&mut self.pictures);
        let (kind, text) = match std::mem::replace(&mut self.mode, Mode::Over) {
            Mode::Whole(text) => (Kind::Json, text),
            Mode::Direct(text) => (Kind::Json, text.into()),
            Mode::Json(scanner) => (Kind::Json, Bytes::copy_from_slice(scanner.skeleton())),
            Mode::Text(text) => (Kind::Text, text.into()),
            Mode::Undecided(_) | Mode::Events(_) | Mode::Picture | Mode::Over => return Ok(None),
        };
        if kind == Kind::Json && text.trim_ascii().is_empty() && pictures.is_empty() {
            // What followed the last document was white space.
            return Ok(None);
        }
        Ok(Some(Document {
            kind,
            text,
            pictures,
        }))
    }

    fn interrupted(&mut self, why: Why) -> Interrupted {
        let (kind, text) = match std::mem::replace(&mut self.mode, Mode::Over) {
            Mode::Undecided(text) | Mode::Text(text) => (Kind::Text, text.into()),
            Mode::Direct(text) => (Kind::Json, text.into()),
            Mode::Whole(text) => (Kind::Json, text),
            Mode::Json(scanner) => (Kind::Json, Bytes::copy_from_slice(scanner.skeleton())),
            Mode::Events(reader) => {
                let text = Bytes::copy_from_slice(reader.skeleton());
                (Kind::Event(reader.name()), text)
            }
            Mode::Picture => (Kind::Picture, Bytes::new()),
            Mode::Over => (Kind::Text, Bytes::new()),
        };
        self.chunk.clear();
        Interrupted {
            why,
            kind,
            text,
            pictures: std::mem::take(&mut self.pictures),
        }
    }
}

/// Whether a text may be whole JSON, by its last byte.
fn ends_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_end().last(), Some(b'}' | b']'))
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

fn too_much_in_words(too_much: TooMuch) -> String {
    match too_much {
        TooMuch::Json => "it holds more than 32 MiB of JSON beside the pictures".to_owned(),
        TooMuch::Depth => "its JSON is nested too deep".to_owned(),
    }
}

/// Without byte order marks and the white space that keeps a slow answer alive.
fn trimmed(head: &[u8]) -> &[u8] {
    let mut head = head.trim_ascii_start();
    while let Some(rest) = head.strip_prefix(b"\xef\xbb\xbf") {
        head = rest.trim_ascii_start();
    }
    head
}
