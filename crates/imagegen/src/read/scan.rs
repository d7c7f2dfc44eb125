//! Reads an answer's JSON as it arrives: the pictures in it are decoded on the way through, and
//! everything else is left as a small skeleton for serde.
//!
//! Outside a picture's text the bytes are looked at one by one, inside it only by the decoder: it
//! notices everything that is no base64, the quote that ends the text among it. A picture is
//! recognised by where it stands (the value of `b64_json`, a bare text in the list `data`), as a
//! `data:` URI, or anywhere by what it decodes to. In the skeleton its text is replaced by NUL and
//! its number ([`placeholder_number`]), which no text has by accident.

use super::base64::{Decoder, payload_start};
use super::escape::Escape;
use crate::format::Format;
use crate::save::Output;

/// What a feed ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All input was used.
    More,
    /// A picture begins; the next feed decodes to its output.
    Began,
    /// A picture ended; whether its text was sound.
    Ended(bool),
    /// A line ended (only for a scanner of lines).
    LineEnd,
    /// The document is whole (only for a scanner of one).
    Whole,
}

/// Why a scan cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMuch {
    /// The skeleton is over its limit.
    Json,
    /// Objects and lists are nested too deep.
    Depth,
}

/// The most bytes of JSON beside the pictures.
pub(crate) const MAX_SKELETON: usize = 32 * 1024 * 1024;
/// The deepest nesting; serde_json's own limit.
const MAX_DEPTH: usize = 127;
/// How much of a text is looked at before it is taken for a picture; a shorter one stays in the
/// skeleton, base64 or not.
const HEAD: usize = 64;
/// How far the comma of a `data:` URI is looked for.
const MAX_URI_HEAD: usize = 1024;

/// The number of the picture a text stands for.
pub(crate) fn placeholder_number(text: &str) -> Option<u32> {
    text.strip_prefix('\0')?.parse().ok()
}

#[derive(Debug)]
enum State {
    /// Between texts.
    Structure,
    /// In a text that stays in the skeleton; whether a backslash came last.
    Text { escaped: bool },
    /// In the first bytes of a text that may be a picture.
    Head,
    /// In a picture's text.
    Picture,
}

/// What the container around the next value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Object,
    /// A list; whether a bare text in it may be a picture.
    List(Candidate),
}

/// Whether a text may be a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Candidate {
    /// A key.
    No,
    /// Only if it decodes to an image.
    Image,
    /// Only if it decodes to an image, or is a `data:` URI.
    Uri,
    /// Whatever it decodes to.
    Yes,
}

/// The scanner: bytes in, at any cut; decoded pictures and a skeleton out.
#[derive(Debug)]
pub(crate) struct Scanner {
    state: State,
    stack: Vec<Container>,
    /// Whether the next text in an object is a key.
    key_next: bool,
    /// Where in the skeleton the current text began, after its quote.
    text_start: usize,
    in_key: bool,
    /// What the value after the last key may be.
    after_key: Candidate,
    candidate: Candidate,
    head: Vec<u8>,
    escape: Escape,
    decoder: Decoder,
    pictures: u32,
    skeleton: Vec<u8>,
    too_much: Option<TooMuch>,
    lines: bool,
}

impl Scanner {
    /// A scanner of one document.
    pub(crate) fn new() -> Self {
        Self {
            state: State::Structure,
            stack: Vec::new(),
            key_next: false,
            text_start: 0,
            in_key: false,
            after_key: Candidate::Image,
            candidate: Candidate::No,
            head: Vec::new(),
            escape: Escape::default(),
            decoder: Decoder::new(),
            pictures: 0,
            skeleton: Vec::new(),
            too_much: None,
            lines: false,
        }
    }

    /// A scanner that stops at every line end, as an event stream needs it.
    pub(crate) fn of_lines() -> Self {
        Self {
            lines: true,
            ..Self::new()
        }
    }

    /// Makes ready for another document, whose pictures are numbered from 0 again.
    pub(crate) fn reset(&mut self) {
        self.state = State::Structure;
        self.stack.clear();
        self.key_next = false;
        self.after_key = Candidate::Image;
        self.escape = Escape::default();
        self.pictures = 0;
        self.skeleton.clear();
        self.too_much = None;
    }

    /// Joins another line to the document, where white space means nothing.
    pub(crate) fn join_lines(&mut self) {
        if matches!(self.state, State::Structure) {
            self.keep(b"\n");
        }
    }

    /// Everything but the pictures, so far.
    pub(crate) fn skeleton(&self) -> &[u8] {
        &self.skeleton
    }

    /// Whether every list and object that has begun has ended.
    pub(crate) fn is_whole(&self) -> bool {
        self.stack.is_empty() && matches!(self.state, State::Structure) && !self.skeleton.is_empty()
    }

    /// Whether the document outgrew what is kept of it.
    pub(crate) fn too_much(&self) -> Option<TooMuch> {
        self.too_much
    }

    /// Reads on, up to the next step worth knowing; returns how much of the input it used.
    ///
    /// What it decodes of a picture goes to the end of `out`.
    pub(crate) fn feed(&mut self, input: &[u8], out: &mut Output) -> (usize, Step) {
        let mut at = 0;
        while at < input.len() {
            let (used, step) = match self.state {
                State::Structure => self.structure(&input[at..]),
                State::Text { escaped } => self.text(&input[at..], escaped),
                State::Head => self.head(input[at]),
                State::Picture => self.picture(&input[at..], out),
            };
            at += used;
            if step != Step::More {
                return (at, step);
            }
            if self.too_much.is_some() {
                return (input.len(), Step::More);
            }
        }
        (at, Step::More)
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skeleton.len() + bytes.len() > MAX_SKELETON {
            self.too_much = Some(TooMuch::Json);
        } else {
            self.skeleton.extend_from_slice(bytes);
        }
    }

    fn structure(&mut self, input: &[u8]) -> (usize, Step) {
        for (at, &byte) in input.iter().enumerate() {
            match byte {
                b'\n' | b'\r' if self.lines => return (at + 1, Step::LineEnd),
                b'"' => {
                    self.keep(b"\"");
                    self.begin_text();
                    return (at + 1, Step::More);
                }
                b'{' | b'[' => {
                    let candidate = self.value_candidate();
                    self.after_key = Candidate::Image;
                    self.key_next = byte == b'{';
                    self.stack.push(if byte == b'{' {
                        Container::Object
                    } else {
                        Container::List(candidate)
                    });
                    if self.stack.len() > MAX_DEPTH {
                        self.too_much = Some(TooMuch::Depth);
                    }
                }
                b'}' | b']' => {
                    self.stack.pop();
                    self.key_next = false;
                }
                b',' => self.key_next = self.stack.last() == Some(&Container::Object),
                b':' => self.key_next = false,
                _ => {}
            }
            self.keep(&[byte]);
            if self.too_much.is_some() {
                return (input.len(), Step::More);
            }
            if matches!(byte, b'}' | b']') && self.stack.is_empty() && !self.lines {
                return (at + 1, Step::Whole);
            }
        }
        (input.len(), Step::More)
    }

    /// What a text or a list at this place may be.
    fn value_candidate(&self) -> Candidate {
        match self.stack.last() {
            Some(Container::Object) => self.after_key,
            Some(Container::List(candidate)) => *candidate,
            None => Candidate::Image,
        }
    }

    fn begin_text(&mut self) {
        self.text_start = self.skeleton.len();
        self.in_key = self.key_next;
        self.candidate = if self.in_key {
            Candidate::No
        } else {
            self.value_candidate()
        };
        self.state = if self.candidate == Candidate::No {
            State::Text { escaped: false }
        } else {
            self.head.clear();
            State::Head
        };
    }

    fn end_text(&mut self) {
        self.keep(b"\"");
        self.state = State::Structure;
        if self.in_key {
            let key = self
                .skeleton
                .get(self.text_start..self.skeleton.len().saturating_sub(1));
            self.after_key = match key {
                // A bare text is only a picture in a list, never as the value of `data` itself.
                Some(b"b64_json" | b"data") => Candidate::Yes,
                Some(b"url") => Candidate::Uri,
                _ => Candidate::Image,
            };
            self.in_key = false;
        }
        self.key_next = false;
    }

    /// Copies a text to its end.
    fn text(&mut self, input: &[u8], escaped: bool) -> (usize, Step) {
        if escaped {
            if self.ends_line(input[0]) {
                return (1, Step::LineEnd);
            }
            self.state = State::Text { escaped: false };
            self.keep(&input[..1]);
            return (1, Step::More);
        }
        let end = self.next_mark(input);
        self.keep(&input[..end.unwrap_or(input.len())]);
        let Some(end) = end else {
            return (input.len(), Step::More);
        };
        match input[end] {
            b'"' => self.end_text(),
            b'\\' => {
                self.keep(b"\\");
                self.state = State::Text { escaped: true };
            }
            _ => return (end + 1, Step::LineEnd),
        }
        (end + 1, Step::More)
    }

    /// Where a text's next quote, backslash or, for lines, line end is.
    fn next_mark(&self, input: &[u8]) -> Option<usize> {
        if !self.lines {
            return memchr::memchr2(b'"', b'\\', input);
        }
        let end = memchr::memchr3(b'"', b'\\', b'\n', input);
        // A bare CR ends a line too, which hardly any server uses: looked for in what is left.
        let run = &input[..end.unwrap_or(input.len())];
        memchr::memchr(b'\r', run).or(end)
    }

    /// Takes the first bytes of a text that may be a picture, one at a time.
    fn head(&mut self, byte: u8) -> (usize, Step) {
        if self.ends_line(byte) {
            return (1, Step::LineEnd);
        }
        if !self.escape.active {
            match byte {
                b'"' => {
                    self.end_text();
                    return (1, Step::More);
                }
                b'\\' => {
                    self.keep(b"\\");
                    self.escape.active = true;
                    return (1, Step::More);
                }
                _ => {
                    self.keep(&[byte]);
                    self.gather(byte);
                }
            }
        } else {
            self.keep(&[byte]);
            match self.escape.push(byte) {
                None => return (1, Step::More),
                Some(byte) => self.gather(byte),
            }
        }
        if self.head.len() < HEAD {
            return (1, Step::More);
        }
        let is_uri = self.head.starts_with(b"data:");
        let is_link = self.head.starts_with(b"http://") || self.head.starts_with(b"https://");
        match payload_start(&self.head) {
            None if self.head.len() < MAX_URI_HEAD => (1, Step::More),
            // Enough behind the comma to tell what it decodes to.
            Some(start) if self.head.len() < start + HEAD && !self.is_known(is_uri) => {
                (1, Step::More)
            }
            Some(start) if !is_link && (self.is_known(is_uri) || self.is_image(start)) => {
                self.begin_picture(start);
                (1, Step::Began)
            }
            _ => {
                self.state = State::Text { escaped: false };
                (1, Step::More)
            }
        }
    }

    /// Whether a text at this place is a picture whatever it decodes to.
    fn is_known(&self, is_uri: bool) -> bool {
        match self.candidate {
            Candidate::Yes => true,
            Candidate::Uri => is_uri,
            Candidate::Image | Candidate::No => false,
        }
    }

    /// Whether the head decodes to the beginning of an image.
    fn is_image(&self, start: usize) -> bool {
        let mut out = Output::new();
        let mut decoder = Decoder::new();
        decoder.push(&self.head[start..], &mut out);
        decoder.finish(&mut out) && Format::sniff(out.as_slice()).is_some()
    }

    /// Adds to the head; white space before a picture means nothing.
    fn gather(&mut self, byte: u8) {
        let blank = self.head.is_empty() && byte.is_ascii_whitespace();
        if !(blank && self.candidate == Candidate::Yes) {
            self.head.push(byte);
        }
    }

    /// Whether a byte ends the line, and so may end the document, even within an escape.
    fn ends_line(&self, byte: u8) -> bool {
        self.lines && matches!(byte, b'\n' | b'\r')
    }

    fn begin_picture(&mut self, start: usize) {
        self.skeleton.truncate(self.text_start);
        let number = self.pictures;
        self.pictures += 1;
        self.keep(format!("\\u0000{number}").as_bytes());
        self.decoder.reset();
        self.head.drain(..start);
        self.state = State::Picture;
    }

    /// Decodes up to the quote that ends the text, if there is nothing but base64 before it, and
    /// says where that quote is.
    fn clean_run(&mut self, input: &[u8], out: &mut Output) -> Option<Option<usize>> {
        if self.decoder.is_staging() {
            return None;
        }
        // In most pieces there is no quote. The decoder, which looks at every byte anyhow, says so
        // for less than a search.
        if self.decoder.push_clean(input, false, out) {
            return Some(None);
        }
        let quote = memchr::memchr(b'"', input)?;
        let clean = self.decoder.push_clean(&input[..quote], true, out);
        clean.then_some(Some(quote))
    }

    /// Decodes up to the next mark, and says where it is. An escaped slash is none.
    fn gather_runs(&mut self, input: &[u8], out: &mut Output) -> Option<usize> {
        if !self.decoder.is_staging() {
            let end = self.next_mark(input);
            self.decoder.push(&input[..end.unwrap_or(input.len())], out);
            return end;
        }
        let mut at = 0;
        loop {
            at += self.decoder.push_run(&input[at..], out);
            let &byte = input.get(at)?;
            if matches!(byte, b'"' | b'\\') || self.ends_line(byte) {
                return Some(at);
            }
            self.decoder.push(&[byte], out);
            at += 1;
        }
    }

    /// Decodes a picture's text to its end.
    fn picture(&mut self, input: &[u8], out: &mut Output) -> (usize, Step) {
        if !self.head.is_empty() {
            let head = std::mem::take(&mut self.head);
            self.decoder.push(&head, out);
        }
        if self.escape.active {
            if self.ends_line(input[0]) {
                return (1, Step::LineEnd);
            }
            if let Some(byte) = self.escape.push(input[0]) {
                self.decoder.push(&[byte], out);
            }
            return (1, Step::More);
        }
        let end = match self.clean_run(input, out) {
            Some(end) => end,
            None => self.gather_runs(input, out),
        };
        let Some(end) = end else {
            return (input.len(), Step::More);
        };
        match input[end] {
            b'"' => {
                let sound = self.decoder.finish(out);
                self.end_text();
                (end + 1, Step::Ended(sound))
            }
            b'\\' => {
                // Where one escape is there are more (PHP writes every `/` as `\/`).
                self.decoder.stage();
                self.escape.active = true;
                (end + 1, Step::More)
            }
            _ => (end + 1, Step::LineEnd),
        }
    }
}

#[cfg(test)]
mod tests;
