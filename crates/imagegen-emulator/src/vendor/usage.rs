//! What a call consumes, by the vendors' formulas.
//!
//! GPT Image: the list of the fixed sizes, and the formula attributed to OpenAI's own calculator,
//! which agrees with every published and measured count of 2 and 2.5 (2026-04 to 2026-09). 2.6
//! costs three to four times as much at `low` and `medium` (2026-11-05, one measurement).
//! Seedream: the area of all pictures over 256, checked live.

use imagegen::price::{PictureTokens, QualityFactor, Rates};
use imagegen::{ModelSpec, ModelTable, Pixels};

/// How a GPT Image model counts output tokens: as the prices of its row have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accounting<'t> {
    pictures: Option<&'t PictureTokens>,
    auto_quality: &'static str,
}

/// What `auto` comes out as, by the beginning of the id, the first that fits: `low` on 2 and
/// `high` on 2.6 were seen, the rest is a choice.
const AUTO_QUALITY: [(&str, &str); 4] = [
    ("gpt-image-2.6", "high"),
    ("gpt-image-2.5", "medium"),
    ("gpt-image-2", "low"),
    ("", "medium"),
];

/// The model that one whose prices are not known is counted as, by the beginning of its id:
/// `chatgpt-image-latest` has the sizes of 1.5, and any other is taken for the newest kind whose
/// count was published.
const COUNTED_AS: [(&str, &str); 2] = [
    ("chatgpt-image", "gpt-image-1.5"),
    ("", "gpt-image-2.5-flare"),
];

fn by_prefix(table: &[(&str, &'static str)], id: &str) -> &'static str {
    table
        .iter()
        .find(|(prefix, _)| id.starts_with(prefix))
        .map_or("", |(_, value)| value)
}

impl<'t> Accounting<'t> {
    pub(crate) fn of(id: &str, spec: Option<&'t ModelSpec>) -> Self {
        Self {
            pictures: spec
                .and_then(picture_tokens)
                .or_else(|| picture_tokens(ModelTable::builtin().get(by_prefix(&COUNTED_AS, id))?)),
            auto_quality: by_prefix(&AUTO_QUALITY, id),
        }
    }

    /// What `auto` comes out as.
    pub(crate) const fn auto_quality(self) -> &'static str {
        self.auto_quality
    }

    /// Output tokens of one picture; `quality` is resolved, so not `auto`.
    pub(crate) fn output_tokens(self, quality: &str, size: Pixels) -> u64 {
        match self.pictures {
            Some(PictureTokens::Listed(list)) => list
                .iter()
                .find(|listed| listed.quality == quality)
                .or(list.last())
                .map_or(0, |listed| match size.width().cmp(&size.height()) {
                    std::cmp::Ordering::Equal => listed.square,
                    std::cmp::Ordering::Less => listed.tall,
                    std::cmp::Ordering::Greater => listed.wide,
                }),
            Some(PictureTokens::Formula(factors)) => factors
                .iter()
                .find(|factor| factor.quality == quality)
                .or(factors.last())
                .map_or(0, |factor| {
                    times(factor, formula(factor.factor.into(), size))
                }),
            _ => 0,
        }
    }
}

fn picture_tokens(spec: &ModelSpec) -> Option<&PictureTokens> {
    match &spec.price.as_ref()?.rates {
        Rates::Tokens(rates) => Some(&rates.pictures),
        _ => None,
    }
}

/// The middle of what was charged, as a multiple of the formula.
fn times(factor: &QualityFactor, tokens: u64) -> u64 {
    ((factor.least + factor.most) / 2.0 * tokens as f64).round() as u64
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

    fn accounting(id: &str) -> Accounting<'static> {
        Accounting::of(id, ModelTable::builtin().get(id))
    }

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
            let of = |id, quality| accounting(id).output_tokens(quality, size);
            let words = ["low", "medium", "high", "xhigh", "max"];
            for id in ["gpt-image-2.5-flare", "a-model-without-a-row"] {
                let counts = words.map(|quality| of(id, quality));
                assert_eq!(counts, [low, medium, high, xhigh, max], "{id} {size}");
            }
            let counts = ["low", "medium", "high"].map(|quality| of("gpt-image-2", quality));
            assert_eq!(counts, [low, high, max], "{size}");
        }
        let tokens = |width, height| {
            accounting("gpt-image-2").output_tokens("high", Pixels::new(width, height))
        };
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
                for id in ["gpt-image-1", "gpt-image-1.5", "chatgpt-image-latest"] {
                    assert_eq!(accounting(id).output_tokens(quality, size), count, "{id}");
                }
            }
        }
    }

    // A reseller's bill of 2026-11-05: 664 tokens at low, 1353 at high.
    #[test]
    fn the_newest_model_is_dearer_at_the_low_end() {
        let tokens = |quality| {
            accounting("gpt-image-2.6-flare").output_tokens(quality, Pixels::new(1536, 1024))
        };
        assert!((474..=711).contains(&tokens("low")), "{}", tokens("low"));
        assert_eq!(tokens("high"), 1372);
    }

    #[test]
    fn seedream_counts_area() {
        assert_eq!(seedream_tokens([Pixels::new(1248, 832)]), 4056);
        assert_eq!(seedream_tokens([Pixels::new(2048, 2048)]), 16384);
    }

    #[test]
    fn an_open_quality_comes_out_as_the_model_has_it() {
        for (id, quality) in [
            ("gpt-image-1", "medium"),
            ("gpt-image-2-2026-04-21", "low"),
            ("gpt-image-2.5-sunburst", "medium"),
            ("gpt-image-2.6-sunburst", "high"),
            ("a-model-without-a-row", "medium"),
        ] {
            assert_eq!(accounting(id).auto_quality(), quality, "{id}");
        }
    }
}
