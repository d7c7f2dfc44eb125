//! A picture before it is pixels: filled paths and lines of text, from back to front.

use tiny_skia::{Path, PathBuilder};

use super::palette::Color;

/// The words that mark a picture as emulated: drawn on it where they can be read, and in the
/// text a PNG, GIF or SVG has beside the picture.
pub const MARK: &str = "imagegen emulator";

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Rect {
    pub(super) const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// The shorter side.
    pub(super) fn short(&self) -> f32 {
        self.width().min(self.height())
    }

    /// The rectangle this much smaller on every side.
    pub(super) fn inset(&self, by: f32) -> Self {
        Self::new(
            self.left + by,
            self.top + by,
            self.right - by,
            self.bottom - by,
        )
    }

    /// Its outline, the corners rounded by `radius`; none if there is nothing inside it.
    pub(super) fn path(&self, radius: f32) -> Option<Path> {
        let area = tiny_skia::Rect::from_ltrb(self.left, self.top, self.right, self.bottom)?;
        let radius = radius.min(self.short() / 2.0);
        if radius <= 0.0 {
            return Some(PathBuilder::from_rect(area));
        }
        // How far the handles of a cubic stand from its ends when it is a quarter of a circle.
        let bend = radius * (1.0 - 0.552_284_8);
        let Self {
            left,
            top,
            right,
            bottom,
        } = *self;
        let mut path = PathBuilder::new();
        path.move_to(left + radius, top);
        path.line_to(right - radius, top);
        path.cubic_to(right - bend, top, right, top + bend, right, top + radius);
        path.line_to(right, bottom - radius);
        path.cubic_to(
            right,
            bottom - bend,
            right - bend,
            bottom,
            right - radius,
            bottom,
        );
        path.line_to(left + radius, bottom);
        path.cubic_to(
            left + bend,
            bottom,
            left,
            bottom - bend,
            left,
            bottom - radius,
        );
        path.line_to(left, top + radius);
        path.cubic_to(left, top + bend, left + bend, top, left + radius, top);
        path.close();
        path.finish()
    }
}

/// A filled path.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) path: Path,
    pub(super) color: Color,
    /// 255 hides what is behind.
    pub(super) opacity: u8,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// In the order it is read.
    pub(super) text: String,
    /// Whether it is read from right to left.
    pub(super) right_to_left: bool,
    pub(super) left: f32,
    pub(super) baseline: f32,
    /// Pixels an em.
    pub(super) size: f32,
    pub(super) weight: Weight,
    /// What is left between letters beyond their own width, in em.
    pub(super) spacing: f32,
    pub(super) color: Color,
}

/// A whole picture.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The colours at the top and the bottom of what lies behind everything; transparent if none.
    pub(super) backdrop: Option<(Color, Color)>,
    /// Where the backdrop's second colour is reached.
    pub(super) horizon: f32,
    /// Nothing shows outside it, if there is one: the area, and the radius of its corners.
    pub(super) frame: Option<(Rect, f32)>,
    pub(super) layers: Vec<Layer>,
    pub(super) lines: Vec<Line>,
}
