//! The art of a poster: one of several motifs, in the poster's colours.

use super::motif;
use super::palette::{Color, Palette};
use super::random::Dice;
use super::scene::{Layer, Rect, Shape};

/// What a motif is drawn on.
pub(super) struct Canvas<'a> {
    layers: &'a mut Vec<Layer>,
    pub(super) area: Rect,
    pub(super) palette: &'a Palette,
    pub(super) dice: &'a mut Dice,
    /// How far a moving picture has gone, from 0 up to 1, where it is back at the start.
    pub(super) phase: f32,
}

/// Draws something on a canvas.
pub(super) type Motif = fn(&mut Canvas<'_>);

const MOTIFS: [Motif; 6] = [
    motif::hills,
    motif::orbits,
    motif::tiles,
    motif::bubbles,
    motif::rays,
    motif::city,
];

/// One of the motifs, as the dice fall, for one picture of a series: the next ones differ.
pub(super) fn pick(dice: &mut Dice, index: u32) -> Motif {
    MOTIFS[(dice.below(MOTIFS.len()) + index as usize % MOTIFS.len()) % MOTIFS.len()]
}

/// Draws a motif.
pub(super) fn draw(
    layers: &mut Vec<Layer>,
    motif: Motif,
    area: &Rect,
    palette: &Palette,
    dice: &mut Dice,
    phase: f32,
) {
    // Where words leave it next to nothing there is no art to see.
    if area.short() >= 1.0 {
        motif(&mut Canvas {
            layers,
            area: *area,
            palette,
            dice,
            phase,
        });
    }
}

impl Canvas<'_> {
    /// The point at these shares of the width and the height.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (
            self.area.left + self.area.width() * x,
            self.area.top + self.area.height() * y,
        )
    }

    pub(super) fn fill(&mut self, shape: Shape, color: Color, opacity: u8) {
        self.layers.push(Layer {
            shape,
            color,
            opacity,
        });
    }

    pub(super) fn block(&mut self, area: Rect, radius: f32, color: Color) {
        self.fill(Shape::Block { area, radius }, color, 255);
    }

    pub(super) fn disc(&mut self, (x, y): (f32, f32), radius: f32, color: Color, opacity: u8) {
        let shape = Shape::Ring {
            x,
            y,
            outer: radius,
            inner: 0.0,
            within: None,
        };
        self.fill(shape, color, opacity);
    }

    pub(super) fn ring(&mut self, (x, y): (f32, f32), radius: f32, thick: f32, color: Color) {
        let (outer, inner) = (radius + thick / 2.0, (radius - thick / 2.0).max(0.0));
        self.fill(
            Shape::Ring {
                x,
                y,
                outer,
                inner,
                within: None,
            },
            color,
            255,
        );
    }

    /// A round body with a glow around it.
    pub(super) fn sun(&mut self, center: (f32, f32), radius: f32, color: Color) {
        for (share, opacity) in [(2.3, 26), (1.75, 34), (1.32, 48)] {
            self.disc(center, radius * share, color, opacity);
        }
        self.disc(center, radius, color, 255);
    }

    /// Stars in the upper part of the area, if the sky is dark.
    pub(super) fn stars(&mut self, lowest: f32) {
        if !self.palette.is_night() {
            return;
        }
        let unit = self.area.short();
        for _ in 0..34 {
            let (x, y) = (self.dice.between(0.0, 1.0), self.dice.between(0.0, lowest));
            let radius = unit * self.dice.between(0.0012, 0.0042);
            let opacity = 90 + self.dice.below(150) as u8;
            self.disc(self.at(x, y), radius, self.palette.paper, opacity);
        }
    }

    /// A rolling skyline between two shares of the height, and all below it. `knots` hills fit in
    /// the width; it moves on `laps` times its width as the phase goes round.
    pub(super) fn ridge(&mut self, (high, low): (f32, f32), knots: usize, laps: f32, color: Color) {
        let coarse: Vec<f32> = (0..knots).map(|_| self.dice.between(0.0, 1.0)).collect();
        let fine: Vec<f32> = (0..knots * 3)
            .map(|_| self.dice.between(0.0, 1.0))
            .collect();
        let (top, height) = (self.area.top, self.area.height());
        let left = self.area.left.max(0.0) as u32;
        let columns = (self.area.right.ceil() as u32).saturating_sub(left);
        let skyline = (0..columns)
            .map(|column| {
                let x = column as f32 / self.area.width() + self.phase * laps;
                let height_here = wave(&coarse, x) * 0.8 + wave(&fine, x) * 0.2;
                top + height * (low + (high - low) * height_here)
            })
            .collect();
        let bottom = self.area.bottom;
        self.fill(
            Shape::Ridge {
                left,
                skyline,
                bottom,
            },
            color,
            255,
        );
    }
}

/// A smooth curve through the knots, which repeats every 1.
fn wave(knots: &[f32], x: f32) -> f32 {
    let x = (x - x.floor()) * knots.len() as f32;
    let at = x as usize % knots.len();
    let (from, to) = (knots[at], knots[(at + 1) % knots.len()]);
    let t = x - x.floor();
    from + (to - from) * t * t * (3.0 - 2.0 * t)
}
