//! Words for people: lines from outside made harmless, counts, lengths.

/// The system's own words, without "(os error 28)".
pub(crate) fn io_text(error: &std::io::Error) -> String {
    io_words(&error.to_string()).to_owned()
}

/// A sentence that ends in the system's words, without the number.
pub(crate) fn io_words(text: &str) -> &str {
    match text.rfind(" (os error ") {
        Some(at) => &text[..at],
        None => text,
    }
}

/// Text from outside as one line that no terminal can misread, at most so many characters.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > longest {
        line = line.chars().take(longest).collect();
        line.push_str(" ..");
    }
    line
}

/// `1 job`, `2 jobs`.
pub(crate) fn several(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// A file's length in the largest unit that leaves a figure before the point.
pub(crate) fn bytes(length: u64) -> String {
    match length {
        0..1_000 => format!("{length} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", length as f64 / 1e3),
        _ => format!("{:.1} MB", length as f64 / 1e6),
    }
}

/// A byte-order mark is no part of what a file says.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_one_bounded_line() {
        assert_eq!(
            one_line("two\nlines\u{1b}[31m\tred", 60),
            "two lines [31m red"
        );
        assert_eq!(one_line("abcdef", 3), "abc ..");
    }

    #[test]
    fn the_number_of_a_system_error_is_left_out() {
        let error = std::io::Error::from_raw_os_error(2);
        assert_eq!(io_text(&error), "No such file or directory");
    }
}
