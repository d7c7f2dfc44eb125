//! The head of a file is read without a panic, and where a format is simple enough to be read
//! in a line, to the same result.

use imagegen::{Format, Pixels};

/// A file, or its beginning.
pub(crate) fn run(data: &[u8]) {
    let format = Format::sniff(data);
    let pixels = Format::dimensions(data);
    assert!(
        pixels.is_none() || format.is_some(),
        "a size, but no format"
    );
    if let Some(format) = format.filter(|format| *format != Format::Svg) {
        let head = &data[..data.len().min(64)];
        assert_eq!(Format::sniff(head), Some(format), "64 bytes are not enough");
    }
    if let (Some(format), Some(pixels)) = (format, pixels)
        && let Some(expected) = plain(format, data)
    {
        assert_eq!(Some(pixels), expected, "{format}");
    }
}

/// The size of a format that has it at a fixed place; the inner `None` is a side of zero.
fn plain(format: Format, data: &[u8]) -> Option<Option<Pixels>> {
    Some(match format {
        Format::Png => Pixels::checked(
            u32::from_be_bytes(*data.get(16..)?.first_chunk()?),
            u32::from_be_bytes(*data.get(20..)?.first_chunk()?),
        ),
        Format::Gif => Pixels::checked(
            u16::from_le_bytes(*data.get(6..)?.first_chunk()?).into(),
            u16::from_le_bytes(*data.get(8..)?.first_chunk()?).into(),
        ),
        _ => return None,
    })
}
