//! Copies the plain runs of an escaped text.
//!
//! PHP writes every `/` as `\/`, so those runs are 64 bytes long: too little for `memchr`, which
//! for each of them costs as much as decoding it.

use crate::save::Output;

/// How many bytes are copied at once. Runs are short: of larger blocks more is copied twice.
const BLOCK: usize = 64;

/// Copies `text` to the end of `to`, every `\/` as `/`, up to the first byte that needs looking
/// at, and returns where that is, or the length of the text. It is another backslash, a quote,
/// or, as they are cheap to tell together and no base64, a control character, a space, a `!` or
/// a byte outside ASCII.
pub(super) fn copy_run(text: &[u8], to: &mut Output) -> usize {
    // A block is copied before it is looked at, so the last one wants room too.
    let room = to.room(text.len() + BLOCK);
    let (mut from, mut written) = (0, 0);
    loop {
        let rest = &text[from..];
        let padded;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                padded = pad(rest);
                &padded
            }
        };
        if let Some(place) = room[written..].first_chunk_mut() {
            *place = *block;
        }
        let plain = plain_start(block);
        from += plain;
        written += plain;
        if plain < BLOCK {
            if !(text.get(from) == Some(&b'\\') && text.get(from + 1) == Some(&b'/')) {
                break;
            }
            from += 1;
        }
    }
    to.advance(written);
    from
}

/// How many bytes at the start are plain.
fn plain_start(block: &[u8; BLOCK]) -> usize {
    let (words, _) = block.as_chunks();
    for (at, &word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(word));
        if marks != 0 {
            return at * size_of::<u64>() + marks.trailing_zeros() as usize / 8;
        }
    }
    BLOCK
}

/// The high bit of the first byte that is not plain; what is above that byte means nothing.
///
/// The least a plain byte can be is taken from all bytes at once, which leaves the high bit set
/// where a byte is less, or was no ASCII. Only then something is borrowed from the next byte.
fn marks(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    let from_quote = word.wrapping_sub(EACH * (b'"' as u64 + 1));
    let from_backslash = (word ^ (EACH * b'\\' as u64)).wrapping_sub(EACH);
    (from_quote | from_backslash) & (EACH << 7)
}

/// The last bytes of a text, and behind them some that are not plain.
#[cold]
fn pad(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_plain(byte: u8) -> bool {
        byte.is_ascii() && byte > b'"' && byte != b'\\'
    }

    #[test]
    fn every_byte_at_every_place_is_told() {
        for byte in 0..=u8::MAX {
            for at in 0..BLOCK {
                // Whatever follows, nothing may be borrowed from it.
                for around in [b'#', b'A', b']', 0x7f] {
                    let mut block = [around; BLOCK];
                    block[at] = byte;
                    let plain = if is_plain(byte) { BLOCK } else { at };
                    assert_eq!(plain_start(&block), plain, "{byte} at {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_run_is_what_it_is_byte_by_byte(
            text in proptest::collection::vec(
                prop_oneof![
                    64 => prop_oneof![Just(b'A'), Just(b'/'), Just(b'+'), Just(b'=')].prop_map(|byte| vec![byte]),
                    8 => Just(b"\\/".to_vec()),
                    1 => any::<u8>().prop_map(|byte| vec![byte]),
                ],
                0..400,
            ),
        ) {
            let text = text.concat();
            let mut plain = b"before".to_vec();
            let mut end = 0;
            while let Some(&byte) = text.get(end) {
                let slash = text[end..].starts_with(b"\\/");
                if !slash && !is_plain(byte) {
                    break;
                }
                plain.push(if slash { b'/' } else { byte });
                end += if slash { 2 } else { 1 };
            }
            let mut out = Output::new();
            out.extend_from_slice(b"before");
            prop_assert_eq!(copy_run(&text, &mut out), end);
            prop_assert_eq!(out.as_slice(), plain);
        }
    }
}
