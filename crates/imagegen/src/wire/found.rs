//! A picture of an answer, before it is where it is wanted.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::format::Format;
use crate::read::{decode_text, payload_start, placeholder_number};
use crate::response::{Image, ImageData, Layer};
use crate::save::{Flaw, Picture};
use crate::size::Pixels;

/// A picture of an answer, and what is said of it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) picture: Picture,
    pub(crate) about: About,
    /// Where it stood, if no vendor puts one there.
    pub(crate) place: Option<String>,
}

/// What an answer says of a picture.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) index: u32,
    pub(crate) size: Option<Pixels>,
    pub(super) revised_prompt: Option<String>,
    pub(super) output_format: Option<String>,
    pub(super) background: Option<String>,
    pub(super) layer: Option<Box<Layer>>,
    pub(super) extra: Map<String, Value>,
}

impl Found {
    /// A picture of which nothing else is known.
    pub(crate) fn bare(picture: Picture) -> Self {
        Self {
            picture,
            about: About::default(),
            place: None,
        }
    }

    /// A picture that stood where no vendor puts one.
    pub(super) fn at(picture: Picture, place: &str) -> Self {
        Self {
            place: Some(place.to_owned()),
            ..Self::bare(picture)
        }
    }
}

impl About {
    /// The picture, once it is known where it is.
    pub(crate) fn image(self, data: ImageData) -> Image {
        Image {
            index: self.index,
            data,
            size: self.size,
            revised_prompt: self.revised_prompt,
            output_format: self.output_format,
            background: self.background,
            layer: self.layer,
            extra: self.extra,
        }
    }
}

/// The pictures that were decoded while a document arrived, by their numbers in it.
#[derive(Debug, Default)]
pub(crate) struct Pictures(Vec<Option<Picture>>);

impl From<Vec<Picture>> for Pictures {
    fn from(pictures: Vec<Picture>) -> Self {
        Self(pictures.into_iter().map(Some).collect())
    }
}

impl Pictures {
    /// The pictures that nothing in the document led to.
    pub(crate) fn left(&mut self) -> Vec<Picture> {
        self.0.drain(..).flatten().collect()
    }

    /// The picture a text of the document stands for, or is.
    pub(super) fn take(&mut self, text: &str) -> Picture {
        let decoded =
            placeholder_number(text).and_then(|number| self.0.get_mut(number as usize)?.take());
        decoded.unwrap_or_else(|| decode(text))
    }
}

/// Decodes a short text that stayed in the document.
fn decode(text: &str) -> Picture {
    let text = text.trim_ascii();
    let start = payload_start(text.as_bytes()).unwrap_or(text.len());
    let payload = &text[start..];
    // A form decoder makes a space of every plus; what is whole with them in place is meant.
    if payload.contains(' ')
        && let Ok(bytes) = decode_text(&payload.replace(' ', "+"))
        && Format::sniff(&bytes).is_some()
        && let picture @ Picture::Memory(_) = Picture::of_bytes(bytes.into())
    {
        return picture;
    }
    match decode_text(payload) {
        Ok(bytes) => Picture::of_bytes(bytes.into()),
        // Nothing was decoded of an empty text; the text itself is what there is.
        Err(left) if left.is_empty() => {
            Picture::Damaged(Bytes::copy_from_slice(text.as_bytes()), Flaw::Base64)
        }
        Err(left) => Picture::Damaged(left.into(), Flaw::Base64),
    }
}
