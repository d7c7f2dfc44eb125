//! A stream of events means the same however it is cut, and what a naive reader makes of it.

use imagegen::__private::{self as door, Part};

use super::pieces;

/// The seed of the cuts, then the stream.
pub(crate) fn run(data: &[u8]) {
    let Some((seed, stream)) = pieces::seed(data) else {
        return;
    };
    let whole = door::events([stream]);
    let cut = door::events(pieces::cut(stream, seed));
    assert_eq!(comparable(&whole), comparable(&cut), "the cuts matter");
    for (done, part) in whole.iter().flatten().enumerate() {
        door::meaning(part, done as u32);
    }
    let Some(whole) = whole else { return };

    let expected = naive(stream);
    assert_eq!(whole.len(), expected.len(), "another number of events");
    for (part, (name, data)) in whole.iter().zip(expected) {
        assert_eq!(part.event, Some(name));
        if part.pictures.is_empty()
            && !part.text.contains(&0)
            && !part.text.windows(6).any(|text| text == b"\\u0000")
        {
            let joined = part.text.iter().copied().filter(|byte| *byte != b'\n');
            assert!(joined.eq(data), "other data");
        }
    }
}

/// The damaged part of a picture is handed over as it was found, which depends on the cuts.
fn comparable(parts: &Option<Vec<Part>>) -> Option<Vec<Part>> {
    let mut parts = parts.clone();
    for picture in parts
        .iter_mut()
        .flatten()
        .flat_map(|part| &mut part.pictures)
    {
        if !picture.1 {
            picture.0.clear();
        }
    }
    parts
}

/// The names and the data of all events; the data without line ends.
fn naive(stream: &[u8]) -> Vec<(Option<String>, Vec<u8>)> {
    let mut events = Vec::new();
    let (mut name, mut data) = (&[][..], None::<Vec<u8>>);
    let (lines, unfinished) = lines(stream);
    for (line, finished) in lines
        .into_iter()
        .map(|line| (line, true))
        .chain([(unfinished, false)])
    {
        if let Some(value) = line.strip_prefix(b"data:") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            data.get_or_insert_default().extend_from_slice(value);
        } else if let Some(value) = line.strip_prefix(b"event:") {
            name = &value[..value.len().min(256)];
        }
        // The end of the stream ends an event as a blank line does.
        if line.is_empty() || !finished {
            if let Some(data) = data.take() {
                let name = String::from_utf8_lossy(name);
                let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
                events.push((name, data));
            }
            name = &[];
        }
    }
    events
}

/// The lines of a stream, and what stands behind the last line end.
fn lines(mut stream: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines = Vec::new();
    while let Some(end) = stream.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        let width = if stream[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        lines.push(&stream[..end]);
        stream = &stream[end + width..];
    }
    (lines, stream)
}
