//! What is learnt of a picture while its bytes pass by.

use std::hash::{Hash as _, Hasher as _};

use super::flaw::{Accept, Flaw};
use crate::format::Format;
use crate::size::Pixels;

/// A number that two pictures only share if they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

/// The length, format, size and hash of the bytes taken so far.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    bytes: u64,
    format: Option<Format>,
    size: Option<Pixels>,
    /// The first bytes, until they have told the size or there are enough of them.
    head: Vec<u8>,
    /// The first bytes of all.
    start: Vec<u8>,
    /// The last bytes so far.
    tail: Vec<u8>,
    #[cfg(feature = "sha256")]
    sha256: sha2::Sha256,
}

impl Facts {
    /// Enough for a JPEG whose size stands behind a large preview.
    const HEAD: u64 = 64 * 1024;
    /// Enough to tell a text.
    const START: usize = 64;
    /// Enough to find the end of a picture, whatever a careless server put behind it.
    const TAIL: usize = 1024;

    /// Those of bytes that are all there.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut facts = Self::default();
        let head = bytes.len().min(Self::HEAD as usize);
        facts.look(&bytes[..head]);
        facts.bytes = bytes.len() as u64;
        facts.start = bytes[..bytes.len().min(Self::START)].to_vec();
        facts.tail = bytes[bytes.len().saturating_sub(Self::TAIL)..].to_vec();
        facts
    }

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        if self.size.is_none() && self.bytes < Self::HEAD && !bytes.is_empty() {
            self.look(bytes);
        }
        if self.start.len() < Self::START {
            let missing = Self::START - self.start.len();
            self.start
                .extend_from_slice(&bytes[..bytes.len().min(missing)]);
        }
        let kept = (self.tail.len() + bytes.len()).min(Self::TAIL);
        let older = kept.saturating_sub(bytes.len());
        self.tail.drain(..self.tail.len() - older);
        self.tail
            .extend_from_slice(&bytes[bytes.len() - (kept - older)..]);
        self.bytes += bytes.len() as u64;
        #[cfg(feature = "sha256")]
        sha2::Digest::update(&mut self.sha256, bytes);
    }

    /// Looks for format and size. Most formats state them within the first block, of which then
    /// no copy is made.
    fn look(&mut self, bytes: &[u8]) {
        let missing = usize::try_from(Self::HEAD - self.bytes).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(missing)];
        let head = if self.head.is_empty() {
            bytes
        } else {
            self.head.extend_from_slice(bytes);
            &self.head
        };
        self.format = Format::sniff(head);
        self.size = Format::dimensions(head);
        if self.size.is_some() {
            self.head = Vec::new();
        } else if self.head.is_empty() {
            self.head.extend_from_slice(bytes);
        }
    }

    /// What is wrong with the bytes, if they are to be a picture.
    pub(crate) fn flaw(&self, accept: Accept) -> Option<Flaw> {
        if accept == Accept::Anything {
            return None;
        }
        match self.format {
            Some(format) if self.is_whole(format) => None,
            Some(format) => Some(Flaw::Cut(format)),
            None if accept == Accept::KnownImage || self.is_text() => Some(Flaw::NoImage),
            None => None,
        }
    }

    /// Whether the end of the picture has come, where its format has one.
    fn is_whole(&self, format: Format) -> bool {
        let ends_with = |mark: &[u8]| memchr::memmem::rfind(&self.tail, mark).is_some();
        let stated = |at: usize, more: u64| {
            let bytes = self.start.get(at..at + 4);
            let length = bytes.map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            length.is_some_and(|length| self.bytes >= u64::from(length) + more)
        };
        match format {
            Format::Png => ends_with(b"IEND"),
            Format::Jpeg => ends_with(b"\xff\xd9"),
            Format::Gif => ends_with(b";"),
            Format::Webp => stated(4, 8),
            Format::Svg => ends_with(b"</svg") || ends_with(b"/>"),
            _ => true,
        }
    }

    /// Whether the bytes begin as a text does, or are none.
    fn is_text(&self) -> bool {
        let start = self.start.trim_ascii_start();
        start.is_empty()
            || start.len() >= 4
                && str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true)
                && !start
                    .iter()
                    .any(|byte| *byte < b' ' && !byte.is_ascii_whitespace())
    }

    /// What tells two pictures apart without all their bytes.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut hasher = std::hash::DefaultHasher::new();
        (self.bytes, &self.start, &self.tail).hash(&mut hasher);
        Fingerprint(hasher.finish())
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn format(&self) -> Option<Format> {
        self.format
    }

    pub(crate) fn size(&self) -> Option<Pixels> {
        self.size
    }

    /// In hex.
    #[cfg(feature = "sha256")]
    pub(crate) fn sha256(self) -> String {
        sha2::Digest::finalize(self.sha256)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A JPEG whose size stands behind `preview` bytes of another segment.
    fn jpeg(preview: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe1".to_vec();
        bytes.extend_from_slice(&(preview + 2).to_be_bytes());
        bytes.resize(bytes.len() + usize::from(preview), 0);
        bytes.extend_from_slice(b"\xff\xc0\0\x11\x08\0\x20\0\x10\x03");
        bytes.resize(bytes.len() + 64, 0);
        bytes
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(preview in 0u16..60_000, piece in 1usize..70_000) {
            let bytes = jpeg(preview);
            let mut facts = Facts::default();
            for piece in bytes.chunks(piece) {
                facts.take(piece);
            }
            prop_assert_eq!(facts.bytes(), bytes.len() as u64);
            prop_assert_eq!(facts.format(), Some(Format::Jpeg));
            prop_assert_eq!(facts.size(), Some(Pixels::new(16, 32)));
            prop_assert!(facts.head.is_empty());
            prop_assert_eq!(facts.fingerprint(), Facts::of(&bytes).fingerprint());
        }
    }

    #[test]
    fn the_end_of_a_picture_is_looked_for() {
        let webp =
            |length: u32| [&b"RIFF"[..], &length.to_le_bytes(), b"WEBPVP8 ", &[0; 100]].concat();
        for (bytes, flaw) in [
            (b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82".to_vec(), None),
            (
                b"\x89PNG\r\n\x1a\n....IDAT".to_vec(),
                Some(Flaw::Cut(Format::Png)),
            ),
            ([jpeg(4), b"\xff\xd9".to_vec()].concat(), None),
            (jpeg(4), Some(Flaw::Cut(Format::Jpeg))),
            (webp(108), None),
            (webp(5000), Some(Flaw::Cut(Format::Webp))),
            (b"<html><body>Sign in".to_vec(), Some(Flaw::NoImage)),
            (b"{\"error\": 1}".to_vec(), Some(Flaw::NoImage)),
            (Vec::new(), Some(Flaw::NoImage)),
            (b"\0\x01\x02\x03".to_vec(), None),
        ] {
            let mut taken = Facts::default();
            bytes.chunks(7).for_each(|piece| taken.take(piece));
            for facts in [taken, Facts::of(&bytes)] {
                assert_eq!(facts.flaw(Accept::Binary), flaw, "{bytes:?}");
            }
        }
        let unknown = Facts::of(b"\0\x01\x02\x03");
        assert_eq!(unknown.flaw(Accept::KnownImage), Some(Flaw::NoImage));
    }

    #[test]
    fn what_states_no_size_is_not_kept_for_ever() {
        let mut facts = Facts::default();
        for _ in 0..10 {
            facts.take(&[b'x'; 20_000]);
        }
        assert_eq!((facts.format(), facts.size()), (None, None));
        assert_eq!(facts.head.len() as u64, Facts::HEAD);
    }
}
