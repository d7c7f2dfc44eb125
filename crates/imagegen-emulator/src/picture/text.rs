//! Text set in lines: as large as its place allows.

use super::font::{Weight, advance, is_invisible};

/// From one baseline to the next, in em.
pub(super) const LEADING: f32 = 1.24;
/// From the top of a line to its baseline, in em.
pub(super) const ASCENT: f32 = 0.92;

/// More of a prompt than this does not fit on any picture in letters one can read.
const MOST_CHARACTERS: usize = 4_000;

const ELLIPSIS: char = '…';

/// A character and its width in em.
type Letter = (char, f32);

/// A text whose letters are measured, a paragraph for each line it was written in.
#[derive(Debug)]
pub(super) struct Text {
    paragraphs: Vec<Vec<Letter>>,
    weight: Weight,
}

/// A text in lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    /// Pixels an em.
    pub(super) size: f32,
    pub(super) lines: Vec<String>,
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
        let mut paragraphs = Vec::new();
        for line in text.lines() {
            let mut paragraph: Vec<Letter> = Vec::new();
            for c in line.chars() {
                let c = if c.is_whitespace() && c != '\u{3000}' {
                    ' '
                } else {
                    c
                };
                let again = c == ' ' && paragraph.last().is_none_or(|&(last, _)| last == ' ');
                if left > 0 && !again && !is_invisible(c) {
                    left -= 1;
                    paragraph.push((c, advance(c, weight)));
                }
            }
            trim(&mut paragraph);
            if !paragraph.is_empty() {
                paragraphs.push(paragraph);
            }
        }
        Self { paragraphs, weight }
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
                last.push((ELLIPSIS, dots));
            }
        }
        Some(Setting {
            size: smallest,
            lines: lines.iter().map(|line| written(line)).collect(),
        })
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
        Setting {
            size,
            lines: best.iter().map(|line| written(line)).collect(),
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
                while let [(' ', _), after @ ..] = rest {
                    rest = after;
                }
            }
        }
        (lines, whole_words)
    }
}

/// How many letters fit in a line: at least one. A space at its end need not fit.
fn full_line(letters: &[Letter], most: f32) -> usize {
    let mut width = 0.0;
    for (i, &(c, advance)) in letters.iter().enumerate() {
        width += advance;
        if width > most && c != ' ' {
            return i.max(1);
        }
    }
    letters.len()
}

/// The last place to break at or before `end`; 0 if there is none.
fn last_break(letters: &[Letter], end: usize) -> usize {
    (1..=end)
        .rev()
        .find(|&i| may_break(letters[i - 1].0, letters[i].0))
        .unwrap_or(0)
}

/// Whether a line may end between two characters.
fn may_break(before: char, after: char) -> bool {
    if before == ' ' || after == ' ' {
        return before == ' ';
    }
    let sticks = is_closing(after) || is_opening(before);
    !sticks && (before == '-' || stands_alone(before) || stands_alone(after))
}

/// Punctuation that must not begin a line.
fn is_closing(c: char) -> bool {
    "!),.:;?]}%…”’、。〉》」』】〕！），．：；？］｝％～ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
        .contains(c)
}

/// Punctuation that must not end a line.
fn is_opening(c: char) -> bool {
    "([{“‘〈《「『【〔（［｛".contains(c)
}

/// Characters of scripts written without spaces, and emoji: a line may break beside each.
const fn stands_alone(c: char) -> bool {
    matches!(
        c,
        '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}'
            | '\u{ff00}'..='\u{ffef}'
            | '\u{1f000}'..='\u{3ffff}'
    )
}

fn trim(line: &mut Vec<Letter>) {
    while line.last().is_some_and(|&(c, _)| c == ' ') {
        line.pop();
    }
}

fn width(letters: &[Letter]) -> f32 {
    letters.iter().map(|&(_, advance)| advance).sum()
}

fn written(letters: &[Letter]) -> String {
    letters.iter().map(|&(c, _)| c).collect()
}

/// The width of a line of text, in em.
pub(super) fn measure(text: &str, weight: Weight) -> f32 {
    text.chars().map(|c| advance(c, weight)).sum()
}

#[cfg(test)]
mod tests {
    use super::{Room, Setting, Text, Weight, measure};

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
                lines: vec!["cat".to_owned()]
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
}
