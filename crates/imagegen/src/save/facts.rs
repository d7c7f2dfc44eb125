//! What is learnt of a picture while its bytes pass by.

use crate::format::Format;
use crate::size::Pixels;

/// The length, format, size and hash of the bytes taken so far.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    bytes: u64,
    format: Option<Format>,
    size: Option<Pixels>,
    /// The first bytes, until they have told the size or there are enough of them.
    head: Vec<u8>,
    #[cfg(feature = "sha256")]
    sha256: sha2::Sha256,
}

impl Facts {
    /// Enough for a JPEG whose size stands behind a large preview.
    const HEAD: u64 = 64 * 1024;

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        if self.size.is_none() && self.bytes < Self::HEAD && !bytes.is_empty() {
            self.look(bytes);
        }
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
        }
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
