//! SVG: the scene as it is, with its text as text.

use std::fmt::{self, Write};

use super::MARK;
use super::font::Weight;
use super::palette::Color;
use super::scene::{Layer, Line, Rect, Scene, Shape};
use super::text::measure;

/// A scene as an SVG document with a title, blurred by so many pixels.
pub(super) fn svg(scene: &Scene, title: &str, blur: u32) -> String {
    let mut document = String::new();
    write(&mut document, scene, title, blur).expect("writing to a string does not fail");
    document
}

fn write(out: &mut String, scene: &Scene, title: &str, blur: u32) -> fmt::Result {
    let (width, height) = (scene.width, scene.height);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">"#
    )?;
    writeln!(
        out,
        "<title>{}</title>\n<desc>{MARK}</desc>",
        Escaped(title)
    )?;
    definitions(out, scene, blur)?;
    let filter = if blur > 0 {
        r#" filter="url(#blur)""#
    } else {
        ""
    };
    let clip = if scene.frame.is_some() {
        r#" clip-path="url(#frame)""#
    } else {
        ""
    };
    if scene.backdrop.is_some() {
        writeln!(
            out,
            r#"<rect width="{width}" height="{height}" fill="url(#backdrop)"/>"#
        )?;
    }
    writeln!(out, "<g{filter}{clip}>")?;
    for layer in &scene.layers {
        shape(out, layer)?;
    }
    for line in &scene.lines {
        text(out, line)?;
    }
    writeln!(out, "</g>\n</svg>")
}

fn definitions(out: &mut String, scene: &Scene, blur: u32) -> fmt::Result {
    writeln!(out, "<defs>")?;
    if let Some((top, bottom)) = scene.backdrop {
        let (top, bottom, end) = (Hex(top), Hex(bottom), Num(scene.horizon));
        writeln!(
            out,
            r#"<linearGradient id="backdrop" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="0" y2="{end}"><stop stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/></linearGradient>"#
        )?;
    }
    if let Some((area, radius)) = scene.frame {
        let (area, radius) = (Area(area), Num(radius));
        writeln!(
            out,
            r#"<clipPath id="frame"><rect {area} rx="{radius}"/></clipPath>"#
        )?;
    }
    if blur > 0 {
        let deviation = Num(blur as f32 / 2.0);
        writeln!(
            out,
            r#"<filter id="blur"><feGaussianBlur stdDeviation="{deviation}"/></filter>"#
        )?;
    }
    writeln!(out, "</defs>")
}

fn shape(out: &mut String, layer: &Layer) -> fmt::Result {
    let paint = Paint(layer.color, layer.opacity);
    match &layer.shape {
        Shape::Block { area, radius: 0.0 } => {
            writeln!(out, r#"<rect {}{paint}/>"#, Area(*area))
        }
        Shape::Block { area, radius } => {
            writeln!(
                out,
                r#"<rect {} rx="{}"{paint}/>"#,
                Area(*area),
                Num(*radius)
            )
        }
        Shape::Ring {
            x,
            y,
            outer,
            inner,
            within,
        } => {
            let (left, top) = within.map_or((0.0, 0.0), |within| (within.left, within.top));
            // A nested picture shows nothing outside its own area.
            if let Some(within) = within {
                write!(out, "<svg {}>", Area(*within))?;
            }
            let (x, y) = (Num(x - left), Num(y - top));
            if *inner == 0.0 {
                write!(
                    out,
                    r#"<circle cx="{x}" cy="{y}" r="{}"{paint}/>"#,
                    Num(*outer)
                )?;
            } else {
                let (radius, width) = (Num((outer + inner) / 2.0), Num(outer - inner));
                let color = Hex(layer.color);
                write!(
                    out,
                    r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{color}" stroke-width="{width}"/>"#
                )?;
            }
            writeln!(out, "{}", if within.is_some() { "</svg>" } else { "" })
        }
        Shape::Polygon(points) => path(out, points.iter().copied(), paint),
        Shape::Ridge {
            left,
            skyline,
            bottom,
        } => {
            // A point every few pixels tells the curve.
            let step = (skyline.len() / 160).max(1);
            let left = *left as f32;
            let right = left + skyline.len() as f32;
            let top = |i: usize| (left + i as f32, skyline[i]);
            let last = skyline.last().map(|&top| (right, top));
            let points = (0..skyline.len()).step_by(step).map(top).chain(last);
            path(
                out,
                points.chain([(right, *bottom), (left, *bottom)]),
                paint,
            )
        }
    }
}

fn path(out: &mut String, points: impl Iterator<Item = (f32, f32)>, paint: Paint) -> fmt::Result {
    out.push_str(r#"<path d=""#);
    for (i, (x, y)) in points.enumerate() {
        write!(
            out,
            "{}{} {}",
            if i == 0 { 'M' } else { 'L' },
            Num(x),
            Num(y)
        )?;
    }
    writeln!(out, r#"Z"{paint}/>"#)
}

/// A line of text, held to the width it was set for whatever font shows it.
fn text(out: &mut String, line: &Line) -> fmt::Result {
    let letters = line.text.chars().count();
    let spaces = line.spacing * letters.saturating_sub(1) as f32;
    let width = Num((measure(&line.text, line.weight) + spaces) * line.size);
    let weight = if line.weight == Weight::Bold {
        "700"
    } else {
        "400"
    };
    let (x, y, size, color) = (
        Num(line.left),
        Num(line.baseline),
        Num(line.size),
        Hex(line.color),
    );
    writeln!(
        out,
        r#"<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" font-family="'Noto Sans','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif" textLength="{width}" lengthAdjust="spacingAndGlyphs" fill="{color}">{}</text>"#,
        Escaped(&line.text)
    )
}

/// A number with no more digits than can be seen.
struct Num(f32);

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.0 * 100.0).round() / 100.0)
    }
}

struct Hex(Color);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Color([r, g, b]) = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

struct Area(Rect);

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rect { left, top, .. } = self.0;
        let (width, height) = (Num(self.0.width()), Num(self.0.height()));
        write!(
            f,
            r#"x="{}" y="{}" width="{width}" height="{height}""#,
            Num(left),
            Num(top)
        )
    }
}

#[derive(Clone, Copy)]
struct Paint(Color, u8);

impl fmt::Display for Paint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#" fill="{}""#, Hex(self.0))?;
        if self.1 < 255 {
            write!(f, r#" fill-opacity="{}""#, Num(f32::from(self.1) / 255.0))?;
        }
        Ok(())
    }
}

/// Text for XML, without the characters XML has no place for.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\0'..='\u{8}'
                | '\u{b}'
                | '\u{c}'
                | '\u{e}'..='\u{1f}'
                | '\u{fffe}'
                | '\u{ffff}' => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
