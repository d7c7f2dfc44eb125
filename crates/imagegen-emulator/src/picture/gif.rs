//! GIF: pictures that move, in at most 256 colours.

use std::borrow::Cow;
use std::ops::Range;

use gif::{DisposalMethod, Encoder, EncodingError, Extension, Frame, Repeat};

use super::painter::{Painter, Pixel};
use super::scene::MARK;

/// Index 0 of a GIF's colours is the transparent one.
const TRANSPARENT: u8 = 0;

/// A GIF of so many frames; `draw` gives each of them, by how far it is in the round.
pub(super) fn gif(frames: u32, frame_duration_ms: u32, draw: impl Fn(f32) -> Painter) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(frames.max(1), frame_duration_ms, draw, &mut bytes)
        .expect("writing a picture to memory does not fail");
    bytes
}

fn write(
    frames: u32,
    frame_duration_ms: u32,
    draw: impl Fn(f32) -> Painter,
    bytes: &mut Vec<u8>,
) -> Result<(), EncodingError> {
    let mut painter = draw(0.0);
    let (width, height) = (painter.width() as usize, painter.height() as usize);
    let mut colors = Colors::of(&painter);
    let mut encoder = Encoder::new(bytes, width as u16, height as u16, &colors.palette())?;
    encoder.set_repeat(Repeat::Infinite)?;
    encoder.write_raw_extension(Extension::Comment.into(), &[MARK.as_bytes()])?;
    let delay = u16::try_from(frame_duration_ms.saturating_add(5) / 10).unwrap_or(u16::MAX);
    let opaque = painter.is_opaque();
    let mut before: Vec<u8> = Vec::new();
    for i in 0..frames {
        if i > 0 {
            painter = draw(i as f32 / frames as f32);
        }
        let pixels = colors.indexed(&painter);
        // Only the rows that changed are written: the panel with the words stands still. What is
        // transparent would not cover what was there, so such frames are written whole.
        let changed = if opaque && i > 0 {
            changed(&before, &pixels, width)
        } else {
            0..height
        };
        encoder.write_frame(&Frame {
            width: width as u16,
            height: changed.len() as u16,
            top: changed.start as u16,
            delay,
            dispose: if opaque {
                DisposalMethod::Keep
            } else {
                DisposalMethod::Background
            },
            transparent: (!opaque).then_some(TRANSPARENT),
            buffer: Cow::Borrowed(&pixels[changed.start * width..changed.end * width]),
            ..Frame::default()
        })?;
        before = pixels;
    }
    Ok(())
}

/// The rows from the first to the last that differ; at least one.
fn changed(before: &[u8], after: &[u8], width: usize) -> Range<usize> {
    let mut rows = before
        .chunks(width)
        .zip(after.chunks(width))
        .map(|(a, b)| a != b);
    let first = rows.position(|differs| differs).unwrap_or(0);
    let after_first = rows.rposition(|differs| differs).map_or(0, |last| last + 1);
    first..first + 1 + after_first
}

/// The colours of a GIF, and which of them stands for any other.
struct Colors {
    colors: Vec<[u8; 3]>,
    /// For every colour, cut to 5 bits a channel, the index of the one nearest to it, or
    /// `TRANSPARENT` until that has been looked for.
    nearest: Vec<u8>,
}

impl Colors {
    /// The 255 colours a picture has most of.
    fn of(painter: &Painter) -> Self {
        let mut counts = vec![0_u32; 1 << 15];
        let mut sums = vec![[0_u32; 3]; 1 << 15];
        let mut row = vec![[0; 4]; painter.width() as usize];
        // Every other row has the same colours.
        for y in (0..painter.height()).step_by(2) {
            painter.draw_row(y, &mut row);
            for &pixel in row.iter().filter(|pixel| pixel[3] >= 128) {
                let key = key(pixel);
                // More would tell nothing new, and the sums would run over.
                if counts[key] < 1 << 20 {
                    counts[key] += 1;
                    for (sum, channel) in sums[key].iter_mut().zip(pixel) {
                        *sum += u32::from(channel);
                    }
                }
            }
        }
        let mut common: Vec<usize> = (0..counts.len()).filter(|&key| counts[key] > 0).collect();
        common.sort_by_key(|&key| (std::cmp::Reverse(counts[key]), key));
        common.truncate(255);
        let mut colors = vec![[0, 0, 0]];
        colors.extend(
            common
                .iter()
                .map(|&key| sums[key].map(|sum| (sum / counts[key]) as u8)),
        );
        Self {
            colors,
            nearest: vec![TRANSPARENT; 1 << 15],
        }
    }

    fn palette(&self) -> Vec<u8> {
        self.colors.concat()
    }

    fn indexed(&mut self, painter: &Painter) -> Vec<u8> {
        let mut row = vec![[0; 4]; painter.width() as usize];
        let mut pixels = Vec::with_capacity(row.len() * painter.height() as usize);
        for y in 0..painter.height() {
            painter.draw_row(y, &mut row);
            pixels.extend(row.iter().map(|&pixel| match pixel[3] {
                ..128 => TRANSPARENT,
                _ => self.index(key(pixel)),
            }));
        }
        pixels
    }

    /// The index of the colour nearest to a cut one.
    fn index(&mut self, key: usize) -> u8 {
        if self.nearest[key] == TRANSPARENT {
            self.nearest[key] = nearest(&self.colors, key);
        }
        self.nearest[key]
    }
}

/// A colour cut to 5 bits a channel.
fn key([r, g, b, _]: Pixel) -> usize {
    usize::from(r >> 3) << 10 | usize::from(g >> 3) << 5 | usize::from(b >> 3)
}

/// The index of the colour nearest to a cut one, never the transparent one unless it is alone.
fn nearest(colors: &[[u8; 3]], key: usize) -> u8 {
    let wanted = [key >> 10, key >> 5, key].map(|channel| ((channel & 31) << 3 | 4) as i32);
    let distance = |color: &[u8; 3]| -> i32 {
        color
            .iter()
            .zip(wanted)
            .map(|(&c, wanted)| (i32::from(c) - wanted).pow(2))
            .sum()
    };
    let best = (1..colors.len()).min_by_key(|&i| distance(&colors[i]));
    best.unwrap_or(0) as u8
}
