//! Names we make up: file names from prompts, ids for requests.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

/// A file name's stem from a prompt: its first words, letters and digits of any script, at most
/// 60 characters; `image` where nothing is left.
pub(crate) fn stem(prompt: &str) -> String {
    const LONGEST: usize = 60;
    let mut stem = String::with_capacity(prompt.len().min(LONGEST));
    let mut characters = 0;
    // Where the last whole word ends.
    let mut words_end = 0;
    for c in prompt.chars() {
        if !c.is_alphanumeric() {
            words_end = stem.len();
            continue;
        }
        let begins = words_end == stem.len() && words_end > 0;
        characters += 1 + usize::from(begins);
        if characters > LONGEST {
            if words_end > 0 {
                stem.truncate(words_end);
            }
            break;
        }
        if begins {
            stem.push('-');
        }
        if c.is_ascii() {
            stem.push(c.to_ascii_lowercase());
        } else {
            stem.extend(c.to_lowercase());
        }
    }
    if stem.is_empty() {
        stem.push_str("image");
    }
    stem
}

/// A fresh id for a request: 128 random bits in hex.
pub(crate) fn request_id() -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bits = u128::from(random()) << 64 | u128::from(random());
    let mut id = String::with_capacity(41);
    id.push_str("imagegen-");
    let digits = (0..32)
        .rev()
        .map(|at| DIGITS[(bits >> (4 * at)) as usize & 15]);
    id.extend(digits.map(char::from));
    id
}

/// 64 random bits, of the standard library's hash keys: good enough for ids and waits.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_a_safe_file_name() {
        for (prompt, expected) in [
            ("Programmer cartoon avatar", "programmer-cartoon-avatar"),
            ("../../etc/passwd\0", "etc-passwd"),
            ("雪地里的红狐狸，早晨", "雪地里的红狐狸-早晨"),
            ("  ", "image"),
            ("CON: a\nb", "con-a-b"),
        ] {
            assert_eq!(stem(prompt), expected);
        }
        assert!(stem(&"long ".repeat(100)).len() <= 60);
        assert_eq!(stem(&"x".repeat(100)).len(), 60);
    }

    #[test]
    fn ids_differ() {
        assert_ne!(request_id(), request_id());
    }
}
