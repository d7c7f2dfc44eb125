//! Random numbers and the ids made of them.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

/// A fresh id for a request: 128 random bits in hex.
///
/// A call makes up its own; this is for who notes the id before the call is made, and hands it over
/// by [`Generation::client_request_id`](crate::Generation::client_request_id).
pub fn request_id() -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut id = *b"imagegen-00000000000000000000000000000000";
    let mut bits = u128::from(random()) << 64 | u128::from(random());
    for digit in &mut id["imagegen-".len()..] {
        *digit = DIGITS[bits as usize & 15];
        bits >>= 4;
    }
    str::from_utf8(&id).unwrap_or_default().to_owned()
}

/// 64 random bits, of the standard library's hash keys: good enough for ids and waits.
#[inline(never)] // Twice the code for an id is twice the time.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ() {
        assert_ne!(request_id(), request_id());
    }
}
