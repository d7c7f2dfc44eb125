//! The motifs: hills, orbits, tiles, bubbles, rays and a city.

use tiny_skia::{Path, PathBuilder};

use super::canvas::Canvas;
use super::palette::Color;
use super::random::{Dice, turn};
use super::scene::Rect;

/// Draws something on a canvas.
pub(super) type Motif = fn(&mut Canvas<'_>);

const MOTIFS: [Motif; 6] = [hills, orbits, tiles, bubbles, rays, city];

/// One of the motifs, as the dice fall, for one picture of a series: the next ones differ.
pub(super) fn pick(dice: &mut Dice, index: u32) -> Motif {
    MOTIFS[(dice.below(MOTIFS.len()) + index as usize % MOTIFS.len()) % MOTIFS.len()]
}

/// Ridges fading into the distance under a sun.
fn hills(canvas: &mut Canvas<'_>) {
    let palette = *canvas.palette;
    canvas.stars(0.55);
    let unit = canvas.area.short();
    let (x, y) = (
        canvas.dice.between(0.2, 0.8),
        canvas.dice.between(0.3, 0.42),
    );
    let (_, lift) = turn(canvas.phase);
    let center = canvas.at(x, y - 0.05 * (lift - 1.0));
    let radius = unit * canvas.dice.between(0.13, 0.19);
    canvas.sun(center, radius, palette.accents[0]);
    let color = canvas.dice.pick(&palette.accents[1..]);
    let ridges = 5;
    let per_ridge = 2 + canvas.dice.below(2);
    let wide = (canvas.area.width() / canvas.area.height()).clamp(1.0, 12.0) as usize;
    for i in 0..ridges {
        let near = i as f32 / (ridges - 1) as f32;
        let shade = if near < 0.5 {
            color.mix(palette.haze, 0.62 - near * 1.24)
        } else {
            color.mix(palette.ink, (near - 0.5) * 1.5)
        };
        let low = 0.62 + near * 0.32;
        let laps = if i % 2 == 0 { 1.0 } else { -1.0 };
        let knots = (per_ridge + i % 2) * wide;
        canvas.ridge((low - 0.24, low), knots, laps, shade);
    }
}

/// Planets on their ways round a sun.
fn orbits(canvas: &mut Canvas<'_>) {
    let palette = *canvas.palette;
    canvas.stars(1.0);
    let unit = canvas.area.short();
    let (x, y) = (
        canvas.dice.between(0.3, 0.7),
        canvas.dice.between(0.45, 0.6),
    );
    let center = canvas.at(x, y);
    let line = palette
        .paper
        .mix(palette.sky, if palette.is_night() { 0.55 } else { 0.0 });
    let line = if palette.is_night() {
        line
    } else {
        palette.ink.mix(palette.sky, 0.55)
    };
    let mut radius = unit * 0.2;
    let first = canvas.dice.below(palette.accents.len());
    let farthest = canvas.area.width().max(canvas.area.height());
    let mut ways = 0;
    while radius < farthest && ways < 9 {
        canvas.ring(center, radius, (unit * 0.004).max(1.0), line);
        let start = canvas.dice.between(0.0, 1.0);
        let laps = if ways < 2 { 2.0 } else { 1.0 };
        let (sin, cos) = turn(start + canvas.phase * laps);
        let planet = (center.0 + cos * radius, center.1 + sin * radius);
        let color = palette.accents[(first + ways) % palette.accents.len()];
        let size = unit * canvas.dice.between(0.028, 0.075);
        canvas.disc(planet, size, color, 255);
        if canvas.dice.once_in(3) {
            canvas.ring(planet, size * 1.55, size * 0.16, color);
        }
        radius += unit * canvas.dice.between(0.11, 0.17);
        ways += 1;
    }
    canvas.sun(center, unit * 0.095, palette.accents[0]);
}

/// A floor of tiles, each with a plain figure.
fn tiles(canvas: &mut Canvas<'_>) {
    let area = canvas.area;
    let across = (3 + canvas.dice.below(2)) as f32;
    // As near to squares as the area allows, and no more than anyone would count.
    let count = |side: f32| (across * side / area.short()).round().clamp(1.0, 40.0);
    let (columns, rows) = (count(area.width()), count(area.height()));
    let mut colors = canvas.palette.accents.to_vec();
    colors.extend([
        canvas.palette.paper,
        canvas.palette.haze,
        canvas.palette.ink,
    ]);
    let edge = |i: usize, of: f32, from: f32, size: f32| (from + size * i as f32 / of).round();
    for row in 0..rows as usize {
        for column in 0..columns as usize {
            let tile = Rect::new(
                edge(column, columns, area.left, area.width()),
                edge(row, rows, area.top, area.height()),
                edge(column + 1, columns, area.left, area.width()),
                edge(row + 1, rows, area.top, area.height()),
            );
            let ground = canvas.dice.below(colors.len());
            let figure = (ground + 1 + canvas.dice.below(colors.len() - 1)) % colors.len();
            canvas.block(tile, colors[ground]);
            tile_figure(canvas, tile, colors[figure], colors[ground]);
        }
    }
}

/// The figure on one tile. As the phase goes round, it turns from corner to corner.
fn tile_figure(canvas: &mut Canvas<'_>, tile: Rect, figure: Color, ground: Color) {
    let corners = [
        (tile.left, tile.top),
        (tile.right, tile.top),
        (tile.right, tile.bottom),
        (tile.left, tile.bottom),
    ];
    let turned = (canvas.phase * 4.0 + 0.001) as usize;
    let corner = canvas.dice.below(4) + turned;
    let (x, y) = corners[corner % 4];
    let (short, middle_x) = (tile.short(), tile.left + tile.width() / 2.0);
    let middle = (middle_x, tile.top + tile.height() / 2.0);
    let kind = canvas.dice.below(6);
    // Towards the inside of the tile.
    let (right, down) = (middle_x.total_cmp(&x), middle.1.total_cmp(&y));
    let inward = |side: std::cmp::Ordering, length: f32| length * f32::from(side as i8);
    let quarter = |share: f32| {
        let radius = short * share;
        sector((x, y), &[inward(right, radius)], inward(down, radius))
    };
    match kind {
        0 => canvas.fill(quarter(1.0), figure, 255),
        1 => {
            canvas.fill(quarter(1.0), figure, 255);
            canvas.fill(quarter(0.66), ground, 255);
            canvas.fill(quarter(0.33), figure, 255);
        }
        2 => canvas.disc(middle, short * 0.34, figure, 255),
        3 => {
            let radius = short * 0.5;
            let half = sector((middle_x, y), &[radius, -radius], inward(down, radius));
            canvas.fill(half, figure, 255);
        }
        4 => {
            canvas.disc(middle, short * 0.4, figure, 255);
            canvas.disc(middle, short * 0.18, ground, 255);
        }
        _ => canvas.polygon((0..3).map(|step| corners[(corner + step) % 4]), figure),
    }
}

/// Quarters of a disc around a point: each from its side, `across`, to the same side, `down`.
fn sector((x, y): (f32, f32), across: &[f32], down: f32) -> Option<Path> {
    // How far the handles of a cubic stand from its ends when it is a quarter of a circle.
    const BEND: f32 = 0.552_284_8;
    let mut path = PathBuilder::new();
    for across in across {
        path.move_to(x, y);
        path.line_to(x + across, y);
        path.cubic_to(
            x + across,
            y + down * BEND,
            x + across * BEND,
            y + down,
            x,
            y + down,
        );
        path.close();
    }
    path.finish()
}

/// Large discs over each other.
fn bubbles(canvas: &mut Canvas<'_>) {
    let palette = *canvas.palette;
    let unit = canvas.area.short();
    let first = canvas.dice.below(palette.accents.len());
    let crowd = (canvas.area.width() / unit)
        .max(canvas.area.height() / unit)
        .min(6.0);
    for i in 0..(8.0 * crowd) as usize {
        let (x, y) = (canvas.dice.between(0.0, 1.0), canvas.dice.between(0.0, 1.0));
        let way = canvas.dice.between(0.0, 1.0);
        let radius = unit * canvas.dice.between(0.1, 0.38);
        let (sin, cos) = turn(way + canvas.phase);
        let (still_sin, still_cos) = turn(way);
        let (x, y) = canvas.at(x, y);
        let drift = unit * 0.05;
        let center = (x + (cos - still_cos) * drift, y + (sin - still_sin) * drift);
        let color = palette.accents[(first + i) % palette.accents.len()];
        let opacity = 150 + canvas.dice.below(90) as u8;
        canvas.disc(center, radius, color, opacity);
        if canvas.dice.once_in(3) {
            canvas.ring(center, radius * 1.18, (unit * 0.006).max(1.0), color);
        }
    }
}

/// Rays from a low sun, and land before it.
fn rays(canvas: &mut Canvas<'_>) {
    let palette = *canvas.palette;
    let area = canvas.area;
    let x = canvas.dice.between(0.25, 0.75);
    let center = canvas.at(x, 0.74);
    let color = canvas.dice.pick(&palette.accents);
    let reach = area.width() + area.height();
    let rays = 12 + 2 * canvas.dice.below(5);
    let start = canvas.dice.between(0.0, 1.0);
    for ray in 0..rays {
        let from = start + (ray as f32 + canvas.phase) / rays as f32;
        let corner = |turns: f32| {
            let (sin, cos) = turn(turns);
            (center.0 + cos * reach, center.1 + sin * reach)
        };
        let wedge = [center, corner(from), corner(from + 0.5 / rays as f32)];
        canvas.polygon(wedge, color.mix(palette.haze, 0.45));
    }
    let unit = area.short();
    let step = canvas.dice.below(3);
    for (i, share) in [0.46, 0.37, 0.28, 0.19].into_iter().enumerate() {
        let color = palette.accents[(i + step) % palette.accents.len()];
        canvas.disc(center, unit * share, color, 255);
    }
    let wide = (area.width() / area.height()).clamp(1.0, 12.0) as usize;
    let land = canvas.dice.pick(&palette.accents[1..]);
    canvas.ridge((0.66, 0.84), 2 * wide, 1.0, land.mix(palette.ink, 0.45));
    canvas.ridge((0.78, 0.95), 3 * wide, -1.0, land.mix(palette.ink, 0.75));
}

/// Houses with lit windows, row behind row.
fn city(canvas: &mut Canvas<'_>) {
    let palette = *canvas.palette;
    canvas.stars(0.5);
    let area = canvas.area;
    let unit = area.short();
    let x = canvas.dice.between(0.15, 0.85);
    let (_, lift) = turn(canvas.phase);
    let center = canvas.at(x, 0.3 - 0.06 * (lift - 1.0));
    canvas.sun(center, unit * 0.12, palette.accents[0]);
    let color = canvas.dice.pick(&palette.accents[1..]);
    for row in 0..3 {
        let near = row as f32 / 2.0;
        let wall = color
            .mix(palette.haze, 0.5 - near * 0.5)
            .mix(palette.ink, near * 0.72);
        let light = palette.accents[0].mix(wall, 0.75 - near * 0.6);
        let mut left = area.left - unit * canvas.dice.between(0.0, 0.1);
        while left < area.right {
            let right = left + (unit * canvas.dice.between(0.09, 0.17)).max(2.0).round();
            let share = canvas.dice.between(0.36, 0.62) + near * 0.2;
            let top = area.top + (area.height() * share).round();
            let house = Rect::new(left.round(), top, right.round(), area.bottom);
            canvas.block(house, wall);
            if row > 0 {
                windows(canvas, &house, light);
            }
            left = right
                + if canvas.dice.once_in(3) {
                    unit * 0.02
                } else {
                    0.0
                };
        }
    }
}

/// The windows of one house, some of them lit.
fn windows(canvas: &mut Canvas<'_>, house: &Rect, light: Color) {
    let pitch = (canvas.area.short() * 0.034).round();
    if pitch < 5.0 {
        return;
    }
    let pane = (pitch * 0.45).round();
    let columns = (house.width() / pitch) as usize;
    let side = ((house.width() - columns as f32 * pitch + pitch - pane) / 2.0).round();
    let rows = ((house.height() - pitch) / pitch).max(0.0) as usize;
    let mut lit = PathBuilder::new();
    for row in 0..rows {
        for column in 0..columns {
            if canvas.dice.below(5) > 1 {
                continue;
            }
            let left = house.left + side + column as f32 * pitch;
            let top = house.top + pitch * (row as f32 + 0.7);
            if let Some(pane) = tiny_skia::Rect::from_xywh(left, top, pane, pane) {
                lit.push_rect(pane);
            }
        }
    }
    canvas.fill(lit.finish(), light, 255);
}
