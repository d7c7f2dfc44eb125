//! SVG: the scene as it is, with its text as text.

use std::fmt::{self, Write};

use tiny_skia::{Path, PathSegment};

use super::palette::Color;
use super::scene::{Layer, Line, MARK, Scene, Weight};
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
        filled(out, layer)?;
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
    if let Some(frame) = scene.frame.and_then(|(area, radius)| area.path(radius)) {
        let frame = Data(&frame);
        writeln!(
            out,
            r#"<clipPath id="frame"><path d="{frame}"/></clipPath>"#
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

fn filled(out: &mut String, layer: &Layer) -> fmt::Result {
    let (data, color) = (Data(&layer.path), Hex(layer.color));
    write!(out, r#"<path d="{data}" fill="{color}""#)?;
    if layer.opacity < 255 {
        let opacity = Num(f32::from(layer.opacity) / 255.0);
        write!(out, r#" fill-opacity="{opacity}""#)?;
    }
    writeln!(out, "/>")
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
    // What is read from right to left begins at its right end.
    let (start, direction) = if line.right_to_left {
        let end = (measure(&line.text, line.weight) + spaces) * line.size;
        (line.left + end, r#" direction="rtl""#)
    } else {
        (line.left, "")
    };
    let (x, y, size, color) = (
        Num(start),
        Num(line.baseline),
        Num(line.size),
        Hex(line.color),
    );
    writeln!(
        out,
        r#"<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" font-family="'Noto Sans','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif" textLength="{width}" lengthAdjust="spacingAndGlyphs" fill="{color}"{direction}>{}</text>"#,
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

/// A path as SVG writes it.
struct Data<'a>(&'a Path);

impl fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in self.0.segments() {
            let (letter, points) = match segment {
                PathSegment::MoveTo(to) => ('M', vec![to]),
                PathSegment::LineTo(to) => ('L', vec![to]),
                PathSegment::QuadTo(bend, to) => ('Q', vec![bend, to]),
                PathSegment::CubicTo(first, second, to) => ('C', vec![first, second, to]),
                PathSegment::Close => ('Z', vec![]),
            };
            f.write_char(letter)?;
            for (i, point) in points.into_iter().enumerate() {
                let gap = if i == 0 { "" } else { " " };
                write!(f, "{gap}{} {}", Num(point.x), Num(point.y))?;
            }
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
