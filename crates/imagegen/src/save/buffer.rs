//! Where a picture's bytes are decoded to.

/// How much is gathered before it is written. Larger blocks leave the processor's second cache,
/// smaller ones cost more calls.
pub(super) const BLOCK: usize = 112 * 1024;
/// Bytes at the front of a buffer that is initialised beyond them: a decoder writes into it, and
/// nothing has to be cleared for it first.
#[derive(Debug, Default)]
pub(crate) struct Output {
    buffer: Vec<u8>,
    filled: usize,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// With room for `bytes`, as far as there is memory. Fresh memory is clear and is not touched
    /// here, so room that is never used costs nothing.
    pub(crate) fn with_room(bytes: usize) -> Self {
        let possible = Vec::<u8>::new().try_reserve_exact(bytes).is_ok();
        Self {
            buffer: vec![0; if possible { bytes } else { 0 }],
            filled: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.filled
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.filled]
    }

    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.filled = self.filled.min(len);
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    /// Makes room for `bytes` bytes in all; an empty one gets it without a copy.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        if self.buffer.is_empty() {
            *self = Self::with_room(bytes);
        } else if self.buffer.len() < bytes {
            self.buffer.resize(bytes, 0);
        }
    }

    /// The next `bytes` bytes, to be written to.
    #[inline]
    pub(crate) fn room(&mut self, bytes: usize) -> &mut [u8] {
        let end = self.filled + bytes;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        &mut self.buffer[self.filled..end]
    }

    /// Says how much was written to the room.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.filled += bytes;
        debug_assert!(self.filled <= self.buffer.len());
    }

    /// Forgets the first `bytes` bytes.
    pub(crate) fn drop_front(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
    }

    /// The bytes, in no more memory than they need.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        self.buffer.truncate(self.filled);
        self.buffer.shrink_to_fit();
        self.buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_is_there() {
        for mut output in [Output::new(), Output::with_room(2), Output::with_room(100)] {
            output.extend_from_slice(b"abc");
            output.room(50)[..2].copy_from_slice(b"de");
            output.advance(2);
            assert_eq!(output.as_slice(), b"abcde");
            output.truncate(4);
            output.truncate(9);
            assert_eq!(output.len(), 4);
            output.drop_front(1);
            output.as_mut_slice()[0] = b'B';
            assert_eq!(output.into_vec(), b"Bcd");
        }
    }
}
