//! Colours, and the sets of them that go together.

use super::random::Dice;

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub(super) [u8; 3]);

impl Color {
    const fn hex(rgb: u32) -> Self {
        Self([(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8])
    }

    /// This colour with `share` (0 to 1) of another mixed in.
    pub(super) fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let mut mixed = self.0;
        for (channel, &to) in mixed.iter_mut().zip(&other.0) {
            let from = f32::from(*channel);
            *channel = (from + (f32::from(to) - from) * share + 0.5) as u8;
        }
        Self(mixed)
    }

    /// How bright it looks, 0 to 255.
    pub(super) fn luma(self) -> u32 {
        let [r, g, b] = self.0.map(u32::from);
        (r * 299 + g * 587 + b * 114) / 1000
    }
}

/// The colours of one poster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// The top of the backdrop.
    pub(super) sky: Color,
    /// The bottom of the backdrop.
    pub(super) haze: Color,
    /// The darkest colour.
    pub(super) ink: Color,
    /// The lightest colour.
    pub(super) paper: Color,
    /// What the art is made of, from the brightest accent on.
    pub(super) accents: [Color; 5],
}

impl Palette {
    const fn new(sky: u32, haze: u32, ink: u32, paper: u32, accents: [u32; 5]) -> Self {
        let [a, b, c, d, e] = accents;
        Self {
            sky: Color::hex(sky),
            haze: Color::hex(haze),
            ink: Color::hex(ink),
            paper: Color::hex(paper),
            accents: [
                Color::hex(a),
                Color::hex(b),
                Color::hex(c),
                Color::hex(d),
                Color::hex(e),
            ],
        }
    }

    /// One of the sets, as the dice fall, for one picture of a series: the next ones differ.
    pub(super) fn pick(dice: &mut Dice, index: u32) -> Self {
        let step = index as usize % PALETTES.len() * 5;
        PALETTES[(dice.below(PALETTES.len()) + step) % PALETTES.len()]
    }

    /// The accent that is seen best on a ground.
    pub(super) fn stands_out_on(&self, ground: Color) -> Color {
        let contrast = |color: &Color| color.luma().abs_diff(ground.luma());
        // Of those with contrast enough the first, which is the brightest of its set.
        let [first, ..] = self.accents;
        self.accents
            .into_iter()
            .find(|color| contrast(color) >= 70)
            .unwrap_or(first)
    }

    /// Whether the backdrop is dark enough for stars.
    pub(super) fn is_night(&self) -> bool {
        self.sky.luma() < 90
    }
}

/// Chosen by eye: hues computed at random clash too often.
#[rustfmt::skip]
const PALETTES: [Palette; 16] = [
    // Dusk, lagoon, desert, forest
    Palette::new(0x2b1b4d, 0xf2765d, 0x1b1030, 0xfff4e6, [0xf9c74f, 0xf3722c, 0xc9406f, 0x6b2d73, 0x2e1a47]),
    Palette::new(0x0b3954, 0x7fd1c8, 0x072a3b, 0xf2fbf9, [0xffe66d, 0x2ec4b6, 0x1a936f, 0x11698e, 0x0b3954]),
    Palette::new(0xf7d9a8, 0xf2a65a, 0x3a1f1b, 0xfff8ec, [0xd1495b, 0xedae49, 0xc8553d, 0x588b8b, 0x8c3b3b]),
    Palette::new(0xcfe8d5, 0xf6f4d2, 0x15291c, 0xfbfaf0, [0xbc4749, 0xa7c957, 0x6a994e, 0xf2e8cf, 0x386641]),
    // Aurora, blossom, fjord, citrus
    Palette::new(0x050a30, 0x1b7f79, 0x040821, 0xeefffa, [0x7cf5c4, 0x3ddbd9, 0x8a5cf6, 0x2563a8, 0x0b1e4b]),
    Palette::new(0xfde2e4, 0xfad2e1, 0x3b1730, 0xfff7f9, [0xf694c1, 0xd95d8a, 0x9a3b6b, 0x7fb7be, 0xfff1e6]),
    Palette::new(0xd8e2ec, 0xf5f7fa, 0x22263e, 0xf8fafc, [0xe07a5f, 0x81b29a, 0xf2cc8f, 0x5f7a92, 0x3d405b]),
    Palette::new(0xfff3b0, 0xffd166, 0x062c3a, 0xfffbe8, [0xef476f, 0xf78c6b, 0x06d6a0, 0x118ab2, 0x073b4c]),
    // Ember, plum, brass, mint
    Palette::new(0x1a1423, 0x7a1e2c, 0x150d1a, 0xfff1e0, [0xffb627, 0xff7b00, 0xe63946, 0x9d2235, 0x3d1a2b]),
    Palette::new(0xe9d8f4, 0xc8b6e2, 0x2a1745, 0xfbf7ff, [0xf4a261, 0xe76f51, 0x2a9d8f, 0x8e5ea2, 0x5e3b8a]),
    Palette::new(0x1f2937, 0x4b5d73, 0x131a24, 0xf6f3ea, [0xf2b705, 0xd9822b, 0x8aa2b8, 0x5b738b, 0x2c3e50]),
    Palette::new(0xe0fbfc, 0xc2dfe3, 0x1f2633, 0xf6fefe, [0xee6c4d, 0xf7b267, 0x98c1d9, 0x3d5a80, 0x293241]),
    // Jade, porcelain, cinnabar, neon
    Palette::new(0x0d3b2e, 0x4fa37b, 0x08261e, 0xf5fbf2, [0xf4d35e, 0xee964b, 0xa3d9a5, 0x1e6f50, 0x0a2a22]),
    Palette::new(0xf4f7fb, 0xd6e4f5, 0x0a1f44, 0xf9fbff, [0xe4572e, 0x8db7e8, 0x3f7cc9, 0x1d4e9e, 0x0d2f66]),
    Palette::new(0xf6e7d2, 0xebc9a0, 0x1e1e24, 0xfdf7ec, [0xc8322b, 0xd99a2b, 0x8f1d1d, 0x2f5d50, 0x1e1e24]),
    Palette::new(0x12002f, 0x3a0ca3, 0x0d0221, 0xf5f0ff, [0xffd60a, 0xf72585, 0x4cc9f0, 0x7209b7, 0x4361ee]),
];

#[cfg(test)]
mod tests {
    use super::PALETTES;

    #[test]
    fn words_can_be_read_in_every_palette() {
        for palette in PALETTES {
            assert!(
                palette.paper.luma() - palette.ink.luma() > 180,
                "{palette:?}"
            );
            for ground in [palette.paper, palette.ink] {
                let accent = palette.stands_out_on(ground);
                assert!(accent.luma().abs_diff(ground.luma()) >= 60, "{palette:?}");
            }
        }
    }
}
