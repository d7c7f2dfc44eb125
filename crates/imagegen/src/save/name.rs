//! File names made from prompts.

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

/// As much of a prompt as a [`stem`] can take.
pub(crate) fn beginning(prompt: &str) -> String {
    const ENOUGH: usize = 512;
    let mut end = prompt.len().min(ENOUGH);
    while !prompt.is_char_boundary(end) {
        end -= 1;
    }
    prompt[..end].to_owned()
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
    fn the_beginning_of_a_prompt_is_enough_for_its_stem() {
        for prompt in [
            "",
            "a fox",
            &"雪地里的红狐狸，早晨".repeat(50),
            &"ab, ".repeat(500),
        ] {
            let beginning = beginning(prompt);
            assert!(prompt.starts_with(&beginning) && beginning.len() <= 512);
            assert_eq!(stem(&beginning), stem(prompt));
        }
    }
}
