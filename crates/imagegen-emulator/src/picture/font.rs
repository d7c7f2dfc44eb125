//! Letters: Noto Sans where it has them, GNU Unifont for every other script, a box for the rest.
//!
//! Noto Sans (SIL Open Font License 1.1) is an outline font with Latin, Greek and Cyrillic. GNU
//! Unifont (SIL Open Font License 1.1, or GPL 2 with the font embedding exception) has a small
//! bitmap for nearly every character there is; `strokes` makes a pen stroke of it, so that it
//! is smooth at any size and sits beside the other.

use std::sync::{Mutex, OnceLock, PoisonError};

use tiny_skia::PathBuilder;
use ttf_parser::{Face, GlyphId, OutlineBuilder};
use unicode_bidi::{BidiClass, bidi_class};
use unifont_bitmap::Unifont;

use super::scene::Weight;
use super::strokes::{self, Bitmap};

/// Half the width of a pen stroke, in em, that looks as heavy as the outlines do.
const fn pen(weight: Weight) -> f32 {
    match weight {
        Weight::Regular => 0.037,
        Weight::Bold => 0.049,
    }
}

fn outlines(weight: Weight) -> Option<&'static Face<'static>> {
    static REGULAR: OnceLock<Option<Face<'static>>> = OnceLock::new();
    static BOLD: OnceLock<Option<Face<'static>>> = OnceLock::new();
    // The fonts are constants, so `None` never happens; if it did, Unifont has Latin too.
    let (font, bytes) = match weight {
        Weight::Regular => (&REGULAR, notosans::REGULAR_TTF),
        Weight::Bold => (&BOLD, notosans::BOLD_TTF),
    };
    font.get_or_init(|| Face::parse(bytes, 0).ok()).as_ref()
}

/// Where a character's shape comes from.
enum Source {
    /// An outline, and how far from the left of its place it stands and how wide that is, in em.
    Outline {
        font: &'static Face<'static>,
        id: GlyphId,
        left: f32,
        width: f32,
    },
    Bitmap(Bitmap),
    Box,
}

fn source(c: char, weight: Weight) -> Source {
    if let Some(font) = outlines(weight) {
        let width = |id| {
            let units = font.glyph_hor_advance(id).unwrap_or_default();
            f32::from(units) / f32::from(font.units_per_em())
        };
        if let Some(id) = font.glyph_index(c) {
            return Source::Outline {
                font,
                id,
                left: 0.0,
                width: width(id),
            };
        }
        if let Some((id, c)) = half_width(c).and_then(|c| Some((font.glyph_index(c)?, c))) {
            let spare = 1.0 - width(id);
            let left = match c {
                '!' | ',' | '.' | ':' | ';' | '?' | ')' | ']' | '}' => 0.08,
                '(' | '[' | '{' => spare - 0.08,
                _ => spare / 2.0,
            };
            return Source::Outline {
                font,
                id,
                left,
                width: 1.0,
            };
        }
    }
    bitmap(c).map_or(Source::Box, Source::Bitmap)
}

/// The Latin form of a full-width one. Unifont's are only those of a terminal, widened.
fn half_width(c: char) -> Option<char> {
    let full_width = '\u{ff01}'..='\u{ff5e}';
    full_width
        .contains(&c)
        .then(|| char::from_u32(u32::from(c) - 0xfee0))
        .flatten()
}

/// The width of a character, in em. A mark that stands on another character has none.
pub(super) fn advance(c: char, weight: Weight) -> f32 {
    if is_mark(c) {
        return 0.0;
    }
    match source(c, weight) {
        Source::Outline { width, .. } => width,
        Source::Bitmap(bitmap) => bitmap.width() / 16.0,
        Source::Box => BOX.0,
    }
}

/// A box instead of a character: its width, and how high it stands, in em.
const BOX: (f32, f32) = (0.6, 0.72);

/// Whether a character is drawn over the one before it.
pub(super) fn is_mark(c: char) -> bool {
    bidi_class(c) == BidiClass::NSM
}

/// Adds a character's shape, its pen at `x` on the baseline, `size` pixels an em. A mark's pen is
/// behind the character that it stands on.
pub(super) fn draw(
    c: char,
    weight: Weight,
    (x, baseline): (f32, f32),
    size: f32,
    path: &mut PathBuilder,
) {
    if c.is_whitespace() {
        return;
    }
    match source(c, weight) {
        Source::Outline { font, id, left, .. } => {
            let mut outline = Outline {
                path,
                x: x + left * size,
                y: baseline,
                scale: size / f32::from(font.units_per_em()),
            };
            // A glyph without an outline has no ink.
            let _ = font.outline_glyph(id, &mut outline);
        }
        Source::Bitmap(bitmap) => {
            let back = if is_mark(c) {
                bitmap.width() / 16.0
            } else {
                0.0
            };
            let pen = pen(weight) * bitmap.pen() * size;
            let place = (x - back * size, baseline);
            strokes::draw(&strokes::trace(&bitmap), place, size, pen, path);
        }
        Source::Box => strokes::draw(
            &strokes::outline(BOX),
            (x, baseline),
            size,
            0.03 * size,
            path,
        ),
    }
}

/// Takes an outline in a font's units to its place in a path.
struct Outline<'a> {
    path: &'a mut PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Outline<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Outline<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// Whether a character takes no place of its own: controls, joiners, variation selectors and
/// marks of direction.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Unifont's bitmap of a character, if it has one.
fn bitmap(c: char) -> Option<Bitmap> {
    const REPLACEMENT: char = '\u{fffd}';
    // It unpacks a page of 256 characters when one of them is first asked for, and keeps it.
    static UNIFONT: OnceLock<Mutex<Unifont>> = OnceLock::new();
    let unifont = UNIFONT.get_or_init(|| Mutex::new(Unifont::open()));
    let mut unifont = unifont.lock().unwrap_or_else(PoisonError::into_inner);
    let found = Bitmap::new(unifont.load_bitmap(c.into()).get_bytes());
    // What it does not have it answers with the replacement character's.
    let missing = Bitmap::new(unifont.load_bitmap(REPLACEMENT.into()).get_bytes());
    (c == REPLACEMENT || found != missing).then(|| match c {
        // These two stand in the middle of their place there, as nowhere else.
        '。' => found.lowered(2),
        '、' => found.lowered(3),
        _ => found,
    })
}

#[cfg(test)]
mod tests {
    use tiny_skia::{Path, PathBuilder};

    use super::{Weight, advance, bitmap, draw};

    fn drawn(c: char) -> Option<Path> {
        let mut path = PathBuilder::new();
        draw(c, Weight::Bold, (8.0, 50.0), 48.0, &mut path);
        path.finish()
    }

    #[test]
    fn every_script_of_a_prompt_has_its_own_shapes() {
        let mut seen = vec![drawn('\u{e123}').expect("what no font has is a box")];
        for c in "aЖΩ猫画한あ🐱א".chars() {
            let path = drawn(c).unwrap_or_else(|| panic!("{c} has no ink"));
            assert!(!seen.contains(&path), "{c} looks like another");
            seen.push(path);
        }
    }

    #[test]
    fn a_chinese_character_is_an_em_wide_and_a_mark_takes_no_room() {
        assert!((advance('猫', Weight::Bold) - 1.0).abs() < f32::EPSILON);
        assert!(bitmap('猫').is_some());
        assert!(bitmap('\u{e123}').is_none());
        for mark in ['\u{301}', '\u{5b8}', '\u{93f}', '\u{941}'] {
            let is_spacing = mark == '\u{93f}';
            assert_eq!(advance(mark, Weight::Bold) > 0.0, is_spacing, "{mark:?}");
        }
    }

    #[test]
    fn a_character_without_ink_adds_nothing() {
        for c in [' ', '\u{3000}', '\n'] {
            assert!(drawn(c).is_none(), "{c:?}");
        }
    }
}
