//! Image formats, told from the first bytes.

use std::fmt;

use crate::size::Pixels;

/// An image file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// SVG.
    Svg,
    /// BMP.
    Bmp,
    /// TIFF.
    Tiff,
    /// HEIF, HEIC among it.
    Heif,
    /// AVIF.
    Avif,
}

impl Format {
    /// Tells the format from the first bytes of a file; 64 are enough.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if let Ok(kind) = imagesize::image_type(bytes) {
            return match kind {
                imagesize::ImageType::Png => Some(Self::Png),
                imagesize::ImageType::Jpeg => Some(Self::Jpeg),
                imagesize::ImageType::Webp => Some(Self::Webp),
                imagesize::ImageType::Gif => Some(Self::Gif),
                imagesize::ImageType::Bmp => Some(Self::Bmp),
                imagesize::ImageType::Tiff => Some(Self::Tiff),
                imagesize::ImageType::Heif(imagesize::Compression::Av1) => Some(Self::Avif),
                imagesize::ImageType::Heif(_) => Some(Self::Heif),
                _ => None,
            };
        }
        let text = bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(bytes)
            .trim_ascii_start();
        let head = &text[..text.len().min(256)];
        let is_svg = head.starts_with(b"<svg")
            || (head.starts_with(b"<?xml") && head.windows(4).any(|window| window == b"<svg"));
        is_svg.then_some(Self::Svg)
    }

    /// Reads width and height from the head of a file, `None` where the format is unknown, is
    /// SVG, or the head is damaged or cut short of them.
    pub fn dimensions(bytes: &[u8]) -> Option<Pixels> {
        let size = imagesize::blob_size(bytes).ok()?;
        Pixels::checked(
            u32::try_from(size.width).ok()?,
            u32::try_from(size.height).ok()?,
        )
    }

    /// The vendors' word for the format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Svg => "svg",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Heif => "heif",
            Self::Avif => "avif",
        }
    }

    /// The extension its files usually carry.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.as_str(),
        }
    }

    /// The MIME type.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Svg => "image/svg+xml",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Heif => "image/heif",
            Self::Avif => "image/avif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formats_are_told_from_their_signatures() {
        for (head, format) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Format::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0", Format::Jpeg),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Format::Webp),
            (b"GIF89a\x10\0\x10\0\0\0", Format::Gif),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=", Format::Svg),
            (b"  <svg width=", Format::Svg),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0", Format::Bmp),
        ] {
            assert_eq!(Format::sniff(head), Some(format));
        }
        assert_eq!(Format::sniff(b"<html>"), None);
        assert_eq!(Format::sniff(b""), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Format::sniff(&bytes);
            let _ = Format::dimensions(&bytes);
        }
    }
}
