//! A poster, from what is asked for to the bytes of its file.

use super::encode::{jpeg, png, webp};
use super::gif::gif;
use super::layout;
use super::painter::Painter;
use super::poster::{Format, MAX_SIDE, Picture};
use super::svg::svg;

impl Picture<'_> {
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
            Format::Png => png(&picture.painter(0.0)),
            Format::Jpeg { quality } => jpeg(&picture.painter(0.0), quality),
            Format::Webp => webp(&picture.painter(0.0)),
            Format::Gif {
                frames,
                frame_duration_ms,
            } => gif(frames, frame_duration_ms, |phase| picture.painter(phase)),
            Format::Svg => {
                let scene = layout::scene(&picture, 0.0);
                svg(&scene, picture.prompt, picture.blur()).into_bytes()
            }
        }
    }

    /// The painter of the picture when its art has gone `phase` of the way round.
    fn painter(&self, phase: f32) -> Painter {
        Painter::new(layout::scene(self, phase), self.blur())
    }

    /// How many pixels a preview runs together; 0 for a finished picture.
    fn blur(&self) -> u32 {
        let missing = 1.0 - self.progress.clamp(0.0, 1.0);
        let cell = (self.width.min(self.height) as f32 * missing / 12.0) as u32;
        if missing > 0.0 { cell.max(2) } else { 0 }
    }
}
