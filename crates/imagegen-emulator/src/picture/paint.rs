//! Scenes made into pixels, a row at a time and only when asked for, so that a large picture
//! need not be held to be written.

use std::ops::Range;

use super::cover::{cover, extent};
use super::font::{Mask, advance, draw};
use super::palette::Color;
use super::scene::{Layer, Line, Scene, Shape};
use super::text::{ASCENT, LEADING, measure};

/// Red, green, blue and alpha, the colours already multiplied by alpha.
pub(super) type Pixel = [u8; 4];

/// Something with rows of pixels.
pub(super) trait Rows {
    fn width(&self) -> u32;
    fn height(&self) -> u32;
    /// Whether every pixel is opaque.
    fn is_opaque(&self) -> bool;
    /// Draws row `y` into `row`, which is as long as a row is wide.
    fn draw_row(&self, y: u32, row: &mut [Pixel]);
}

/// Draws a scene.
pub(super) struct Painter {
    scene: Scene,
    /// For each layer, the rows it may touch.
    extents: Vec<Range<i32>>,
    /// For each line of text, its letters.
    texts: Vec<(Mask, Color)>,
}

impl Painter {
    pub(super) fn new(scene: Scene) -> Self {
        let extents = scene
            .layers
            .iter()
            .map(|layer| extent(&layer.shape))
            .collect();
        let texts = scene
            .lines
            .iter()
            .map(|line| (letters(line), line.color))
            .collect();
        Self {
            scene,
            extents,
            texts,
        }
    }

    /// What lies behind everything, in row `y`.
    fn backdrop(&self, y: i32) -> Pixel {
        let Some((top, bottom)) = self.scene.backdrop else {
            return [0; 4];
        };
        opaque(top.mix(bottom, y as f32 / self.scene.horizon.max(1.0)))
    }

    /// Leaves only what is inside the frame.
    fn cut(&self, y: i32, row: &mut [Pixel]) {
        let Some((area, radius)) = self.scene.frame else {
            return;
        };
        let mut inside = vec![0; row.len()];
        cover(
            &Shape::Block { area, radius },
            y,
            row.len(),
            |pixels, coverage| {
                inside[pixels].fill(coverage);
            },
        );
        for (pixel, coverage) in row.iter_mut().zip(inside) {
            match coverage {
                255 => {}
                0 => *pixel = [0; 4],
                part => *pixel = pixel.map(|channel| scaled(channel, part)),
            }
        }
    }
}

impl Rows for Painter {
    fn width(&self) -> u32 {
        self.scene.width
    }

    fn height(&self) -> u32 {
        self.scene.height
    }

    fn is_opaque(&self) -> bool {
        self.scene.backdrop.is_some() && self.scene.frame.is_none()
    }

    fn draw_row(&self, y: u32, row: &mut [Pixel]) {
        let y = y as i32;
        let layers = &self.scene.layers;
        // What is behind a layer that hides the whole row need not be drawn.
        let first = layers
            .iter()
            .rposition(|layer| hides_row(layer, y, row.len()))
            .unwrap_or(0);
        if first == 0 {
            row.fill(self.backdrop(y));
        }
        for (layer, extent) in layers.iter().zip(&self.extents).skip(first) {
            if extent.contains(&y) {
                let color = opaque(layer.color);
                cover(&layer.shape, y, row.len(), |pixels, coverage| {
                    blend(&mut row[pixels], color, scaled(coverage, layer.opacity));
                });
            }
        }
        for (mask, color) in &self.texts {
            let Some((left, coverage)) = mask.row(y) else {
                continue;
            };
            let color = opaque(*color);
            for (x, &coverage) in (left..).zip(coverage) {
                if coverage > 0
                    && let Some(pixel) = row.get_mut(x as usize)
                {
                    blend(std::slice::from_mut(pixel), color, coverage);
                }
            }
        }
        self.cut(y, row);
    }
}

const fn opaque(Color([r, g, b]): Color) -> Pixel {
    [r, g, b, 255]
}

/// `value` times `by`, both of them parts of 255.
const fn scaled(value: u8, by: u8) -> u8 {
    let product = value as u32 * by as u32 + 128;
    ((product + (product >> 8)) >> 8) as u8
}

/// Lays a colour over pixels.
fn blend(pixels: &mut [Pixel], color: Pixel, opacity: u8) {
    if opacity == 255 {
        pixels.fill(color);
        return;
    }
    let over = color.map(|channel| scaled(channel, opacity));
    for pixel in pixels {
        for (channel, over) in pixel.iter_mut().zip(over) {
            *channel = over + scaled(*channel, 255 - opacity);
        }
    }
}

/// The letters of a line.
fn letters(line: &Line) -> Mask {
    // Letters with accents, and those leaning out of their place, reach a little farther.
    let above = (line.size * (ASCENT + 0.2)).ceil();
    let below = (line.size * (LEADING - ASCENT + 0.1)).ceil();
    let margin = (line.size * 0.3).ceil();
    let width = measure(&line.text, line.weight) + line.spacing * line.text.len() as f32;
    let mut mask = Mask::new(
        (line.left - margin) as i32,
        (line.baseline - above) as i32,
        (width * line.size + 2.0 * margin).ceil() as usize,
        (above + below) as usize,
    );
    let mut x = line.left;
    for c in line.text.chars() {
        draw(c, line.weight, x, line.baseline, line.size, &mut mask);
        x += (advance(c, line.weight) + line.spacing) * line.size;
    }
    mask
}

/// Whether nothing behind a layer can be seen in a row.
fn hides_row(layer: &Layer, y: i32, width: usize) -> bool {
    let (top, bottom) = (y as f32, (y + 1) as f32);
    match &layer.shape {
        Shape::Block { area, radius: 0.0 } => {
            layer.opacity == 255
                && area.left <= 0.0
                && area.right >= width as f32
                && area.top <= top
                && area.bottom >= bottom
        }
        _ => false,
    }
}
