//! Where everything goes: the art, the panel with the words, and the mark.

use super::canvas::Canvas;
use super::motif;
use super::palette::{Color, Palette};
use super::poster::Picture;
use super::random::Dice;
use super::scene::{Layer, Line, MARK, Rect, Scene, Weight};
use super::text::{ASCENT, LEADING, Room, Setting, Text, measure};

/// The smallest letters drawn, in pixels an em: smaller ones could not be read.
const SMALLEST: f32 = 7.5;
/// Posters whose shorter side is less than this, in pixels, are too small for all there is to say.
const TINY: f32 = 160.0;

/// The whole picture, when its art has gone `phase` of the way round.
pub(super) fn scene(picture: &Picture<'_>, phase: f32) -> Scene {
    let (width, height) = (picture.width as f32, picture.height as f32);
    let request = [
        picture.prompt.as_bytes(),
        picture.model.as_bytes(),
        &picture.seed.to_le_bytes(),
    ];
    let mut series = Dice::new(&request);
    let palette = Palette::pick(&mut series, picture.index);
    let motif = motif::pick(&mut series, picture.index);
    let [prompt, model, seed] = request;
    let mut dice = Dice::new(&[prompt, model, seed, &picture.index.to_le_bytes()]);
    let mut poster = Rect::new(0.0, 0.0, width, height);
    let mut frame = None;
    if picture.transparent {
        poster = poster.inset(poster.short() * 0.04);
        frame = Some((poster, poster.short() * 0.07));
    }
    let words = Words::new(picture, &palette, dice.once_in(2));
    let layout = words.place(&poster);
    let mut layers = Vec::new();
    // Where words leave it next to nothing there is no art to see.
    if layout.art.short() >= 1.0 {
        motif(&mut Canvas {
            layers: &mut layers,
            area: layout.art,
            palette: &palette,
            dice: &mut dice,
            phase,
        });
    }
    layers.extend(layout.layers);
    Scene {
        width: picture.width,
        height: picture.height,
        backdrop: (!picture.transparent).then_some((palette.sky, palette.haze)),
        horizon: layout.art.bottom,
        frame,
        layers,
        lines: layout.lines,
    }
}

/// What there is to read, and its colours.
struct Words {
    prompt: Text,
    /// The model and the size, from the longest way to say it to the shortest.
    details: Vec<String>,
    panel: Color,
    text: Color,
    soft: Color,
    accent: Color,
    palette: Palette,
}

/// What `Words` come to.
struct Layout {
    art: Rect,
    layers: Vec<Layer>,
    lines: Vec<Line>,
}

impl Words {
    fn new(picture: &Picture<'_>, palette: &Palette, dark: bool) -> Self {
        let (panel, text) = if dark {
            (palette.ink, palette.paper)
        } else {
            (palette.paper, palette.ink)
        };
        let size = format!("{}×{}", picture.width, picture.height);
        let short = format!("{} · {size}", picture.model);
        let mut long = short.clone();
        if picture.index > 0 {
            long = format!("{long} · #{}", u64::from(picture.index) + 1);
        }
        if !picture.note.is_empty() {
            long = format!("{long} · {}", picture.note);
        }
        Self {
            prompt: Text::new(picture.prompt, Weight::Bold),
            details: vec![long, short, picture.model.to_owned(), size],
            panel,
            text,
            soft: text.mix(panel, 0.3),
            accent: palette.stands_out_on(panel),
            palette: *palette,
        }
    }

    /// Lays the poster out: words beside the art if it is much wider than high, else below.
    fn place(&self, poster: &Rect) -> Layout {
        let ratio = poster.width() / poster.height();
        let beside = ratio >= 1.9;
        let margin = (poster.short() * if beside { 0.09 } else { 0.06 }).max(4.0);
        let column = if beside {
            // The wider the picture, the more of it a line of words can take.
            poster.width() * (0.5 + 0.2 * ((ratio - 2.0) / 10.0).clamp(0.0, 1.0))
        } else {
            poster.width()
        } - 2.0 * margin;
        let small = self.small_size(poster, column);
        // Where there is room for one thing only, it is the prompt.
        let small = small.filter(|_| poster.short() >= TINY / 2.0 || self.prompt.is_empty());
        let foot = small.map_or(0.0, |size| size * 2.6);
        let share = match ratio {
            _ if beside => 1.0,
            // There is nothing much to see of the art.
            _ if poster.short() < TINY => 0.66,
            ..0.75 => 0.45,
            _ => 0.5,
        };
        let most = if beside {
            (poster.height() * 0.32).min(column * 0.13)
        } else {
            (poster.height() * 0.15).min(column * 0.125)
        };
        let room = Room {
            width: column,
            height: poster.height() * share - 2.0 * margin - foot,
            sizes: ((poster.short() * 0.024).max(SMALLEST + 1.0), most),
        };
        let prompt = self.prompt.fit(room);
        let mut layout = Layout {
            art: *poster,
            layers: Vec::new(),
            lines: Vec::new(),
        };
        if prompt.is_none() && small.is_none() {
            return layout;
        }
        let high = prompt.as_ref().map_or(0.0, Setting::height) + foot + 2.0 * margin;
        let panel = if beside {
            Rect {
                right: poster.left + (column + 2.0 * margin).round(),
                ..*poster
            }
        } else {
            Rect {
                top: (poster.bottom - high).round().max(poster.top),
                ..*poster
            }
        };
        if beside {
            layout.art.left = panel.right;
        } else {
            layout.art.bottom = panel.top;
        }
        layout.block(panel, 0.0, self.panel, 255);
        self.write(&mut layout, &panel.inset(margin), prompt, small);
        self.mark(&mut layout, margin, small);
        layout
    }

    /// The size of the small line, if it can be read at all.
    fn small_size(&self, poster: &Rect, column: f32) -> Option<f32> {
        let width = |text: &String| measure(text, Weight::Regular);
        let [_, model_and_size, .., shortest] = self.details.as_slice() else {
            return None;
        };
        let size = ((poster.width() * poster.height()).sqrt() * 0.022)
            .min(poster.height() * 0.08)
            .min(column / width(model_and_size))
            .max(SMALLEST);
        let enough = poster.height() >= size * 5.0 && column >= width(shortest) * size;
        enough.then_some(size)
    }

    fn write(&self, layout: &mut Layout, area: &Rect, prompt: Option<Setting>, small: Option<f32>) {
        let mut top = area.top;
        if let Some(Setting {
            size,
            lines,
            right_to_left,
        }) = prompt
        {
            for text in lines {
                let left = if right_to_left {
                    area.right - measure(&text, Weight::Bold) * size
                } else {
                    area.left
                };
                layout.lines.push(Line {
                    text,
                    right_to_left,
                    left,
                    baseline: top + ASCENT * size,
                    size,
                    weight: Weight::Bold,
                    spacing: 0.0,
                    color: self.text,
                });
                top += LEADING * size;
            }
        }
        let Some(size) = small else { return };
        let baseline = area.bottom - 0.25 * size;
        let rule = baseline - 1.75 * size;
        let thick = (size * 0.12).max(1.0).round();
        let bar = Rect::new(area.left, rule.round(), area.right, rule.round() + thick);
        layout.block(bar, 0.0, self.text.mix(self.panel, 0.82), 255);
        let short_bar = Rect {
            right: area.left + (size * 3.0).min(area.width()),
            ..bar
        };
        layout.block(short_bar, 0.0, self.accent, 255);

        let width = |text: &str| measure(text, Weight::Regular) * size;
        let mut line = |text: &str, left| {
            layout.lines.push(Line {
                text: text.to_owned(),
                right_to_left: false,
                left,
                baseline,
                size,
                weight: Weight::Regular,
                spacing: 0.0,
                color: self.soft,
            });
        };
        let details = self.details.iter().find(|text| width(text) <= area.width());
        let Some(details) = details else { return };
        line(details, area.left);
        // The mark stands at the right end if the details leave it room.
        let left = area.right - width(MARK);
        if area.left + width(details) + size * 1.5 <= left {
            line(MARK, left);
        }
    }

    /// The label in the corner of the art.
    fn mark(&self, layout: &mut Layout, margin: f32, small: Option<f32>) {
        const WORD: &str = "EMULATED";
        let Some(size) = small.map(|size| (size * 0.8).max(SMALLEST)) else {
            return;
        };
        let spacing = 0.08;
        let letters = measure(WORD, Weight::Bold) + spacing * (WORD.len() - 1) as f32;
        let (left, top) = (layout.art.left + margin, layout.art.top + margin);
        let label = Rect::new(left, top, left + (letters + 1.6) * size, top + 2.1 * size);
        if label.right + margin > layout.art.right || label.bottom + margin > layout.art.bottom {
            return;
        }
        layout.block(label, label.height() / 2.0, self.palette.ink, 225);
        layout.lines.push(Line {
            text: WORD.to_owned(),
            right_to_left: false,
            left: left + 0.8 * size,
            baseline: top + 1.41 * size,
            size,
            weight: Weight::Bold,
            spacing,
            color: self.palette.paper,
        });
    }
}

impl Layout {
    fn block(&mut self, area: Rect, radius: f32, color: Color, opacity: u8) {
        self.layers.extend(area.path(radius).map(|path| Layer {
            path,
            color,
            opacity,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::{MARK, Picture, measure, scene};
    use crate::picture::scene::Scene;

    fn texts(scene: &Scene) -> Vec<&str> {
        scene.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn all_there_is_to_say_is_said() {
        for (width, height) in [
            (1024, 1024),
            (1024, 1536),
            (3840, 1280),
            (4096, 256),
            (256, 256),
        ] {
            let mut picture = Picture::new("一只橘猫", "seedream-4-0", width, height);
            picture.index = 2;
            let scene = scene(&picture, 0.0);
            let texts = texts(&scene);
            let details = format!("seedream-4-0 · {width}×{height} · #3");
            for wanted in ["一只橘猫", details.as_str(), MARK, "EMULATED"] {
                assert!(
                    texts.contains(&wanted),
                    "{width}x{height}: {wanted} not in {texts:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_written_leaves_the_picture() {
        let prompt = "A very long prompt, full of words. ".repeat(60);
        for (width, height) in [(64, 64), (90, 700), (700, 90), (333, 222), (2048, 1024)] {
            for transparent in [false, true] {
                let picture = Picture {
                    transparent,
                    ..Picture::new(&prompt, "m", width, height)
                };
                for line in scene(&picture, 0.0).lines {
                    let end = line.left + measure(&line.text, line.weight) * line.size;
                    let inside = line.left >= 0.0
                        && end <= width as f32
                        && line.baseline - line.size >= -1.0
                        && line.baseline <= height as f32;
                    assert!(inside, "{width}x{height}: {line:?} to {end}");
                }
            }
        }
    }

    #[test]
    fn a_tiny_picture_has_no_words() {
        assert_eq!(
            texts(&scene(&Picture::new("cat", "m", 16, 16), 0.0)),
            [""; 0]
        );
    }

    #[test]
    fn where_there_is_little_room_the_prompt_comes_first() {
        let picture = Picture::new("cat", "a-model-with-a-very-long-name", 72, 72);
        assert_eq!(texts(&scene(&picture, 0.0)), ["cat"]);
    }
}
