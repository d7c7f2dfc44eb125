//! Base64 in pieces gives what a plain decoder gives of the whole.

use imagegen::__private as door;

use super::pieces;

/// The seed of the cuts, then the text.
pub(crate) fn run(data: &[u8]) {
    let Some((seed, text)) = pieces::seed(data) else {
        return;
    };
    let expected = decode(text);
    for pieces in [vec![text], pieces::cut(text, seed)] {
        let (bytes, sound) = door::base64(pieces.iter().copied());
        match &expected {
            Some(expected) => {
                assert!(sound, "a sound text is called damaged");
                assert_eq!(&bytes, expected);
            }
            None => {
                assert!(!sound, "a damaged text is called sound");
                // Bytes up to the damage and text from there on: never less than all bytes.
                let digits = text.iter().filter(|byte| digit(**byte).is_some()).count();
                assert!(bytes.len() >= digits / 4 * 3, "something was dropped");
            }
        }
    }
}

/// A digit at a time: white space means nothing, padding may follow, both alphabets mix.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut digits, mut padded) = (0u32, 0, 0usize, false);
    let mut bytes = Vec::new();
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        if *byte == b'=' {
            padded = true;
            continue;
        }
        let digit = digit(*byte).filter(|_| !padded)?;
        bits = bits << 6 | u32::from(digit);
        count += 6;
        digits += 1;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    (digits % 4 != 1).then_some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
