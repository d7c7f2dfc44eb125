//! Images that come in: read as far as their rules need.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imagegen::models::ReferenceImages;
use imagegen::{Format, Pixels};

use crate::hash::fnv;

/// What is known of an image that came in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InputImage {
    /// Its size, where its bytes came along.
    pub(crate) size: Option<Pixels>,
    pub(crate) format: Option<Format>,
    /// A hash of what came, so that another image gives another picture.
    pub(crate) digest: u64,
    /// Whether it is a PNG with at least one transparent pixel; `None` where it is not here.
    pub(crate) transparent: Option<bool>,
}

impl InputImage {
    /// An image that is only named, by a link or an id.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            digest: fnv(name.as_bytes()),
            ..Self::default()
        }
    }

    /// Looks at an image file and holds it against the model's rules.
    ///
    /// # Errors
    ///
    /// The rule it breaks, in words.
    pub(crate) fn read(bytes: &[u8], rule: Option<&ReferenceImages>) -> Result<Self, String> {
        let format = Format::sniff(bytes).ok_or("its bytes are no image in a known format")?;
        let size = Format::dimensions(bytes);
        if let Some(rule) = rule {
            hold_against(rule, format, size, bytes.len() as u64)?;
        }
        Ok(Self {
            size,
            format: Some(format),
            digest: fnv(bytes),
            transparent: Some(format == Format::Png && has_transparent_pixel(bytes)),
        })
    }
}

fn hold_against(
    rule: &ReferenceImages,
    format: Format,
    size: Option<Pixels>,
    bytes: u64,
) -> Result<(), String> {
    let is_known =
        |word: &Cow<'_, str>| word == format.as_str() || (format == Format::Heif && word == "heic");
    if !rule.formats.iter().any(is_known) {
        return Err(format!("{format} is none of {}", rule.formats.join(", ")));
    }
    if bytes > rule.max_bytes {
        return Err(format!("{bytes} bytes are more than {}", rule.max_bytes));
    }
    let size = size.ok_or("its width and height cannot be read")?;
    let (short, long) = (size.width().min(size.height()), size.longest_edge());
    if rule.min_side.is_some_and(|least| short < least) {
        return Err(format!("a side of {size} is too short"));
    }
    if rule.max_pixels.is_some_and(|most| size.area() > most) {
        return Err(format!("{size} has too many pixels"));
    }
    if rule
        .max_ratio
        .is_some_and(|most| u64::from(long) > u64::from(short) * u64::from(most))
    {
        return Err(format!("{size} is too long for its width"));
    }
    Ok(())
}

/// What is wrong with a reference to an image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadReference {
    Empty,
    /// Neither an http(s) link nor a well-formed data URI.
    Malformed(&'static str),
}

/// An http(s) link, or the file in a data URI.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    Link,
    File(Vec<u8>),
}

/// Reads a link or a data URI; links are not followed.
pub(crate) fn reference(text: &str) -> Result<Reference, BadReference> {
    if text.is_empty() {
        return Err(BadReference::Empty);
    }
    if let Some(rest) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    {
        let usable = !rest.is_empty() && !rest.contains(char::is_whitespace);
        return usable
            .then_some(Reference::Link)
            .ok_or(BadReference::Malformed("the link is cut"));
    }
    let uri = text
        .strip_prefix("data:image/")
        .ok_or(BadReference::Malformed(
            "it is neither an http link nor data:image/FORMAT;base64,",
        ))?;
    let (format, base64) = uri
        .split_once(";base64,")
        .ok_or(BadReference::Malformed("the data URI is not base64"))?;
    if format.is_empty() || format.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(BadReference::Malformed(
            "the data URI's format is not in lower case",
        ));
    }
    STANDARD
        .decode(base64)
        .map(Reference::File)
        .map_err(|_| BadReference::Malformed("the data URI's base64 is damaged"))
}

/// Whether a PNG can hold transparency at all.
pub(crate) fn has_alpha_channel(png: &[u8]) -> bool {
    let Ok(reader) = png::Decoder::new(std::io::Cursor::new(png)).read_info() else {
        return false;
    };
    let info = reader.info();
    matches!(
        info.color_type,
        png::ColorType::Rgba | png::ColorType::GrayscaleAlpha
    ) || info.trns.is_some()
}

fn has_transparent_pixel(png: &[u8]) -> bool {
    if !has_alpha_channel(png) {
        return false;
    }
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let Ok(mut reader) = decoder.read_info() else {
        return false;
    };
    let samples = reader.output_color_type().0.samples();
    while let Ok(Some(row)) = reader.next_row() {
        if row
            .data()
            .chunks_exact(samples)
            .any(|pixel| pixel[samples - 1] < 255)
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture;

    #[test]
    fn references_are_links_or_data_uris() {
        assert_eq!(reference("https://example.com/1.png"), Ok(Reference::Link));
        assert_eq!(
            reference("data:image/png;base64,AAEC"),
            Ok(Reference::File(vec![0, 1, 2]))
        );
        assert_eq!(reference(""), Err(BadReference::Empty));
        for bad in [
            "https://",
            "ftp://example.com/1.png",
            "data:image/PNG;base64,AAEC",
            "data:image/png;base64,A",
            "data:image/png,AAEC",
            "data:text/plain;base64,AAEC",
            "1.png",
        ] {
            assert!(
                matches!(reference(bad), Err(BadReference::Malformed(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn transparency_is_looked_for_in_the_pixels() {
        let picture = picture::Picture::new("a fox", "m", 64, 48);
        let opaque = picture.render(picture::Format::Png);
        assert!(!has_transparent_pixel(&opaque));
        let transparent = picture::Picture {
            transparent: true,
            ..picture
        };
        let image = InputImage::read(&transparent.render(picture::Format::Png), None).unwrap();
        assert_eq!(image.transparent, Some(true));
        assert_eq!(image.size, Some(Pixels::new(64, 48)));
    }

    #[test]
    fn files_are_held_against_the_rules() {
        let rule = imagegen::ModelTable::builtin()
            .get("doubao-seedream-4-5-251128")
            .and_then(|row| row.reference_images.as_ref());
        let file = |width, height| {
            picture::Picture::new("a fox", "m", width, height).render(picture::Format::Png)
        };
        assert!(InputImage::read(&file(15, 15), rule).is_ok());
        assert!(InputImage::read(&file(14, 15), rule).is_err());
        assert!(InputImage::read(&file(320, 20), rule).is_ok());
        assert!(InputImage::read(&file(321, 20), rule).is_err());
        assert!(InputImage::read(b"not an image", rule).is_err());
    }
}
