//! Text set in lines: as large as its place allows, each script in its own direction.

use ar_reshaper::reshape_line;
use tiny_skia::{Path, PathBuilder};
use unicode_bidi::{BidiInfo, Direction, Level, get_base_direction};
use unicode_linebreak::linebreaks;

use super::font::{advance, draw, is_invisible, is_mark};
use super::scene::{Line, Weight};

/// From one baseline to the next, in em.
pub(super) const LEADING: f32 = 1.24;
/// From the top of a line to its baseline, in em.
pub(super) const ASCENT: f32 = 0.92;

/// More of a prompt than this does not fit on any picture in letters one can read.
const MOST_CHARACTERS: usize = 4_000;

const ELLIPSIS: char = '…';

/// A character, as it is set.
#[derive(Clone, Copy, Debug)]
struct Letter {
    c: char,
    /// In em.
    width: f32,
    /// Whether a line may end behind it.
    may_end: bool,
}

/// A text whose letters are measured, a paragraph for each line it was written in.
#[derive(Debug)]
pub(super) struct Text {
    paragraphs: Vec<Vec<Letter>>,
    weight: Weight,
    right_to_left: bool,
}

/// A text in lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    /// Pixels an em.
    pub(super) size: f32,
    /// In the order they are read; letters that join have the shapes for it.
    pub(super) lines: Vec<String>,
    pub(super) right_to_left: bool,
}

impl Setting {
    /// How high the lines are together.
    pub(super) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.size * LEADING
    }
}

/// Room for a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) width: f32,
    pub(super) height: f32,
    /// The smallest and the largest size of the letters.
    pub(super) sizes: (f32, f32),
}

impl Text {
    /// Measures a text. Runs of white space count as one space.
    pub(super) fn new(text: &str, weight: Weight) -> Self {
        let mut left = MOST_CHARACTERS;
        let paragraphs = text.lines().map(|line| {
            let mut paragraph = String::new();
            for c in line.chars() {
                let c = if c.is_whitespace() && c != '\u{3000}' {
                    ' '
                } else {
                    c
                };
                let again = c == ' ' && (paragraph.is_empty() || paragraph.ends_with(' '));
                if left > 0 && !again && !is_invisible(c) {
                    left -= 1;
                    paragraph.push(c);
                }
            }
            letters_of(&reshape_line(paragraph.trim_end()), weight)
        });
        Self {
            paragraphs: paragraphs.filter(|letters| !letters.is_empty()).collect(),
            weight,
            right_to_left: get_base_direction(text) == Direction::Rtl,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.paragraphs.is_empty()
    }

    /// Sets the text as large as the room allows; what is too long even in the smallest letters
    /// ends in an ellipsis. `None` if not even that has a place.
    pub(super) fn fit(&self, room: Room) -> Option<Setting> {
        let (smallest, largest) = room.sizes;
        if self.is_empty() || room.width < smallest * 4.0 || room.height < smallest * LEADING {
            return None;
        }
        let mut size = largest.max(smallest);
        while size > smallest {
            let (lines, whole_words) = self.wrap(room.width / size);
            let fits = lines.len() as f32 * size * LEADING <= room.height;
            // Large letters are not worth a word broken in the middle; small ones have to be.
            if fits && (whole_words || size < largest * 0.5) {
                return Some(self.balanced(size, room.width, lines));
            }
            size *= 0.95;
        }
        let (mut lines, _) = self.wrap(room.width / smallest);
        let most = ((room.height / (smallest * LEADING)) as usize).max(1);
        if lines.len() > most {
            lines.truncate(most);
            let dots = advance(ELLIPSIS, self.weight);
            if let Some(last) = lines.last_mut() {
                while width(last) + dots > room.width / smallest && !last.is_empty() {
                    last.pop();
                }
                trim(last);
                last.push(Letter {
                    c: ELLIPSIS,
                    width: dots,
                    may_end: true,
                });
            }
        }
        Some(self.setting(smallest, &lines))
    }

    /// The same number of lines, but about as long as each other: no last line of one word.
    fn balanced(&self, size: f32, most: f32, lines: Vec<Vec<Letter>>) -> Setting {
        let mut best = lines;
        if self.paragraphs.len() == 1 && (2..=4).contains(&best.len()) {
            let (mut low, mut high) = (most * 0.6, most);
            for _ in 0..6 {
                let middle = (low + high) / 2.0;
                let (lines, whole_words) = self.wrap(middle / size);
                if whole_words && lines.len() == best.len() {
                    (best, high) = (lines, middle);
                } else {
                    low = middle;
                }
            }
        }
        self.setting(size, &best)
    }

    fn setting(&self, size: f32, lines: &[Vec<Letter>]) -> Setting {
        let written = |line: &Vec<Letter>| line.iter().map(|letter| letter.c).collect();
        Setting {
            size,
            lines: lines.iter().map(written).collect(),
            right_to_left: self.right_to_left,
        }
    }

    /// Breaks the text into lines of at most so many em, and tells whether every word is whole.
    fn wrap(&self, most: f32) -> (Vec<Vec<Letter>>, bool) {
        let mut lines = Vec::new();
        let mut whole_words = true;
        for paragraph in &self.paragraphs {
            let mut rest = paragraph.as_slice();
            while !rest.is_empty() {
                let end = full_line(rest, most);
                let cut = if end == rest.len() {
                    end
                } else {
                    last_break(rest, end)
                };
                whole_words &= cut != 0;
                let cut = if cut == 0 { end } else { cut };
                let mut line = rest[..cut].to_vec();
                trim(&mut line);
                lines.push(line);
                rest = &rest[cut..];
                while let [Letter { c: ' ', .. }, after @ ..] = rest {
                    rest = after;
                }
            }
        }
        (lines, whole_words)
    }
}

fn letters_of(text: &str, weight: Weight) -> Vec<Letter> {
    let mut ends = linebreaks(text).map(|(at, _)| at).peekable();
    text.char_indices()
        .map(|(at, c)| Letter {
            c,
            width: advance(c, weight),
            // A slash may end a line by the rules, but a path cut in two reads badly.
            may_end: ends.next_if_eq(&(at + c.len_utf8())).is_some() && c != '/',
        })
        .collect()
}

/// How many letters fit in a line: at least one. A space at its end need not fit.
fn full_line(letters: &[Letter], most: f32) -> usize {
    let mut width = 0.0;
    for (i, letter) in letters.iter().enumerate() {
        width += letter.width;
        if width > most && letter.c != ' ' {
            return i.max(1);
        }
    }
    letters.len()
}

/// The last place to break at or before `end`; 0 if there is none.
fn last_break(letters: &[Letter], end: usize) -> usize {
    letters[..end]
        .iter()
        .rposition(|letter| letter.may_end)
        .map_or(0, |last| last + 1)
}

fn trim(line: &mut Vec<Letter>) {
    while line.last().is_some_and(|letter| letter.c == ' ') {
        line.pop();
    }
}

fn width(letters: &[Letter]) -> f32 {
    letters.iter().map(|letter| letter.width).sum()
}

/// The width of a line of text, in em.
pub(super) fn measure(text: &str, weight: Weight) -> f32 {
    text.chars().map(|c| advance(c, weight)).sum()
}

/// The letters of a line; none if it has no ink.
pub(super) fn letters(line: &Line) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut x = line.left;
    for cluster in in_visual_order(&line.text, line.right_to_left) {
        let width = measure(&cluster, line.weight);
        for c in cluster.chars() {
            let pen = if is_mark(c) { x + width * line.size } else { x };
            draw(c, line.weight, (pen, line.baseline), line.size, &mut path);
        }
        x += (width + line.spacing) * line.size;
    }
    path.finish()
}

/// The characters of a line from left to right, each with the marks that stand on it.
fn in_visual_order(text: &str, right_to_left: bool) -> Vec<String> {
    let level = if right_to_left {
        Level::rtl()
    } else {
        Level::ltr()
    };
    let bidi = BidiInfo::new(text, Some(level));
    let mut ordered = Vec::new();
    for paragraph in &bidi.paragraphs {
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let is_rtl = levels[run.start].is_rtl();
            let first = ordered.len();
            for c in text[run].chars() {
                match ordered[first..].last_mut() {
                    Some(cluster) if is_mark(c) => String::push(cluster, c),
                    _ if is_rtl => ordered.push(mirrored(c).to_string()),
                    _ => ordered.push(c.to_string()),
                }
            }
            if is_rtl {
                ordered[first..].reverse();
            }
        }
    }
    ordered
}

/// What a bracket looks like where one reads from right to left.
const fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{Room, Setting, Text, Weight, in_visual_order, measure};

    fn fit(text: &str, width: f32, height: f32) -> Option<Setting> {
        let room = Room {
            width,
            height,
            sizes: (10.0, 40.0),
        };
        Text::new(text, Weight::Bold).fit(room)
    }

    fn lines(text: &str, width: f32, height: f32) -> Vec<String> {
        fit(text, width, height)
            .map(|setting| setting.lines)
            .unwrap_or_default()
    }

    #[test]
    fn a_short_text_gets_the_largest_letters() {
        let setting = fit("cat", 400.0, 100.0).unwrap();
        assert_eq!(
            setting,
            Setting {
                size: 40.0,
                lines: vec!["cat".to_owned()],
                right_to_left: false,
            }
        );
    }

    #[test]
    fn lines_are_never_wider_than_the_room_and_lose_nothing() {
        let text = "A watercolour of a lighthouse, seen from the harbour at dawn";
        let setting = fit(text, 300.0, 200.0).unwrap();
        assert!(setting.lines.len() > 1);
        for line in &setting.lines {
            assert!(
                measure(line, Weight::Bold) * setting.size <= 300.0,
                "{line}"
            );
        }
        assert_eq!(setting.lines.join(" "), text);
    }

    #[test]
    fn chinese_breaks_between_characters_but_not_before_a_full_stop() {
        let lines = lines("一只橘猫坐在窗台上看雨。远处有一座灯塔", 480.0, 100.0);
        assert_eq!(lines.concat(), "一只橘猫坐在窗台上看雨。远处有一座灯塔");
        assert!(
            lines.iter().all(|line| !line.starts_with('。')),
            "{lines:?}"
        );
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis() {
        let lines = lines(&"word ".repeat(500), 200.0, 60.0);
        assert!(lines.last().unwrap().ends_with('…'), "{lines:?}");
        assert!(lines.len() as f32 * 10.0 * super::LEADING <= 60.0);
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken() {
        assert!(lines(&"x".repeat(300), 200.0, 200.0).len() > 1);
    }

    #[test]
    fn white_space_and_invisible_characters_take_no_room() {
        assert_eq!(lines("  a \t b\u{200d}\n\n c ", 400.0, 200.0), ["a b", "c"]);
        assert!(fit("\u{200b}\n ", 400.0, 200.0).is_none());
        assert!(fit("cat", 30.0, 200.0).is_none(), "no room");
    }

    #[test]
    fn what_is_read_from_right_to_left_is_set_so() {
        let order = |text, right_to_left| in_visual_order(text, right_to_left).concat();
        assert_eq!(order("שלום (2026) fox", true), "fox (2026) םולש");
        assert_eq!(order("a שלום b", false), "a םולש b");
        // The mark stays behind the letter that it stands on.
        assert_eq!(order("אָב", true), "באָ");
        assert!(fit("שלום", 400.0, 100.0).unwrap().right_to_left);
    }

    #[test]
    fn arabic_letters_join() {
        // Beginning, middle, ending; and lam with alef as one.
        assert_eq!(lines("ببب", 400.0, 100.0), ["\u{fe91}\u{fe92}\u{fe90}"]);
        assert_eq!(lines("لا", 400.0, 100.0), ["\u{fefb}"]);
    }
}
