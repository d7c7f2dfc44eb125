//! A picture before it is pixels: shapes and lines of text, from back to front.

use super::font::Weight;
use super::palette::Color;

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
}

/// An outline to be filled.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A rectangle, its corners rounded.
    Block { area: Rect, radius: f32 },
    /// A disc, or a ring when `inner` is not 0; only the part inside `within`.
    Ring {
        x: f32,
        y: f32,
        outer: f32,
        inner: f32,
        within: Option<Rect>,
    },
    /// A convex polygon.
    Polygon(Vec<(f32, f32)>),
    /// Everything from a skyline down to `bottom`: one height for each column of pixels from
    /// `left` on.
    Ridge {
        left: u32,
        skyline: Vec<f32>,
        bottom: f32,
    },
}

/// A filled shape.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) shape: Shape,
    pub(super) color: Color,
    /// 255 hides what is behind.
    pub(super) opacity: u8,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
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
