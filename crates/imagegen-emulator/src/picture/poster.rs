//! What a poster is asked for with.

/// The longest side a picture can have: what a WebP file can say. Longer sides are cut to it.
pub const MAX_SIDE: u32 = 16_383;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture<'a> {
    /// The prompt, in large type.
    pub prompt: &'a str,
    /// The model's id, in the small line.
    pub model: &'a str,
    /// Width in pixels, between 1 and [`MAX_SIDE`].
    pub width: u32,
    /// Height in pixels, between 1 and [`MAX_SIDE`].
    pub height: u32,
    /// The request's seed: another seed is another poster.
    pub seed: u64,
    /// Which picture of the request this is, from 0: each is another poster. Those after the
    /// first carry their number.
    pub index: u32,
    /// More words for the small line, such as the quality asked for. May be empty.
    pub note: &'a str,
    /// Whether what lies behind the poster is left transparent. A JPEG has no such thing and is
    /// drawn opaque.
    pub transparent: bool,
    /// How far the drawing has come: 1.0 is the finished picture, less is an earlier and coarser
    /// preview of the same one.
    pub progress: f32,
}

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// PNG, 8 bits a channel, with an alpha channel for a transparent picture only.
    Png,
    /// JPEG, baseline.
    Jpeg {
        /// Quality from 1 to 100.
        quality: u8,
    },
    /// WebP, lossless.
    Webp,
    /// GIF in which the art moves, and comes round to where it began.
    Gif {
        /// How many frames: at least 1.
        frames: u32,
        /// How long each is shown. GIF counts in hundredths of a second, so this is rounded.
        frame_duration_ms: u32,
    },
    /// SVG, whose text is text.
    Svg,
}

impl<'a> Picture<'a> {
    /// A finished, opaque picture with seed 0, the first of its request.
    pub const fn new(prompt: &'a str, model: &'a str, width: u32, height: u32) -> Self {
        Self {
            prompt,
            model,
            width,
            height,
            seed: 0,
            index: 0,
            note: "",
            transparent: false,
            progress: 1.0,
        }
    }
}
