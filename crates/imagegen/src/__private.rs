//! A door for the fuzz targets and the benchmarks, closed to everybody else.
//!
//! Thin functions over the private readers: bytes in, in whatever pieces; plain data out. None
//! of it is part of the API.

#![allow(missing_docs, missing_debug_implementations)] // Nobody is meant to read it.

use bytes::Bytes;
use futures_util::FutureExt as _;

use crate::read::{
    AnswerReader, Body, Decoder, EventReader, EventStep, Kind, ReadLimits, Scanner, Step,
};
use crate::save::{Flaw, Output, Picture, Sink};
use crate::wire::{self, Happened, Pictures, Unreadable};
use crate::{ImageData, ImageEvent, ImageFailure, PartialImage};

/// Decodes base64 that arrives in pieces; whether it was sound.
pub fn base64<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, bool) {
    let mut out = Output::new();
    let mut decoder = Decoder::new();
    for piece in pieces {
        decoder.push(piece, &mut out);
    }
    let sound = decoder.finish(&mut out);
    (out.into_vec(), sound)
}

/// A part of an answer: its JSON without the pictures, and each picture with its verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Whether it is an event, and that event's name.
    pub event: Option<Option<String>>,
    pub text: Vec<u8>,
    pub pictures: Vec<(Bytes, bool)>,
}

/// Scans one JSON document; `None` where it passes a limit.
pub fn scan<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<Part> {
    let mut scanner = Scanner::new();
    let mut gathered = Gathered::default();
    for mut piece in pieces {
        while !piece.is_empty() {
            let (used, step) = scanner.feed(piece, &mut gathered.out);
            piece = &piece[used..];
            match step {
                Step::Began => gathered.begin(),
                Step::Ended(sound) => gathered.end(sound),
                Step::More | Step::LineEnd | Step::Whole => {}
            }
        }
    }
    scanner.too_much().is_none().then(|| Part {
        event: None,
        text: scanner.skeleton().to_vec(),
        pictures: gathered.pictures,
    })
}

/// Scans one JSON document and forgets what it decodes, block by block, as a file takes it; how
/// much that was.
pub fn scan_through<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    Block(block): &mut Block,
) -> usize {
    let mut scanner = Scanner::new();
    let mut decoded = 0;
    for mut piece in pieces {
        while !piece.is_empty() {
            let (used, _) = scanner.feed(piece, block);
            piece = &piece[used..];
            decoded += block.len();
            block.clear();
        }
    }
    decoded
}

/// Reads a stream of events as [`scan_through`] does.
pub fn events_through<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    Block(block): &mut Block,
) -> usize {
    let mut reader = EventReader::new();
    let mut decoded = 0;
    for mut piece in pieces {
        while !piece.is_empty() {
            let (used, step) = reader.feed(piece, block);
            piece = &piece[used..];
            decoded += block.len();
            block.clear();
            if step == EventStep::Event {
                reader.next_event();
            }
        }
    }
    decoded
}

/// Room for what a piece decodes to.
pub struct Block(Output);

impl Default for Block {
    fn default() -> Self {
        Self(Output::with_room(256 * 1024))
    }
}

/// Reads a stream of events; `None` where one passes a limit.
pub fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<Part>> {
    let mut reader = EventReader::new();
    let mut gathered = Gathered::default();
    let mut parts = Vec::new();
    let mut take = |reader: &mut EventReader, gathered: &mut Gathered| {
        parts.push(Part {
            event: Some(reader.name()),
            text: reader.skeleton().to_vec(),
            pictures: std::mem::take(&mut gathered.pictures),
        });
        reader.next_event();
    };
    for mut piece in pieces {
        while !piece.is_empty() {
            let (used, step) = reader.feed(piece, &mut gathered.out);
            piece = &piece[used..];
            match step {
                EventStep::Began => gathered.begin(),
                EventStep::Ended(sound) => gathered.end(sound),
                EventStep::Event => take(&mut reader, &mut gathered),
                EventStep::More => {}
            }
            if reader.too_much().is_some() {
                return None;
            }
        }
    }
    if reader.at_end() {
        take(&mut reader, &mut gathered);
    }
    Some(parts)
}

#[derive(Default)]
struct Gathered {
    out: Output,
    pictures: Vec<(Bytes, bool)>,
}

impl Gathered {
    fn begin(&mut self) {
        self.out.clear();
    }

    fn end(&mut self, sound: bool) {
        let bytes = std::mem::take(&mut self.out).into_vec();
        // As `AnswerReader` has it: nothing is no picture.
        let sound = sound && !bytes.is_empty();
        self.pictures.push((bytes.into(), sound));
    }
}

/// A body that is there already.
struct Pieces(std::vec::IntoIter<Bytes>);

impl Body for Pieces {
    async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        Ok(self.0.next())
    }
}

/// Reads a whole body of an announced length, as a call does; whether it came to its end.
pub fn body(pieces: Vec<Bytes>, length: Option<u64>) -> (Vec<Part>, bool) {
    let limits = ReadLimits {
        max_answer: u64::MAX,
        max_image: u64::MAX,
        idle: None,
        deadline: None,
    };
    let mut reader = AnswerReader::new(Pieces(pieces.into_iter()), length, Sink::memory(), limits);
    let mut parts = Vec::new();
    loop {
        // Every piece is there already, and memory is never waited for.
        match reader.next().now_or_never() {
            Some(Ok(Some(document))) => parts.push(Part {
                event: match document.kind {
                    Kind::Event(name) => Some(name),
                    Kind::Json | Kind::Text | Kind::Picture => None,
                },
                text: document.text.into(),
                pictures: document.pictures.into_iter().filter_map(plain).collect(),
            }),
            Some(Ok(None)) => return (parts, true),
            Some(Err(_)) | None => return (parts, false),
        }
    }
}

fn plain(picture: Picture) -> Option<(Bytes, bool)> {
    match picture {
        Picture::Memory(bytes) => Some((bytes, true)),
        Picture::Damaged(bytes, _) => Some((bytes, false)),
        Picture::File(_) | Picture::Written(_) | Picture::Link(_) | Picture::Lost(_) => None,
    }
}

/// What a part means, or what is said where there is no picture in it.
pub type Meaning = Result<Vec<ImageEvent>, (&'static str, Vec<ImageFailure>)>;

/// Interprets a part, `done` pictures into an answer; `None` where it is no JSON.
pub fn meaning(part: &Part, done: u32) -> Option<Meaning> {
    let pictures = part
        .pictures
        .iter()
        .cloned()
        .map(|(bytes, sound)| match sound {
            true => Picture::of_bytes(bytes),
            false => Picture::Damaged(bytes, Flaw::Base64),
        });
    let mut pictures = Pictures::from(pictures.collect::<Vec<_>>());
    let happened = match &part.event {
        Some(name) => wire::read_event(name.as_deref(), &part.text, &mut pictures, done).ok()?,
        None => wire::read_answer(&part.text, &mut pictures)
            .ok()?
            .map(|answer| {
                let images = answer.images.into_iter().map(Happened::Image);
                let failures = answer.failures.into_iter().map(Happened::Failed);
                let completion = Happened::Completed(answer.completion);
                images.chain(failures).chain([completion]).collect()
            }),
    };
    Some(match happened {
        Ok(happened) => Ok(happened.into_iter().filter_map(event).collect()),
        Err(unreadable) => Err(match *unreadable {
            Unreadable::Error(..) => ("error", Vec::new()),
            Unreadable::Pending(_) => ("pending", Vec::new()),
            Unreadable::NoImages(_) => ("no images", Vec::new()),
            Unreadable::AllFailed(failures, _) => ("all failed", failures),
            Unreadable::Shape => ("shape", Vec::new()),
        }),
    })
}

fn event(happened: Happened) -> Option<ImageEvent> {
    Some(match happened {
        Happened::Partial {
            preview,
            partial_index,
        } => ImageEvent::Partial(PartialImage {
            index: preview.about.index,
            partial_index,
            size: preview.about.size,
            data: data(preview.picture),
        }),
        Happened::Image(found) => ImageEvent::Image(found.about.image(data(found.picture)?)),
        Happened::Failed(failure) => ImageEvent::Failed(failure),
        Happened::Completed(completion) => ImageEvent::Completed(completion),
        Happened::Unknown { kind, data } => ImageEvent::Unknown { kind, data },
    })
}

fn data(picture: Picture) -> Option<ImageData> {
    match picture {
        Picture::Memory(bytes) => Some(ImageData::Inline(bytes)),
        Picture::Link(link) => Some(ImageData::Url(link)),
        _ => None,
    }
}
