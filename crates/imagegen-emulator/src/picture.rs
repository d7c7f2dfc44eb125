//! The pictures the emulator answers with: posters that show what was asked for.
//!
//! A poster is some abstract art over a panel with the prompt in large type, the model and the
//! size, and a mark that says it was emulated. Everything follows from the [`Picture`] alone, so
//! the same request always gets the same bytes, and another prompt gets another poster.
//!
//! The way from a request to bytes: `layout` makes a `Scene` (shapes from `art`, lines of text
//! set by `text`), `paint` turns a scene into rows of pixels on demand, and `encode` and `gif`
//! write those rows. `svg` writes the same scene as it is. No format but WebP and GIF ever holds
//! a whole picture of pixels.

mod art;
mod cover;
mod encode;
mod font;
mod gif;
mod layout;
mod motif;
mod paint;
mod palette;
mod preview;
mod random;
mod scene;
mod strokes;
mod svg;
mod text;

use self::encode::{jpeg, png, webp};
use self::gif::gif;
use self::paint::Painter;
use self::preview::Preview;
use self::svg::svg;

/// The words that mark a picture as emulated: drawn on it where they can be read, and in the
/// text a PNG, GIF or SVG has beside the picture.
pub const MARK: &str = "imagegen emulator";

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

    /// Draws the picture and gives the bytes of the file.
    ///
    /// Deterministic: the same picture and format always give the same bytes. It takes CPU time
    /// (a fraction of a second for the largest sizes) and does no I/O, so a server runs it on a
    /// thread for blocking work.
    pub fn render(&self, format: Format) -> Vec<u8> {
        let picture = Self {
            width: self.width.clamp(1, MAX_SIDE),
            height: self.height.clamp(1, MAX_SIDE),
            transparent: self.transparent && !matches!(format, Format::Jpeg { .. }),
            ..*self
        };
        match format {
            Format::Png => png(&*picture.rows(0.0)),
            Format::Jpeg { quality } => jpeg(&*picture.rows(0.0), quality),
            Format::Webp => webp(&*picture.rows(0.0)),
            Format::Gif {
                frames,
                frame_duration_ms,
            } => gif(frames, frame_duration_ms, |phase| picture.rows(phase)),
            Format::Svg => {
                let scene = layout::scene(&picture, 0.0);
                svg(&scene, picture.prompt, picture.blur()).into_bytes()
            }
        }
    }

    /// The pixels of the picture when its art has gone `phase` of the way round.
    fn rows(&self, phase: f32) -> Box<dyn paint::Rows> {
        let painter = Painter::new(layout::scene(self, phase));
        match self.blur() {
            0 => Box::new(painter),
            cell => Box::new(Preview::new(&painter, cell)),
        }
    }

    /// How many pixels a preview runs together; 0 for a finished picture.
    fn blur(&self) -> u32 {
        let missing = 1.0 - self.progress.clamp(0.0, 1.0);
        let cell = (self.width.min(self.height) as f32 * missing / 12.0) as u32;
        if missing > 0.0 { cell.max(2) } else { 0 }
    }
}
