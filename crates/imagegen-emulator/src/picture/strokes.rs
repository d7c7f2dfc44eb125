//! Small bitmaps made into pen strokes.
//!
//! Most of Unifont is drawn with lines one pixel wide. Blown up, those would be staircases; so the
//! middle of each pixel becomes a point, neighbours are joined, the steps of slanted lines are
//! evened out, and a round pen goes along what is left.

use tiny_skia::{LineCap, LineJoin, PathBuilder, Rect, Stroke};

/// A glyph 8 or 16 pixels wide and 16 high, one bit a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bitmap {
    wide: bool,
    /// From the top; the highest bit is the left of 16 columns.
    rows: [u16; 16],
}

impl Bitmap {
    /// From 16 bytes (8 pixels wide) or 32 (16 pixels wide), row by row.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let wide = bytes.len() == 32;
        let mut rows = [0; 16];
        for (row, bytes) in rows.iter_mut().zip(bytes.chunks(if wide { 2 } else { 1 })) {
            *row = match *bytes {
                [high, low] => u16::from_be_bytes([high, low]),
                [high] => u16::from(high) << 8,
                _ => 0,
            };
        }
        Self { wide, rows }
    }

    pub(super) const fn width(&self) -> f32 {
        if self.wide { 16.0 } else { 8.0 }
    }

    /// The same, so many rows lower.
    pub(super) fn lowered(mut self, rows: usize) -> Self {
        self.rows.rotate_right(rows);
        self
    }

    /// How thick a pen suits it: 1 for most, less the more lines are crowded together.
    pub(super) fn pen(&self) -> f32 {
        let pixels: u32 = self.rows.iter().map(|row| row.count_ones()).sum();
        1.0 - 0.3 * ((pixels as f32 - 64.0) / 80.0).clamp(0.0, 1.0)
    }

    fn has(&self, x: i32, y: i32) -> bool {
        (0..16).contains(&x)
            && (0..16).contains(&y)
            && self.rows[y as usize] & (0x8000 >> x as u32) != 0
    }
}

type Point = (f32, f32);

/// The strokes of a glyph, in em, the baseline at 0 and down positive.
#[derive(Debug, Default)]
pub(super) struct Strokes {
    /// Lines for the pen, as their ends.
    lines: Vec<(Point, Point)>,
    /// Squares to fill, as opposite corners: where a bitmap is solid.
    squares: Vec<(Point, Point)>,
}

/// The rows of a bitmap above the baseline.
const ASCENT: f32 = 14.0;

/// Finds the strokes of a bitmap.
pub(super) fn trace(bitmap: &Bitmap) -> Strokes {
    let mut strokes = Strokes::default();
    let points = even_out(bitmap);
    let at = |x: i32, y: i32| points[(y * 16 + x) as usize];
    for y in 0..16 {
        for x in 0..16 {
            if !bitmap.has(x, y) {
                continue;
            }
            let here = at(x, y);
            let mut joined = false;
            for (dx, dy) in AROUND {
                if !joins(bitmap, x, y, dx, dy) {
                    continue;
                }
                joined = true;
                // Each line once: from its upper or left end.
                if dy > 0 || (dy == 0 && dx > 0) {
                    strokes.lines.push((here, at(x + dx, y + dy)));
                }
            }
            if !joined {
                strokes.lines.push((here, here));
            }
            if bitmap.has(x + 1, y) && bitmap.has(x, y + 1) && bitmap.has(x + 1, y + 1) {
                strokes.squares.push((here, at(x + 1, y + 1)));
            }
        }
    }
    strokes
}

const AROUND: [(i32, i32); 8] = [
    (1, 0),
    (1, 1),
    (0, 1),
    (-1, 1),
    (-1, 0),
    (-1, -1),
    (0, -1),
    (1, -1),
];

/// Whether a line goes from a pixel that is set to the one beside it. Diagonally only where there
/// is no way round the corner, or every bend would be filled.
fn joins(bitmap: &Bitmap, x: i32, y: i32, dx: i32, dy: i32) -> bool {
    let diagonal = dx != 0 && dy != 0;
    bitmap.has(x + dx, y + dy) && !(diagonal && (bitmap.has(x + dx, y) || bitmap.has(x, y + dy)))
}

/// The point of each pixel, in em, with the steps of slanted lines evened out.
fn even_out(bitmap: &Bitmap) -> [Point; 256] {
    let mut points = [(0.0, 0.0); 256];
    for (i, point) in points.iter_mut().enumerate() {
        let (x, y) = ((i % 16) as f32, (i / 16) as f32);
        *point = ((x + 0.5) / 16.0, (y + 0.5 - ASCENT) / 16.0);
    }
    // Towards the middle of the neighbours and nearly as far back: what is smoothed that way does
    // not shrink, so small rings stay open.
    for share in [0.5, -0.52, 0.5, -0.52, 0.5] {
        let before = points;
        for y in 0..16 {
            for x in 0..16 {
                if let Some((a, b)) = bend(bitmap, x, y) {
                    let (a, b) = (before[a as usize], before[b as usize]);
                    let point = &mut points[(y * 16 + x) as usize];
                    point.0 += ((a.0 + b.0) / 2.0 - point.0) * share;
                    point.1 += ((a.1 + b.1) / 2.0 - point.1) * share;
                }
            }
        }
    }
    points
}

/// The two neighbours of a pixel in the middle of a line, if it may move: ends, crossings and
/// square corners stay where they are.
fn bend(bitmap: &Bitmap, x: i32, y: i32) -> Option<(i32, i32)> {
    if !bitmap.has(x, y) {
        return None;
    }
    let mut ways = AROUND
        .iter()
        .filter(|&&(dx, dy)| joins(bitmap, x, y, dx, dy));
    let (&(ax, ay), &(bx, by)) = (ways.next()?, ways.next()?);
    if ways.next().is_some() {
        return None;
    }
    let goes_on = |dx: i32, dy: i32| bitmap.has(x + 2 * dx, y + 2 * dy);
    let square = ax * bx + ay * by == 0 && (ax == 0 || ay == 0) && (bx == 0 || by == 0);
    if square && goes_on(ax, ay) && goes_on(bx, by) {
        return None;
    }
    Some(((y + ay) * 16 + x + ax, (y + by) * 16 + x + bx))
}

/// The outline of a box standing on the baseline in a place of this width, and this high.
pub(super) fn outline((width, height): (f32, f32)) -> Strokes {
    let (left, right, top) = (0.08, width - 0.08, -height);
    let corners = [(left, 0.0), (left, top), (right, top), (right, 0.0)];
    let lines = (0..4).map(|i| (corners[i], corners[(i + 1) % 4])).collect();
    Strokes {
        lines,
        squares: Vec::new(),
    }
}

/// Adds strokes with a round pen of radius `pen` pixels to a path, `size` pixels an em.
pub(super) fn draw(
    strokes: &Strokes,
    (x, baseline): Point,
    size: f32,
    pen: f32,
    path: &mut PathBuilder,
) {
    let place = |p: Point| (x + p.0 * size, baseline + p.1 * size);
    let mut lines = PathBuilder::new();
    for &(a, b) in &strokes.lines {
        let (a, b) = (place(a), place(b));
        lines.move_to(a.0, a.1);
        lines.line_to(b.0, b.1);
    }
    let stroke = Stroke {
        width: 2.0 * pen,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default()
    };
    if let Some(inked) = lines.finish().and_then(|lines| lines.stroke(&stroke, 1.0)) {
        path.push_path(&inked);
    }
    for &(a, b) in &strokes.squares {
        let (a, b) = (place(a), place(b));
        let (left, right) = (a.0.min(b.0), a.0.max(b.0));
        let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
        if let Some(square) = Rect::from_ltrb(left, top, right, bottom) {
            path.push_rect(square);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bitmap, PathBuilder, draw, trace};

    fn bitmap(rows: &[u8]) -> Bitmap {
        let mut bytes = [0; 16];
        bytes[..rows.len()].copy_from_slice(rows);
        Bitmap::new(&bytes)
    }

    #[test]
    fn a_straight_line_stays_straight_and_a_corner_square() {
        let corner = trace(&bitmap(&[0b1110_0000, 0b1000_0000, 0b1000_0000]));
        assert_eq!(corner.lines.len(), 4);
        let on_the_sides = |&(x, y): &(f32, f32)| {
            (x - 0.5 / 16.0).abs() < 1e-6 || (y - (0.5 - 14.0) / 16.0).abs() < 1e-6
        };
        assert!(
            corner
                .lines
                .iter()
                .all(|(a, b)| on_the_sides(a) && on_the_sides(b))
        );
    }

    #[test]
    fn a_slanted_line_loses_its_steps() {
        // Two pixels right for each pixel down.
        let slanted = trace(&bitmap(&[
            0b1100_0000,
            0b0011_0000,
            0b0000_1100,
            0b0000_0011,
        ]));
        let slopes: Vec<f32> = slanted
            .lines
            .iter()
            .map(|(a, b)| (b.1 - a.1) / (b.0 - a.0))
            .collect();
        let middle = &slopes[2..slopes.len() - 2];
        assert!(
            middle.iter().all(|slope| (0.3..0.7).contains(slope)),
            "{slopes:?}"
        );
    }

    #[test]
    fn a_lone_pixel_is_a_dot_and_a_solid_one_is_filled() {
        let mut path = PathBuilder::new();
        let dot = trace(&bitmap(&[0b1000_0000]));
        draw(&dot, (0.0, 28.0), 32.0, 1.5, &mut path);
        let bounds = path.finish().expect("a dot has ink").bounds();
        assert!((bounds.width() - 3.0).abs() < 0.1 && (bounds.height() - 3.0).abs() < 0.1);
        let solid = trace(&bitmap(&[0b1100_0000, 0b1100_0000]));
        assert_eq!(solid.squares.len(), 1);
    }
}
