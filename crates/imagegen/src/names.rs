//! Names we make up: file names from prompts, ids for requests.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

/// A file name's stem from a prompt: its first words, letters and digits of any script, at most
/// 60 characters; `image` where nothing is left.
pub(crate) fn stem(prompt: &str) -> String {
    const LONGEST: usize = 60;
    let mut stem = String::new();
    for word in prompt
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let longer = stem.chars().count() + usize::from(!stem.is_empty()) + word.chars().count();
        if longer > LONGEST {
            if stem.is_empty() {
                stem.extend(word.chars().take(LONGEST));
            }
            break;
        }
        if !stem.is_empty() {
            stem.push('-');
        }
        stem.push_str(&word.to_lowercase());
    }
    if stem.is_empty() {
        "image".to_owned()
    } else {
        stem
    }
}

/// A fresh id for a request: 128 random bits in hex.
pub(crate) fn request_id() -> String {
    format!("imagegen-{:016x}{:016x}", random(), random())
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
