//! What the art of a poster is drawn on.

use tiny_skia::{Path, PathBuilder, Stroke};

use super::palette::{Color, Palette};
use super::random::Dice;
use super::scene::{Layer, Rect};

/// What a motif is drawn on.
pub(super) struct Canvas<'a> {
    pub(super) layers: &'a mut Vec<Layer>,
    pub(super) area: Rect,
    pub(super) palette: &'a Palette,
    pub(super) dice: &'a mut Dice,
    /// How far a moving picture has gone, from 0 up to 1, where it is back at the start.
    pub(super) phase: f32,
}

impl Canvas<'_> {
    /// The point at these shares of the width and the height.
    pub(super) fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (
            self.area.left + self.area.width() * x,
            self.area.top + self.area.height() * y,
        )
    }

    /// Fills a path; one without an inside leaves nothing.
    pub(super) fn fill(&mut self, path: Option<Path>, color: Color, opacity: u8) {
        self.layers.extend(path.map(|path| Layer {
            path,
            color,
            opacity,
        }));
    }

    pub(super) fn block(&mut self, area: Rect, color: Color) {
        self.fill(area.path(0.0), color, 255);
    }

    pub(super) fn disc(&mut self, (x, y): (f32, f32), radius: f32, color: Color, opacity: u8) {
        self.fill(PathBuilder::from_circle(x, y, radius), color, opacity);
    }

    pub(super) fn ring(&mut self, (x, y): (f32, f32), radius: f32, thick: f32, color: Color) {
        let stroke = Stroke {
            width: thick,
            ..Stroke::default()
        };
        let circle = PathBuilder::from_circle(x, y, radius);
        self.fill(
            circle.and_then(|circle| circle.stroke(&stroke, 1.0)),
            color,
            255,
        );
    }

    /// A polygon through these points.
    pub(super) fn polygon(&mut self, points: impl IntoIterator<Item = (f32, f32)>, color: Color) {
        let mut path = PathBuilder::new();
        for (x, y) in points {
            if path.is_empty() {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
        }
        path.close();
        self.fill(path.finish(), color, 255);
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
        let Rect {
            left,
            right,
            bottom,
            ..
        } = self.area;
        // A point every few pixels tells the curve.
        let steps = (self.area.width() / 4.0).clamp(1.0, 512.0).ceil() as usize;
        let skyline = (0..=steps).map(|step| {
            let x = step as f32 / steps as f32;
            let turned = x + self.phase * laps;
            let share = wave(&coarse, turned) * 0.8 + wave(&fine, turned) * 0.2;
            self.at(x, low + (high - low) * share)
        });
        let points: Vec<_> = skyline.chain([(right, bottom), (left, bottom)]).collect();
        self.polygon(points, color);
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
