//! What a call consumes, by the vendors' formulas.
//!
//! GPT Image: the list of the fixed sizes, and the formula attributed to OpenAI's own calculator,
//! which agrees with every published and measured count of 2 and 2.5 (2026-04 to 2026-09). 2.6
//! costs three to four times as much at `low` and `medium` (2026-11-05, one measurement).
//! Seedream: the area of all pictures over 256, checked live.

use imagegen::models::{PixelRule, Values};
use imagegen::{ModelSpec, Pixels};

/// How a GPT Image model counts output tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounting {
    /// A list for three sizes.
    Fixed,
    /// The formula, with the factors of 2.
    Two,
    /// The formula, with the factors of 2.5.
    TwoAndAHalf,
    /// Near 2.5, and dearer at the low end.
    TwoPointSix,
}

impl Accounting {
    /// Told from what the row offers, so that a new row needs nothing here.
    pub(crate) fn of(spec: Option<&ModelSpec>) -> Self {
        let Some(spec) = spec else {
            return Self::TwoAndAHalf;
        };
        if matches!(spec.sizes.pixels, PixelRule::OneOf(_)) {
            return Self::Fixed;
        }
        let has_max = spec.parameter("quality", imagegen::Operation::Generate).is_some_and(
            |quality| matches!(&quality.values, Values::Words(words) if words.iter().any(|word| word == "max")),
        );
        match (
            has_max,
            spec.parameter("complexity", imagegen::Operation::Generate),
        ) {
            (_, Some(_)) => Self::TwoPointSix,
            (true, None) => Self::TwoAndAHalf,
            (false, None) => Self::Two,
        }
    }

    /// What `auto` comes out as: `low` on 2 and `high` on 2.6 were seen, the rest is a choice.
    pub(crate) const fn auto_quality(self) -> &'static str {
        match self {
            Self::Two => "low",
            Self::TwoPointSix => "high",
            Self::Fixed | Self::TwoAndAHalf => "medium",
        }
    }

    /// Output tokens of one picture; `quality` is resolved, so not `auto`.
    pub(crate) fn output_tokens(self, quality: &str, size: Pixels) -> u64 {
        match self {
            Self::Fixed => fixed(quality, size),
            Self::Two => formula(
                match quality {
                    "low" => 16,
                    "medium" => 48,
                    _ => 96,
                },
                size,
            ),
            Self::TwoAndAHalf => formula(factor_2_5(quality), size),
            Self::TwoPointSix => {
                let times = match quality {
                    "low" => 4,
                    "medium" => 3,
                    _ => 1,
                };
                times * formula(factor_2_5(quality), size)
            }
        }
    }
}

const fn factor_2_5(quality: &str) -> u64 {
    match quality.as_bytes() {
        b"low" => 16,
        b"medium" => 24,
        b"high" => 48,
        b"xhigh" => 64,
        _ => 96,
    }
}

fn fixed(quality: &str, size: Pixels) -> u64 {
    let [low, medium, high] = match size.width().cmp(&size.height()) {
        std::cmp::Ordering::Equal => [272, 1056, 4160],
        std::cmp::Ordering::Less => [408, 1584, 6240],
        std::cmp::Ordering::Greater => [400, 1568, 6208],
    };
    match quality {
        "low" => low,
        "medium" => medium,
        _ => high,
    }
}

/// `ceil(f * s * (2000000 + w * h) / 4000000)` with `s = round(f * short / long)`, halves up.
fn formula(factor: u64, size: Pixels) -> u64 {
    let long = u64::from(size.longest_edge());
    let short = size.area() / long;
    let side = (2 * factor * short + long) / (2 * long);
    (factor * side * (2_000_000 + size.area())).div_ceil(4_000_000)
}

/// An estimate of a prompt's tokens: a character of Chinese, Japanese or Korean each, four of
/// anything else.
pub(crate) fn text_tokens(prompt: &str) -> u64 {
    let (wide, narrow) = prompt.chars().fold((0u64, 0u64), |(wide, narrow), c| {
        if c as u32 >= 0x2E80 {
            (wide + 1, narrow)
        } else {
            (wide, narrow + 1)
        }
    });
    wide + narrow.div_ceil(4)
}

/// An estimate of an input image's tokens, as a third party reckons: patches of 32 pixels, small
/// images up to doubled towards 1024, at most 1536 patches.
pub(crate) fn image_tokens(size: Option<Pixels>) -> u64 {
    let Some(size) = size else { return 512 };
    let scale = (1024.0 / f64::from(size.longest_edge())).min(2.0);
    let patches = |side: u32| ((f64::from(side) * scale) / 32.0).ceil().max(1.0) as u64;
    (patches(size.width()) * patches(size.height())).min(1536)
}

/// Seedream's `output_tokens`.
pub(crate) fn seedream_tokens(sizes: impl IntoIterator<Item = Pixels>) -> u64 {
    sizes.into_iter().map(Pixels::area).sum::<u64>() / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    // The counts are those published or measured, not computed by this code.
    #[test]
    fn the_formula_gives_the_published_counts() {
        for (size, [low, medium, high, xhigh, max]) in [
            ((1024, 1024), [196, 439, 1756, 3122, 7024]),
            ((1536, 1024), [158, 343, 1372, 2459, 5488]),
            ((2048, 2048), [397, 892, 3568, 6343, 14272]),
            ((2560, 1440), [205, 478, 1843, 3276, 7370]),
            ((3840, 2160), [371, 865, 3336, 5930, 13342]),
        ] {
            let size = Pixels::new(size.0, size.1);
            let of = |accounting: Accounting, quality| accounting.output_tokens(quality, size);
            let words = ["low", "medium", "high", "xhigh", "max"];
            let counts = words.map(|quality| of(Accounting::TwoAndAHalf, quality));
            assert_eq!(counts, [low, medium, high, xhigh, max], "{size}");
            let counts = ["low", "medium", "high"].map(|quality| of(Accounting::Two, quality));
            assert_eq!(counts, [low, high, max], "{size}");
        }
        let tokens =
            |width, height| Accounting::Two.output_tokens("high", Pixels::new(width, height));
        assert_eq!(tokens(1792, 1024), 5063);
        assert_eq!(tokens(3584, 2048), 12329);
    }

    #[test]
    fn fixed_sizes_have_their_list() {
        for (size, counts) in [
            ((1024, 1024), [272, 1056, 4160]),
            ((1024, 1536), [408, 1584, 6240]),
            ((1536, 1024), [400, 1568, 6208]),
        ] {
            let size = Pixels::new(size.0, size.1);
            for (quality, count) in ["low", "medium", "high"].into_iter().zip(counts) {
                assert_eq!(Accounting::Fixed.output_tokens(quality, size), count);
            }
        }
    }

    #[test]
    fn seedream_counts_area() {
        assert_eq!(seedream_tokens([Pixels::new(1248, 832)]), 4056);
        assert_eq!(seedream_tokens([Pixels::new(2048, 2048)]), 16384);
    }

    #[test]
    fn rows_tell_how_they_count() {
        let of = |id: &str| Accounting::of(imagegen::ModelTable::builtin().get(id));
        assert_eq!(of("gpt-image-1"), Accounting::Fixed);
        assert_eq!(of("gpt-image-1.5"), Accounting::Fixed);
        assert_eq!(of("gpt-image-2"), Accounting::Two);
        assert_eq!(of("gpt-image-2.5-flare"), Accounting::TwoAndAHalf);
        assert_eq!(of("gpt-image-2.6-sunburst"), Accounting::TwoPointSix);
    }
}
