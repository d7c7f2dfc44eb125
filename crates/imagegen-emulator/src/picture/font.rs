//! Letters: Noto Sans where it has them, GNU Unifont for every other script, a box for the rest.
//!
//! Noto Sans (SIL Open Font License 1.1) is an outline font with Latin, Greek and Cyrillic. GNU
//! Unifont (SIL Open Font License 1.1, or GPL 2 with the font embedding exception) has a small
//! bitmap for nearly every character there is; `strokes` makes a pen stroke of it, so that it
//! is smooth at any size and sits beside the other.

use std::sync::{Mutex, OnceLock, PoisonError};

use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, point};
use unifont_bitmap::Unifont;

use super::strokes::{self, Bitmap};

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    /// Half the width of a pen stroke, in em, that looks as heavy as the outlines do.
    const fn pen(self) -> f32 {
        match self {
            Self::Regular => 0.037,
            Self::Bold => 0.049,
        }
    }

    fn outlines(self) -> Option<&'static FontRef<'static>> {
        static REGULAR: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
        static BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
        // The fonts are constants, so `None` never happens; if it did, Unifont has Latin too.
        let (font, bytes) = match self {
            Self::Regular => (&REGULAR, notosans::REGULAR_TTF),
            Self::Bold => (&BOLD, notosans::BOLD_TTF),
        };
        font.get_or_init(|| FontRef::try_from_slice(bytes).ok())
            .as_ref()
    }
}

/// How much of each pixel of an area is covered, from 0 to 255.
#[derive(Debug)]
pub(super) struct Mask {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) coverage: Vec<u8>,
}

impl Mask {
    pub(super) fn new(left: i32, top: i32, width: usize, height: usize) -> Self {
        Self {
            left,
            top,
            width,
            height,
            coverage: vec![0; width * height],
        }
    }

    /// Covers a pixel at least this much. Outside the mask nothing happens.
    pub(super) fn cover(&mut self, x: i32, y: i32, coverage: f32) {
        let (x, y) = (x - self.left, y - self.top);
        let inside = (0..self.width as i32).contains(&x) && (0..self.height as i32).contains(&y);
        if inside {
            let pixel = &mut self.coverage[y as usize * self.width + x as usize];
            *pixel = (*pixel).max((coverage.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
        }
    }

    /// The coverage of row `y`, and the column it starts at.
    pub(super) fn row(&self, y: i32) -> Option<(i32, &[u8])> {
        let row = usize::try_from(y - self.top)
            .ok()
            .filter(|&row| row < self.height)?;
        Some((self.left, &self.coverage[row * self.width..][..self.width]))
    }
}

/// Where a character's shape comes from.
enum Source {
    /// An outline, and how far from the left of its place it stands and how wide that is, in em.
    Outline {
        font: &'static FontRef<'static>,
        id: GlyphId,
        left: f32,
        width: f32,
    },
    Bitmap(Bitmap),
    Box,
}

fn source(c: char, weight: Weight) -> Source {
    if let Some(font) = weight.outlines() {
        let find = |c| Some(font.glyph_id(c)).filter(|id| id.0 != 0);
        let em = font.units_per_em().unwrap_or(1000.0);
        let width = |id| font.h_advance_unscaled(id) / em;
        if let Some(id) = find(c) {
            return Source::Outline {
                font,
                id,
                left: 0.0,
                width: width(id),
            };
        }
        if let Some((id, c)) = half_width(c).and_then(|c| Some((find(c)?, c))) {
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

/// The width of a character, in em.
pub(super) fn advance(c: char, weight: Weight) -> f32 {
    match source(c, weight) {
        Source::Outline { width, .. } => width,
        Source::Bitmap(bitmap) => bitmap.width() / 16.0,
        Source::Box => BOX.0,
    }
}

/// A box instead of a character: its width, and how high it stands, in em.
const BOX: (f32, f32) = (0.6, 0.72);

/// Draws a character with its pen at `x` on the baseline, `size` pixels an em.
pub(super) fn draw(c: char, weight: Weight, x: f32, baseline: f32, size: f32, mask: &mut Mask) {
    if c.is_whitespace() {
        return;
    }
    match source(c, weight) {
        Source::Outline { font, id, left, .. } => {
            // A scale is what the font calls its height, not an em.
            let em = font.units_per_em().unwrap_or(1000.0);
            let scale = PxScale::from(size * font.height_unscaled() / em);
            let glyph = Glyph {
                id,
                scale,
                position: point(x + left * size, baseline),
            };
            if let Some(outline) = font.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
                outline.draw(|x, y, coverage| {
                    mask.cover(left + x as i32, top + y as i32, coverage);
                });
            }
        }
        Source::Bitmap(bitmap) => {
            let strokes = strokes::trace(&bitmap);
            let pen = weight.pen() * bitmap.pen() * size;
            strokes::draw(&strokes, x, baseline, size, pen, mask);
        }
        Source::Box => strokes::draw(&strokes::outline(BOX), x, baseline, size, 0.03 * size, mask),
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
    use super::{Mask, Weight, advance, bitmap, draw};

    fn drawn(c: char) -> Mask {
        let mut mask = Mask::new(0, 0, 64, 64);
        draw(c, Weight::Bold, 8.0, 50.0, 48.0, &mut mask);
        mask
    }

    fn ink(mask: &Mask) -> u64 {
        mask.coverage.iter().map(|&c| u64::from(c)).sum()
    }

    #[test]
    fn every_script_of_a_prompt_has_its_own_shapes() {
        let unknown = drawn('\u{e123}');
        assert!(ink(&unknown) > 0, "what no font has is a box");
        let mut seen = vec![unknown.coverage];
        for c in "aЖΩ猫画한あ🐱א".chars() {
            let mask = drawn(c);
            assert!(ink(&mask) > 0, "{c} has no ink");
            assert!(!seen.contains(&mask.coverage), "{c} looks like another");
            seen.push(mask.coverage);
        }
    }

    #[test]
    fn a_chinese_character_is_an_em_wide() {
        assert!((advance('猫', Weight::Bold) - 1.0).abs() < f32::EPSILON);
        assert!(bitmap('猫').is_some());
        assert!(bitmap('\u{e123}').is_none());
    }

    #[test]
    fn a_character_without_ink_leaves_the_mask_empty() {
        for c in [' ', '\u{3000}', '\n'] {
            assert_eq!(ink(&drawn(c)), 0, "{c:?}");
        }
    }
}
