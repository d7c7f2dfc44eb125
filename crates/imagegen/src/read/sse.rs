//! Reads a stream of server-sent events as it arrives.
//!
//! The lines of an event are never gathered: what stands behind `data:` goes straight to the
//! scanner, so the cost of an event is linear in its size, however it is cut.

use super::scan::{Scanner, Step, TooMuch};
use crate::save::Output;

/// What a feed ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventStep {
    /// All input was used.
    More,
    /// A picture begins; the next feed decodes to its output.
    Began,
    /// A picture ended; whether its text was sound.
    Ended(bool),
    /// An event is whole: its name and its skeleton can be taken.
    Event,
}

/// The longest field name and event name that are told apart.
const MAX_NAME: usize = 256;

#[derive(Debug)]
enum Line {
    /// In the field name, which is gathered.
    Field,
    /// In the value of `data`; whether the one space before it may still come.
    Data { first: bool },
    /// In the value of `event`.
    Name,
    /// In a comment or an unknown field.
    Skip,
}

/// The reader of an event stream: bytes in, at any cut; decoded pictures and skeletons out.
#[derive(Debug)]
pub(crate) struct EventReader {
    line: Line,
    field: Vec<u8>,
    name: Vec<u8>,
    has_data: bool,
    /// Whether the data of the next event has begun behind that of a whole one.
    next_begun: bool,
    after_cr: bool,
    scanner: Scanner,
}

impl EventReader {
    pub(crate) fn new() -> Self {
        Self {
            line: Line::Field,
            field: Vec::new(),
            name: Vec::new(),
            has_data: false,
            next_begun: false,
            after_cr: false,
            scanner: Scanner::of_lines(),
        }
    }

    /// The name of the event that was announced by [`EventStep::Event`].
    pub(crate) fn name(&self) -> Option<String> {
        let name = String::from_utf8_lossy(&self.name);
        let name = name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The data of that event without its pictures.
    pub(crate) fn skeleton(&self) -> &[u8] {
        self.scanner.skeleton()
    }

    /// Whether an event outgrew what is kept of it.
    pub(crate) fn too_much(&self) -> Option<TooMuch> {
        self.scanner.too_much()
    }

    /// Whether an event had begun when the stream ended; it is then taken as whole.
    pub(crate) fn at_end(&self) -> bool {
        self.has_data
    }

    /// Makes ready for the next event.
    pub(crate) fn next_event(&mut self) {
        self.name.clear();
        self.has_data = std::mem::take(&mut self.next_begun);
        self.scanner.reset();
    }

    /// Reads on, up to the next step worth knowing; returns how much of the input it used.
    pub(crate) fn feed(&mut self, input: &[u8], out: &mut Output) -> (usize, EventStep) {
        let mut at = 0;
        while at < input.len() {
            if self.after_cr {
                self.after_cr = false;
                if input[at] == b'\n' {
                    at += 1;
                    continue;
                }
            }
            if let Line::Data { first: false } = self.line {
                let (used, step) = self.scanner.feed(&input[at..], out);
                at += used;
                match step {
                    Step::More => {}
                    Step::Began => return (at, EventStep::Began),
                    Step::Ended(sound) => return (at, EventStep::Ended(sound)),
                    Step::LineEnd | Step::Whole => {
                        self.after_cr = input[at - 1] == b'\r';
                        self.line = Line::Field;
                    }
                }
                continue;
            }
            let byte = input[at];
            if let Line::Data { first: true } = self.line {
                self.line = Line::Data { first: false };
                at += usize::from(byte == b' ');
                continue;
            }
            at += 1;
            if matches!(byte, b'\n' | b'\r') {
                self.after_cr = byte == b'\r';
                let blank = matches!(self.line, Line::Field) && self.field.is_empty();
                self.field.clear();
                self.line = Line::Field;
                if blank {
                    if self.has_data {
                        return (at, EventStep::Event);
                    }
                    self.name.clear();
                }
                continue;
            }
            match self.line {
                Line::Field if byte == b':' => {
                    if self.begin_value() {
                        return (at, EventStep::Event);
                    }
                }
                Line::Field => gather(&mut self.field, byte),
                Line::Name => gather(&mut self.name, byte),
                Line::Data { .. } | Line::Skip => {}
            }
        }
        (at, EventStep::More)
    }

    /// Begins the value of a field; whether the event before it is whole, as some servers part
    /// their events by one line break only.
    fn begin_value(&mut self) -> bool {
        let mut parted = false;
        self.line = match self.field.as_slice() {
            b"data" => {
                parted = self.has_data && self.scanner.is_whole();
                if parted {
                    self.next_begun = true;
                } else if self.has_data {
                    self.scanner.join_lines();
                }
                self.has_data = true;
                Line::Data { first: true }
            }
            b"event" => {
                self.name.clear();
                Line::Name
            }
            _ => Line::Skip,
        };
        self.field.clear();
        parted
    }
}

fn gather(name: &mut Vec<u8>, byte: u8) {
    if name.len() < MAX_NAME {
        name.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An event as (name, data, sizes of its pictures).
    type Event = (Option<String>, String, Vec<usize>);

    fn events(stream: &[u8], piece: usize) -> Vec<Event> {
        let mut reader = EventReader::new();
        let mut events = Vec::new();
        let mut pictures = Vec::new();
        let mut out = Output::new();
        let mut take = |reader: &mut EventReader, pictures: &mut Vec<usize>| {
            let data = String::from_utf8_lossy(reader.skeleton()).into_owned();
            events.push((reader.name(), data, std::mem::take(pictures)));
            reader.next_event();
        };
        for piece in stream.chunks(piece.max(1)) {
            let mut input = piece;
            while !input.is_empty() {
                let (used, step) = reader.feed(input, &mut out);
                input = &input[used..];
                match step {
                    EventStep::More => {}
                    EventStep::Began => out.clear(),
                    EventStep::Ended(sound) => pictures.push(if sound { out.len() } else { 0 }),
                    EventStep::Event => take(&mut reader, &mut pictures),
                }
            }
        }
        if reader.at_end() {
            take(&mut reader, &mut pictures);
        }
        events
    }

    fn event(name: Option<&str>, data: &str) -> Event {
        (name.map(str::to_owned), data.to_owned(), Vec::new())
    }

    #[test]
    fn every_line_end_and_every_oddity_is_read() {
        let two = [event(Some("a"), "{\"x\":1}"), event(None, "[DONE]")];
        for stream in [
            "event: a\ndata: {\"x\":1}\n\ndata: [DONE]\n\n",
            "event: a\r\ndata: {\"x\":1}\r\n\r\ndata: [DONE]\r\n\r\n",
            "event: a\rdata: {\"x\":1}\r\rdata: [DONE]\r\r",
            ": ping\n\nid: 7\nevent:a\nretry: 5\n: PING\ndata:{\"x\":1}\n\n:\n\ndata: [DONE]",
            "\n\nevent: b\n\nevent: c\nevent: a\ndata\ndata: {\"x\":1}\n\ndata: [DONE]\n\n",
        ] {
            for piece in 1..=stream.len() {
                assert_eq!(
                    events(stream.as_bytes(), piece),
                    two,
                    "{stream:?} by {piece}"
                );
            }
        }
    }

    #[test]
    fn several_data_lines_are_one_document() {
        let stream = "data: {\"x\":\ndata: 1,\ndata: \"y\": 2}\n\n";
        for piece in 1..=stream.len() {
            let events = events(stream.as_bytes(), piece);
            let value: serde_json::Value = serde_json::from_str(&events[0].1).unwrap();
            assert_eq!(value, serde_json::json!({"x": 1, "y": 2}));
        }
    }

    #[test]
    fn pictures_are_decoded_on_the_way() {
        let text = "A".repeat(400);
        let stream = format!("data: {{\"b64_json\":\"{text}\",\"type\":\"t\"}}\r\n\r\n").repeat(3);
        for piece in [1, 2, 3, 64, 5000] {
            let events = events(stream.as_bytes(), piece);
            assert_eq!(events.len(), 3);
            for (_, data, pictures) in events {
                assert_eq!(pictures, [300]);
                assert_eq!(data, "{\"b64_json\":\"\\u00000\",\"type\":\"t\"}");
            }
        }
    }

    #[test]
    fn a_line_end_ends_a_picture_that_does_not() {
        for end in ["\n\n", "\r\n\r\n", "\r\r"] {
            let stream = format!(
                "data: {{\"b64_json\":\"{}{end}data: {{\"x\":1}}{end}",
                "A".repeat(400)
            );
            for piece in [1, 7, 100, 5000] {
                let events = events(stream.as_bytes(), piece);
                assert_eq!(events[1], event(None, "{\"x\":1}"), "{end:?} by {piece}");
            }
        }
    }

    #[test]
    fn a_backslash_does_not_hide_a_line_end() {
        for text in ["x".to_owned(), "A".repeat(400)] {
            let stream = format!("data: {{\"b64_json\":\"{text}\\\n\ndata: {{\"x\":1}}\n\n");
            for piece in [1, 7, 5000] {
                let events = events(stream.as_bytes(), piece);
                assert_eq!(events[1], event(None, "{\"x\":1}"), "{text:.1} by {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_events(
            lines in proptest::collection::vec(
                prop_oneof![
                    Just("event: a".to_owned()),
                    Just(String::new()),
                    Just(": ping".to_owned()),
                    Just("data: [DONE]".to_owned()),
                    Just(format!("data: {{\"b64_json\":\"{}\"}}", "QUJD".repeat(40))),
                    "data: \\{\"k\":\"[a-z\\\\\"]{0,20}\"\\}",
                    "[ -~]{0,30}",
                ],
                0..20,
            ),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            piece in 1usize..50,
        ) {
            let stream = lines.join(end) + end;
            prop_assert_eq!(events(stream.as_bytes(), piece), events(stream.as_bytes(), stream.len()));
        }
    }
}
