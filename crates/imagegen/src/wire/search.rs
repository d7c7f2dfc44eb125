//! Finds the pictures that stand where no vendor puts them.

use serde_json::{Map, Value};

use super::found::{Found, Pictures};
use crate::format::Format;
use crate::read::{decode_text, payload_start, placeholder_number};
use crate::save::Picture;

/// The shortest base64 that is looked at: a tag of 64 letters is no picture.
const SHORTEST: usize = 64;
/// How much of a text tells what it decodes to.
const HEAD: usize = 64;
/// The most pictures one document is searched for.
const MOST: usize = 256;

/// Names of members whose links lead to pictures, without the separators and in lower case.
const LINKS: &[&str] = &[
    "content",
    "data",
    "downloadurl",
    "file",
    "files",
    "fileurl",
    "image",
    "images",
    "imageuri",
    "imageurl",
    "imageurls",
    "img",
    "imgurl",
    "item",
    "link",
    "links",
    "output",
    "outputs",
    "outputurl",
    "picture",
    "pictures",
    "pictureurl",
    "publicurl",
    "result",
    "results",
    "resulturl",
    "signedurl",
    "src",
    "uri",
    "uris",
    "url",
    "urls",
];

/// Names below which a link leads to what went in, or to something else.
const FOREIGN: &[&str] = &["callback", "docs", "error", "input", "request", "webhook"];

/// What one search has found, and where.
struct Search<'p> {
    pictures: &'p mut Pictures,
    found: Vec<Found>,
    links: Links,
}

/// Which links count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// Those in members that are named as pictures are.
    All,
    /// Those that are no members of the object that is searched: beside a picture they are
    /// another address of it.
    Below,
}

/// Takes the pictures out of the members no slot has.
pub(super) fn search(
    members: &mut Map<String, Value>,
    at: &str,
    links: Links,
    pictures: &mut Pictures,
) -> Vec<Found> {
    let mut search = Search {
        pictures,
        found: Vec::new(),
        links,
    };
    for (name, value) in members {
        if !FOREIGN.contains(&name.as_str()) {
            let place = if at.is_empty() {
                name.clone()
            } else {
                format!("{at}.{name}")
            };
            search.value(value, name, &place, 0);
        }
    }
    search.found
}

impl Search<'_> {
    fn value(&mut self, value: &mut Value, name: &str, place: &str, depth: usize) {
        if self.found.len() >= MOST {
            return;
        }
        match value {
            Value::String(text) => self.text(text, name, place, depth),
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.value(item, name, &format!("{place}[{at}]"), depth + 1);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if !FOREIGN.contains(&name.as_str()) {
                        self.value(member, name, &format!("{place}.{name}"), depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &mut String, name: &str, place: &str, depth: usize) {
        if placeholder_number(text).is_some() || is_meant(name, text) || is_picture(text) {
            let picture = self.pictures.take(text);
            text.clear();
            self.push(picture, place);
        } else if is_link(text) {
            let counts = self.links == Links::All || depth > 0;
            if counts && LINKS.contains(&plain(name).as_str()) {
                self.push(Picture::Link(text.clone()), place);
            }
        } else {
            self.prose(text, place);
        }
    }

    /// A chat message may hold pictures as Markdown has them.
    fn prose(&mut self, text: &str, place: &str) {
        let mut rest = text;
        while let Some(at) = rest.find("](") {
            rest = &rest[at + 2..];
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            if is_link(target) {
                self.push(Picture::Link(target.to_owned()), place);
            } else if is_picture(target) {
                let picture = self.pictures.take(target);
                self.push(picture, place);
            }
        }
    }

    fn push(&mut self, picture: Picture, place: &str) {
        self.found.push(Found::at(picture, place));
    }
}

/// Whether a member is a picture by its name, whatever it decodes to: as the scanner has it.
fn is_meant(name: &str, text: &str) -> bool {
    let by_name = match name {
        "b64_json" | "data" => !is_link(text),
        "url" => text.starts_with("data:"),
        _ => false,
    };
    by_name && text.trim_ascii_start().len() >= SHORTEST
}

fn is_link(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://"))
        && !text.contains(char::is_whitespace)
}

/// A name without what parts its words.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether a text is base64 that decodes to an image.
fn is_picture(text: &str) -> bool {
    let Some(start) = payload_start(text.as_bytes()) else {
        return false;
    };
    let payload = text[start..].trim_ascii_start();
    if payload.len() < SHORTEST || !payload.is_char_boundary(HEAD) {
        return false;
    }
    let head = decode_text(&payload[..HEAD]);
    head.is_ok_and(|head| Format::sniff(&head).is_some())
}
