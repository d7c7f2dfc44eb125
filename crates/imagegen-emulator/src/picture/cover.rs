//! Which pixels a shape covers, and how much of each at its edges.

use std::ops::Range;

use super::scene::{Rect, Shape};

/// The rows a shape may touch.
pub(super) fn extent(shape: &Shape) -> Range<i32> {
    let (top, bottom) = match shape {
        Shape::Block { area, .. } => (area.top, area.bottom),
        Shape::Ring {
            y,
            outer,
            within: None,
            ..
        } => (y - outer, y + outer),
        Shape::Ring {
            y,
            outer,
            within: Some(within),
            ..
        } => ((y - outer).max(within.top), (y + outer).min(within.bottom)),
        Shape::Polygon(points) => points
            .iter()
            .fold((f32::MAX, f32::MIN), |(top, bottom), &(_, y)| {
                (top.min(y), bottom.max(y))
            }),
        Shape::Ridge {
            skyline, bottom, ..
        } => (skyline.iter().copied().fold(f32::MAX, f32::min), *bottom),
    };
    top.floor() as i32..bottom.ceil() as i32
}

/// Finds the pixels of a row that a shape covers, and how much of them.
pub(super) fn cover(shape: &Shape, y: i32, width: usize, mut paint: impl FnMut(Range<usize>, u8)) {
    if let Shape::Ridge {
        left,
        skyline,
        bottom,
    } = shape
    {
        let share = (*bottom - y as f32).clamp(0.0, 1.0);
        ridge(*left as usize, skyline, y, share, width, paint);
        return;
    }
    // Each row is looked at in four places, which makes nearly level edges as smooth as steep ones.
    let mut looks = [[(0.0, 0.0); 2]; LOOKS];
    for (look, spans) in looks.iter_mut().enumerate() {
        *spans = spans_at(shape, y as f32 + (look as f32 + 0.5) / LOOKS as f32);
    }
    for side in 0..2 {
        span(looks.map(|spans| spans[side]), width, &mut paint);
    }
}

const LOOKS: usize = 4;

/// Covers what lies between the ends found in each look at a row.
fn span(looks: [(f32, f32); LOOKS], width: usize, paint: &mut impl FnMut(Range<usize>, u8)) {
    let held = |x: f32| x.clamp(0.0, width as f32);
    let looks = looks.map(|(from, to)| (held(from), held(to)));
    let seen = || looks.iter().filter(|(from, to)| from < to);
    if seen().next().is_none() {
        return;
    }
    let from = seen().fold(f32::MAX, |edge, look| edge.min(look.0)) as usize;
    let to = seen().fold(0.0_f32, |edge, look| edge.max(look.1)).ceil() as usize;
    // Between the innermost ends every pixel is wholly covered.
    let solid = if seen().count() == LOOKS {
        let from = seen().fold(0.0_f32, |edge, look| edge.max(look.0)).ceil() as usize;
        let to = seen().fold(f32::MAX, |edge, look| edge.min(look.1)) as usize;
        from..to.max(from)
    } else {
        to..to
    };
    let mut edge = |x: usize| {
        let (left, right) = (x as f32, (x + 1) as f32);
        let covered: f32 = seen()
            .map(|look| (look.1.min(right) - look.0.max(left)).max(0.0))
            .sum();
        paint(x..x + 1, (covered * (255.0 / LOOKS as f32) + 0.5) as u8);
    };
    (from..solid.start.min(to)).for_each(&mut edge);
    (solid.end.max(solid.start)..to).for_each(&mut edge);
    if !solid.is_empty() {
        paint(solid, 255);
    }
}

/// Where a line at height `y` is inside a shape: up to two stretches, from and to.
fn spans_at(shape: &Shape, y: f32) -> [(f32, f32); 2] {
    const NOWHERE: (f32, f32) = (0.0, 0.0);
    match shape {
        Shape::Block { area, radius } => {
            if y < area.top || y >= area.bottom {
                return [NOWHERE; 2];
            }
            // How far into the rounding of a corner the line is.
            let depth = (area.top + radius - y)
                .max(y - (area.bottom - radius))
                .max(0.0);
            let cut = radius - half_chord(*radius, depth);
            [(area.left + cut, area.right - cut), NOWHERE]
        }
        Shape::Ring {
            x,
            y: middle,
            outer,
            inner,
            within,
        } => {
            let reach = half_chord(*outer, y - middle);
            let hole = half_chord(*inner, y - middle);
            let (mut left, mut right) = ((x - reach, x - hole), (x + hole, x + reach));
            if *inner == 0.0 {
                (left, right) = ((x - reach, x + reach), NOWHERE);
            } else if hole == 0.0 {
                // Meet between two pixels, or the one they share would be covered twice in part.
                let seam = x.floor();
                (left.1, right.0) = (seam, seam.min(x + reach));
            }
            match within {
                Some(within) if y < within.top || y >= within.bottom => [NOWHERE; 2],
                Some(Rect {
                    left: from,
                    right: to,
                    ..
                }) => [left, right].map(|(a, b)| (a.max(*from), b.min(*to))),
                None => [left, right],
            }
        }
        Shape::Polygon(points) => {
            let (mut from, mut to) = (f32::MAX, f32::MIN);
            for (i, &(x0, y0)) in points.iter().enumerate() {
                let (x1, y1) = points[(i + 1) % points.len()];
                if (y0 <= y) != (y1 <= y) {
                    let x = x0 + (x1 - x0) * (y - y0) / (y1 - y0);
                    (from, to) = (from.min(x), to.max(x));
                }
            }
            [if from < to { (from, to) } else { NOWHERE }, NOWHERE]
        }
        // Ridges are covered column by column.
        Shape::Ridge { .. } => [NOWHERE; 2],
    }
}

/// Half the width of a circle, so far from its middle.
fn half_chord(radius: f32, away: f32) -> f32 {
    (radius * radius - away * away).max(0.0).sqrt()
}

/// Covers the columns of a row by how far the skyline is above its lower edge. `share` is how
/// much of the row is above the bottom.
fn ridge(
    left: usize,
    skyline: &[f32],
    y: i32,
    share: f32,
    width: usize,
    mut paint: impl FnMut(Range<usize>, u8),
) {
    let edge = (y + 1) as f32;
    let coverage = |top: f32| ((edge - top).clamp(0.0, 1.0) * share * 255.0 + 0.5) as u8;
    let columns = skyline.len().min(width.saturating_sub(left));
    let mut start = 0;
    while start < columns {
        let here = coverage(skyline[start]);
        let run = skyline[start..columns]
            .iter()
            .take_while(|&&top| coverage(top) == here)
            .count();
        if here > 0 {
            paint(left + start..left + start + run, here);
        }
        start += run;
    }
}

#[cfg(test)]
mod tests {
    use crate::picture::paint::{Painter, Rows};
    use crate::picture::palette::Color;
    use crate::picture::scene::{Layer, Rect, Scene, Shape};

    const SIDE: u32 = 64;

    /// The alpha of every pixel when a shape is drawn over nothing.
    fn alpha(shape: Shape, opacity: u8) -> Vec<u8> {
        let painter = Painter::new(Scene {
            width: SIDE,
            height: SIDE,
            backdrop: None,
            horizon: 0.0,
            frame: None,
            layers: vec![Layer {
                shape,
                color: Color([255; 3]),
                opacity,
            }],
            lines: Vec::new(),
        });
        let mut row = vec![[0; 4]; SIDE as usize];
        let mut alpha = Vec::new();
        for y in 0..SIDE {
            painter.draw_row(y, &mut row);
            alpha.extend(row.iter().map(|pixel| pixel[3]));
        }
        alpha
    }

    fn area(alpha: &[u8]) -> f32 {
        alpha.iter().map(|&alpha| f32::from(alpha)).sum::<f32>() / 255.0
    }

    fn ring(outer: f32, inner: f32) -> Shape {
        Shape::Ring {
            x: 32.3,
            y: 31.6,
            outer,
            inner,
            within: None,
        }
    }

    #[test]
    fn shapes_cover_as_much_as_they_should() {
        let pi = std::f32::consts::PI;
        let block = Rect::new(10.25, 20.5, 30.75, 40.5);
        let triangle = vec![(4.0, 4.0), (60.0, 10.0), (20.0, 50.0)];
        let shapes = [
            (ring(20.0, 0.0), pi * 400.0),
            (ring(20.0, 12.0), pi * (400.0 - 144.0)),
            (
                Shape::Block {
                    area: block,
                    radius: 0.0,
                },
                20.5 * 20.0,
            ),
            (
                Shape::Block {
                    area: block,
                    radius: 5.0,
                },
                20.5 * 20.0 - (4.0 - pi) * 25.0,
            ),
            (Shape::Polygon(triangle), 1240.0),
            (
                Shape::Ridge {
                    left: 0,
                    skyline: vec![40.25; 64],
                    bottom: 60.0,
                },
                64.0 * 19.75,
            ),
        ];
        for (shape, expected) in shapes {
            let covered = area(&alpha(shape.clone(), 255));
            let apart = (covered - expected).abs() / expected;
            assert!(apart < 0.01, "{shape:?} covers {covered}, not {expected}");
        }
    }

    #[test]
    fn nothing_is_covered_twice() {
        for shape in [ring(25.0, 0.0), ring(25.0, 24.0), ring(25.0, 3.0)] {
            assert!(alpha(shape, 100).iter().all(|&alpha| alpha <= 100));
        }
    }

    #[test]
    fn a_shape_outside_the_picture_is_cut() {
        let shape = Shape::Ring {
            x: -5.0,
            y: 70.0,
            outer: 30.0,
            inner: 0.0,
            within: None,
        };
        assert!(area(&alpha(shape, 255)) > 0.0);
        let away = Shape::Block {
            area: Rect::new(-50.0, -50.0, -10.0, -10.0),
            radius: 3.0,
        };
        assert_eq!(area(&alpha(away, 255)), 0.0);
    }
}
