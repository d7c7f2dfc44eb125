//! Reads an answer's JSON as it arrives: the pictures in it are decoded on the way through, and
//! everything else is left as a small skeleton for serde.
//!
//! Outside a picture's text the bytes are looked at one by one, inside it only by the decoder: it
//! notices everything that is no base64, the quote that ends the text among it. A picture is
//! recognised by where it stands (the value of `b64_json`, a bare text in the list `data`), as a
//! `data:` URI, or anywhere by what it decodes to. In the skeleton its text is replaced by NUL and
//! its number ([`placeholder_number`]), which no text has by accident.

use super::base64::{Decoder, payload_start};
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

/// A JSON escape that has begun.
#[derive(Debug, Default)]
struct Escape {
    active: bool,
    /// The hex digits of `\u` still to come, and their value so far.
    digits: u8,
    value: u32,
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

impl Escape {
    /// Takes a byte of an escape; the byte it stands for once it is whole. A character outside
    /// ASCII becomes a byte that is in no alphabet.
    fn push(&mut self, byte: u8) -> Option<u8> {
        if self.digits == 0 {
            let plain = match byte {
                b'u' => {
                    (self.digits, self.value) = (4, 0);
                    return None;
                }
                // Not the letters they are written with, which are base64.
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            };
            self.active = false;
            return Some(plain);
        }
        let digit = char::from(byte).to_digit(16).unwrap_or(0);
        self.value = self.value * 16 + digit;
        self.digits -= 1;
        if self.digits > 0 {
            return None;
        }
        self.active = false;
        Some(
            u8::try_from(self.value)
                .ok()
                .filter(u8::is_ascii)
                .unwrap_or(b'?'),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::decode_text;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// What a scan of the whole document gives: its skeleton, and each picture with its verdict.
    fn scan(document: &[u8], piece: usize) -> (Value, Vec<(Vec<u8>, bool)>) {
        let mut scanner = Scanner::new();
        let mut pictures: Vec<(Output, bool)> = Vec::new();
        let mut unused = Output::new();
        for piece in document.chunks(piece.max(1)) {
            let mut input = piece;
            while !input.is_empty() {
                let out = pictures.last_mut().map_or(&mut unused, |(bytes, _)| bytes);
                let (used, step) = scanner.feed(input, out);
                input = &input[used..];
                match step {
                    Step::Began => pictures.push((Output::new(), false)),
                    Step::Ended(sound) => pictures.last_mut().unwrap().1 = sound,
                    Step::More | Step::Whole => {}
                    Step::LineEnd => unreachable!(),
                }
            }
        }
        assert!(unused.is_empty());
        let pictures = pictures
            .into_iter()
            .map(|(bytes, sound)| (bytes.into_vec(), sound));
        (
            serde_json::from_slice(scanner.skeleton()).unwrap_or(Value::Null),
            pictures.collect(),
        )
    }

    fn base64(bytes: &[u8]) -> String {
        use ::base64::Engine as _;
        ::base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    const PICTURE: [u8; 200] = [0xff; 200];

    #[test]
    fn pictures_are_found_wherever_they_stand() {
        let text = base64(&PICTURE);
        for document in [
            json!({"created": 1, "data": [{"b64_json": text, "url": ""}]}),
            json!({"data": [{"url": "", "b64_json": text}], "usage": {"a": [1, {"b": 2}]}}),
            json!({"data": [text]}),
            json!({"data": [{"b64_json": format!("data:image/png;base64,{text}")}]}),
            json!({"data": [{"url": format!("data:image/png;base64,{text}")}]}),
            json!({"data": [{"url": [format!("data:image/png;base64,{text}")]}]}),
            json!({"type": "image_generation.completed", "b64_json": text}),
            json!({"a": {"b64_json": "x"}, "b": "b64_json", "c": {"d": {"b64_json": text}}}),
        ] {
            let plain = document.to_string();
            let escaped = plain.replace('/', "\\/").replace('+', "\\u002B");
            for body in [plain, escaped] {
                for piece in [1, 2, 3, 5, 64, 4096] {
                    let (skeleton, pictures) = scan(body.as_bytes(), piece);
                    assert_eq!(pictures, [(PICTURE.to_vec(), true)], "{body} by {piece}");
                    assert!(skeleton.to_string().contains("\\u00000"), "{skeleton}");
                }
            }
        }
    }

    #[test]
    fn a_control_character_is_not_the_letter_it_is_written_with() {
        let text = base64(&PICTURE);
        for (escape, sound) in [("\\b", false), ("\\f", true), ("\\t", true)] {
            let body = format!("{{\"b64_json\":\"{text}{escape}\"}}");
            let (_, pictures) = scan(body.as_bytes(), 64);
            assert_eq!(pictures[0].1, sound, "{escape}");
        }
    }

    #[test]
    fn white_space_before_a_picture_means_nothing() {
        let text = base64(&PICTURE);
        for blank in [" ", "\\n\\t"] {
            let body = format!("{{\"b64_json\":\"{blank}data:image/png;base64,{text}\"}}");
            let (_, pictures) = scan(body.as_bytes(), 7);
            assert_eq!(pictures, [(PICTURE.to_vec(), true)]);
        }
    }

    #[test]
    fn what_is_no_picture_stays_in_the_skeleton() {
        let long = "https://example.com/".to_owned() + &"a".repeat(300);
        for document in [
            json!({"data": [{"url": long, "b64_json": null}]}),
            json!({"data": [long]}),
            json!({"data": [{"b64_json": ""}, {"b64_json": "AAAA"}]}),
            json!({"revised_prompt": "p\"\\".repeat(200), "b64_json2": "A".repeat(200)}),
            json!({"data": {"task_id": "t".repeat(200)}, "x": ["A".repeat(300)]}),
        ] {
            for piece in [1, 7, 4096] {
                let (skeleton, pictures) = scan(document.to_string().as_bytes(), piece);
                assert_eq!((skeleton, pictures.len()), (document.clone(), 0));
            }
        }
    }

    #[test]
    fn a_damaged_picture_does_not_hide_the_next() {
        let text = base64(&PICTURE);
        let damaged = format!("{}*{}", &text[..100], &text[100..]);
        let body = json!({"data": [{"b64_json": damaged}, {"b64_json": text}]}).to_string();
        let (_, pictures) = scan(body.as_bytes(), 50);
        assert!(!pictures[0].1);
        assert_eq!(pictures[1], (PICTURE.to_vec(), true));
    }

    #[test]
    fn what_has_no_end_is_stopped() {
        let mut scanner = Scanner::new();
        scanner.feed(&[b'['].repeat(200), &mut Output::new());
        assert_eq!(scanner.too_much(), Some(TooMuch::Depth));
        let mut scanner = Scanner::new();
        scanner.feed(b"{\"a\":\"", &mut Output::new());
        for _ in 0..=MAX_SKELETON / 65536 {
            scanner.feed(&[b'a'; 65536], &mut Output::new());
        }
        assert_eq!(scanner.too_much(), Some(TooMuch::Json));
        assert!(scanner.skeleton().len() <= MAX_SKELETON);
    }

    /// A part of a picture's text: as it stands in the JSON.
    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            40 => "[A-Za-z0-9+]{1,100}",
            40 => Just("\\/".to_owned()),
            1 => "(\\\\u002[BbFf]|\\\\u003[Dd]|\\\\u0041|\\\\n|\\\\r\\\\n|\\\\t|[_/ -])",
        ]
    }

    proptest! {
        #[test]
        fn an_escaped_picture_is_what_its_text_decodes_to(
            parts in proptest::collection::vec(part(), 0..200),
            end in prop_oneof![
                8 => Just(String::new()),
                2 => "=?=",
                1 => "(\\*|\\\\\\\\|\\\\\"|\\\\u00e9|\\\\b|é)[A-Za-z0-9]{0,90}",
            ],
            piece in prop_oneof![1usize..9, 1usize..5000],
        ) {
            let text = "A".repeat(HEAD) + &parts.concat() + &end;
            let body = format!("{{\"b64_json\":\"{text}\"}}");
            let plain: Value = serde_json::from_str(&body).unwrap();
            let decoded = decode_text(plain["b64_json"].as_str().unwrap());
            let (_, pictures) = scan(body.as_bytes(), piece);
            prop_assert_eq!(pictures[0].1, decoded.is_ok());
            if let Ok(bytes) = decoded {
                prop_assert_eq!(&pictures[0].0, &bytes);
            }
        }

        #[test]
        fn no_bytes_panic(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'{'), Just(b'[')], 0..400),
            piece in 1usize..40,
        ) {
            let with_key = [b"{\"b64_json\":\"".as_slice(), &bytes].concat();
            for document in [bytes, with_key] {
                scan(&document, piece);
            }
        }
    }
}
