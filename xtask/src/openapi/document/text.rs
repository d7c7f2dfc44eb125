//! From the bytes of a file to the YAML or JSON in it.

use super::{Unreadable, yaml};

/// A document within a file.
pub(super) struct Extract {
    pub(super) text: String,
    /// Lines of the file in front of it.
    pub(super) before: usize,
    pub(super) note: Option<String>,
}

/// Decodes UTF-8 or UTF-16, with or without a byte-order mark, to text with LF line endings.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                return Err(Unreadable {
                    line: Some(line),
                    text: "is neither UTF-8 nor UTF-16: save it as UTF-8".to_owned(),
                });
            }
        },
    };
    Ok(text.replace("\r\n", "\n"))
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Unreadable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(Unreadable::new("is broken UTF-16: save it as UTF-8")),
    }
}

/// Finds the document in a file, which may be a page of Markdown around it.
pub(super) fn extract(text: &str) -> Result<Extract, Unreadable> {
    let whole = Extract {
        text: text.to_owned(),
        before: 0,
        note: None,
    };
    if text.trim_start().starts_with(['{', '[']) || is_document(text) {
        return Ok(whole);
    }
    if text.trim_start().starts_with('<') {
        let text = "is a web page (HTML), not an OpenAPI document: download the export itself";
        return Err(Unreadable::new(text));
    }
    let blocks: Vec<Extract> = fenced(text)
        .into_iter()
        .filter(|block| begins_document(&block.text))
        .collect();
    let lines: Vec<String> = blocks
        .iter()
        .map(|block| (block.before + 1).to_string())
        .collect();
    let mut blocks = blocks.into_iter();
    match (blocks.next(), blocks.next()) {
        (Some(block), None) => return Ok(block),
        (Some(_), Some(_)) => {
            let text = format!(
                "holds {} OpenAPI documents (at lines {}): keep one",
                lines.len(),
                lines.join(", ")
            );
            return Err(Unreadable::new(text));
        }
        (None, _) => {}
    }
    // A page without a fence: from the first line of the document to the end.
    let start = text.lines().position(|line| line.starts_with("openapi:"));
    match start {
        Some(before) if before > 0 && !looks_like_yaml(text, before) => Ok(Extract {
            text: text.split_inclusive('\n').skip(before).collect(),
            before,
            note: Some(format!(
                "a page around the document, which begins at line {}",
                before + 1
            )),
        }),
        _ => Ok(whole),
    }
}

/// Whether what stands in front of a line is YAML too, so that the line is no beginning.
fn looks_like_yaml(text: &str, before: usize) -> bool {
    let head: String = text.split_inclusive('\n').take(before).collect();
    yaml::read(&head).is_ok_and(|value| value.is_object() || value.is_null())
}

fn is_document(text: &str) -> bool {
    yaml::read(text).is_ok_and(|value| value.is_object() || value.is_null())
}

fn begins_document(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches(['{', ' ', '"', '\'']);
        line.starts_with("openapi") || line.starts_with("swagger")
    })
}

/// The blocks of code in a page, without the indent of their fence.
fn fenced(text: &str) -> Vec<Extract> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize, Extract)> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let fence: String = bare
            .chars()
            .take_while(|c| bare.starts_with(*c) && ['`', '~'].contains(c))
            .collect();
        match open.take() {
            Some((with, indent, mut block)) => {
                if fence.starts_with(&with) && bare.trim_end() == fence {
                    blocks.push(block);
                    continue;
                }
                let cut = line.len() - line.trim_start_matches(' ').len();
                block.text.push_str(&line[cut.min(indent)..]);
                open = Some((with, indent, block));
            }
            None if fence.len() >= 3 => {
                let block = Extract {
                    text: String::new(),
                    before: index + 1,
                    note: Some(format!(
                        "a page around the document, which begins at line {}",
                        index + 2
                    )),
                };
                open = Some((fence, indent, block));
            }
            None => {}
        }
    }
    // A page that was cut off has no end of its last block.
    blocks.extend(open.map(|(_, _, block)| block));
    blocks
}
