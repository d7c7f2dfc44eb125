//! Which sizes a model accepts, and which accepted one lies nearest.

use serde::{Deserialize, Serialize};

use crate::size::{AspectRatio, Pixels, Size, Tier};

/// The values of `size` one model accepts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SizeRule {
    /// Whether `auto` is a size.
    #[serde(default)]
    pub auto: bool,
    /// Whether `adaptive` is a size.
    #[serde(default)]
    pub adaptive: bool,
    /// The named resolutions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// The exact pixels.
    #[serde(default)]
    pub pixels: PixelRule,
    /// What the vendor takes when `size` is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Size>,
    /// The vendor's own table of sizes by shape.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommended: Vec<Recommended>,
}

/// The exact pixels one model accepts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PixelRule {
    /// None: `size` is a word.
    #[default]
    Never,
    /// These.
    OneOf(Vec<Pixels>),
    /// All within bounds.
    Within(Bounds),
    /// Any, and every word: `size` is not checked.
    Any,
}

/// The bounds of a pixel size. Ratios are compared by cross-multiplication, never as floats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Bounds {
    /// The fewest pixels, width times height.
    pub min_pixels: u64,
    /// The most pixels.
    pub max_pixels: u64,
    /// What both sides are a multiple of.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub multiple_of: u32,
    /// The longest side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_edge: Option<u32>,
    /// The longer side over the shorter one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ratio: Option<u32>,
    /// More pixels than this work, but the vendor calls them experimental.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experimental_above: Option<u64>,
    /// The maximum and the ratio were inferred from a sibling, not read: beyond them is a warning.
    #[serde(default)]
    pub presumed: bool,
    /// So were the minimum and the multiple: below or beside them is a warning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presumed_minimum: bool,
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_one(number: &u32) -> bool {
    *number == 1
}

/// One cell of a vendor's table of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Recommended {
    /// The tier the size stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// The shape, as the vendor labels it; the pixels may only come near it.
    pub ratio: AspectRatio,
    /// The pixels.
    pub size: Pixels,
}

/// The verdict on a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// Accepted, with a doubt.
    Doubtful(String),
    /// Refused by this rule.
    Refused(String),
}

impl SizeRule {
    /// Whether the model accepts `size`, doubtful sizes included.
    pub fn accepts(&self, size: Size) -> bool {
        !matches!(self.verdict(size), Verdict::Refused(_))
    }

    pub(crate) fn verdict(&self, size: Size) -> Verdict {
        if self.pixels == PixelRule::Any {
            return Verdict::Accepted;
        }
        let known = match size {
            Size::Auto => self.auto,
            Size::Adaptive => self.adaptive,
            Size::Tier(tier) => self.tiers.contains(&tier),
            Size::Pixels(pixels) => return self.verdict_on_pixels(pixels),
        };
        if known {
            Verdict::Accepted
        } else {
            Verdict::Refused(self.describe())
        }
    }

    fn verdict_on_pixels(&self, pixels: Pixels) -> Verdict {
        match &self.pixels {
            PixelRule::Any => Verdict::Accepted,
            PixelRule::OneOf(list) if list.contains(&pixels) => Verdict::Accepted,
            PixelRule::Never | PixelRule::OneOf(_) => Verdict::Refused(self.describe()),
            PixelRule::Within(bounds) => bounds.verdict(pixels),
        }
    }

    /// The accepted size nearest to one that is not, in shape first and then in pixels.
    ///
    /// `None` where the model accepts nothing like it (a tier of a model without tiers).
    pub fn nearest(&self, size: Size) -> Option<Size> {
        if self.accepts(size) {
            return Some(size);
        }
        match size {
            Size::Pixels(pixels) => self.nearest_pixels(pixels).map(Size::Pixels),
            Size::Tier(tier) => self
                .tiers
                .iter()
                .min_by_key(|candidate| candidate.side().abs_diff(tier.side()))
                .map(|tier| Size::Tier(*tier))
                .or_else(|| self.nearest(Size::px(tier.side(), tier.side()))),
            Size::Auto | Size::Adaptive => self.default,
        }
    }

    fn nearest_pixels(&self, wanted: Pixels) -> Option<Pixels> {
        match &self.pixels {
            PixelRule::Never => None,
            PixelRule::Any => Some(wanted),
            PixelRule::OneOf(list) => list.iter().copied().min_by_key(|candidate| {
                (
                    shape_distance(*candidate, wanted),
                    candidate.area().abs_diff(wanted.area()),
                )
            }),
            PixelRule::Within(bounds) => bounds.nearest(wanted),
        }
    }

    /// The pixels the vendor's tables give a tier in a shape; the tier's square where the table
    /// has no such shape.
    pub fn tier_pixels(&self, tier: Tier, ratio: AspectRatio) -> Pixels {
        self.recommended
            .iter()
            .find(|entry| entry.tier == Some(tier) && entry.ratio.is_same_shape(ratio))
            .map_or_else(|| Pixels::new(tier.side(), tier.side()), |entry| entry.size)
    }

    /// The rule in words, for messages and for the list of models.
    pub fn describe(&self) -> String {
        let mut parts: Vec<String> = self.tiers.iter().map(Tier::to_string).collect();
        if self.auto {
            parts.push("auto".to_owned());
        }
        if self.adaptive {
            parts.push("adaptive".to_owned());
        }
        match &self.pixels {
            PixelRule::Never => {}
            PixelRule::Any => return "any, unchecked".to_owned(),
            PixelRule::OneOf(list) => parts.extend(list.iter().map(Pixels::to_string)),
            PixelRule::Within(bounds) => parts.push(format!(
                "WxH of {} to {} pixels{}{}{}",
                bounds.min_pixels,
                bounds.max_pixels,
                bounds
                    .longest_edge
                    .map_or_else(String::new, |edge| format!(", sides up to {edge}")),
                if bounds.multiple_of == 1 {
                    String::new()
                } else {
                    format!(" and multiples of {}", bounds.multiple_of)
                },
                bounds.max_ratio.map_or_else(String::new, |ratio| format!(
                    ", ratio 1:{ratio} to {ratio}:1"
                )),
            )),
        }
        if parts.is_empty() {
            return "the model takes no size".to_owned();
        }
        format!("accepted: {}", parts.join(", "))
    }
}

impl Recommended {
    /// A size for a shape, of no tier.
    pub const fn new(ratio: AspectRatio, size: Pixels) -> Self {
        Self {
            tier: None,
            ratio,
            size,
        }
    }
}

impl Bounds {
    /// Every size of so many pixels, width times height.
    pub const fn new(min_pixels: u64, max_pixels: u64) -> Self {
        Self {
            min_pixels,
            max_pixels,
            multiple_of: 1,
            longest_edge: None,
            max_ratio: None,
            experimental_above: None,
            presumed: false,
            presumed_minimum: false,
        }
    }

    fn verdict(&self, size: Pixels) -> Verdict {
        let presumed = |rule| {
            Verdict::Doubtful(format!(
                "{rule}; the bound is presumed from a sibling model, not documented"
            ))
        };
        match self.below_lower_bounds(size) {
            Some(rule) if self.presumed_minimum => return presumed(rule),
            Some(rule) => return Verdict::Refused(rule),
            None => {}
        }
        let beyond = self.beyond_upper_bounds(size);
        match beyond {
            Some(rule) if self.presumed => presumed(rule),
            Some(rule) => Verdict::Refused(rule),
            None => match self.experimental_above {
                Some(limit) if size.area() > limit => Verdict::Doubtful(format!(
                    "more than {limit} pixels (2560x1440) are called experimental"
                )),
                _ => Verdict::Accepted,
            },
        }
    }

    fn below_lower_bounds(&self, size: Pixels) -> Option<String> {
        if size.area() < self.min_pixels {
            let (area, least) = (size.area(), self.min_pixels);
            return Some(format!("{area} pixels are below the minimum of {least}"));
        }
        let sides = [("width", size.width()), ("height", size.height())];
        let mut odd = sides
            .iter()
            .filter(|(_, length)| !length.is_multiple_of(self.multiple_of));
        let (side, _) = odd.next()?;
        Some(format!("{side} is not a multiple of {}", self.multiple_of))
    }

    fn beyond_upper_bounds(&self, size: Pixels) -> Option<String> {
        if let Some(edge) = self.longest_edge
            && size.longest_edge() > edge
        {
            return Some(format!("the longest side is above {edge}"));
        }
        if let Some(ratio) = self.max_ratio
            && !within_ratio(size, ratio)
        {
            return Some(format!("the ratio is outside 1:{ratio} to {ratio}:1"));
        }
        (size.area() > self.max_pixels).then(|| {
            format!(
                "{} pixels are above the maximum of {}",
                size.area(),
                self.max_pixels
            )
        })
    }

    /// Whether a size keeps every bound, presumed ones included.
    fn contains(&self, size: Pixels) -> bool {
        self.below_lower_bounds(size).is_none() && self.beyond_upper_bounds(size).is_none()
    }

    /// Clamps the shape, scales to the pixel range, then looks through the grid around that
    /// point for the size that keeps every bound and strays least.
    fn nearest(&self, wanted: Pixels) -> Option<Pixels> {
        const REACH: i64 = 24;
        let (mut width, mut height) = (f64::from(wanted.width()), f64::from(wanted.height()));
        if let Some(ratio) = self.max_ratio.map(f64::from) {
            width = width.min(height * ratio);
            height = height.min(width * ratio);
        }
        let area = width * height;
        let mut scale =
            (area.max(self.min_pixels as f64).min(self.max_pixels as f64) / area).sqrt();
        if let Some(edge) = self.longest_edge {
            scale = scale.min(f64::from(edge) / width.max(height));
        }
        let (width, height) = (width * scale, height * scale);

        // A table from a file may say 0, of which nothing is a multiple.
        let step = f64::from(self.multiple_of.max(1));
        let around = |side: f64| {
            let centre = (side / step).round() as i64;
            (centre - REACH..=centre + REACH).filter_map(move |steps| {
                u32::try_from(steps * i64::from(self.multiple_of))
                    .ok()
                    .filter(|side| *side > 0)
            })
        };
        around(width)
            .flat_map(|w| around(height).map(move |h| Pixels::new(w, h)))
            .filter(|candidate| self.contains(*candidate))
            .min_by_key(|candidate| {
                let miss = (f64::from(candidate.width()) - width).abs()
                    + (f64::from(candidate.height()) - height).abs();
                ((miss * 16.0) as u64, candidate.area(), candidate.width())
            })
    }
}

/// Whether neither side is more than `limit` times the other.
pub(crate) fn within_ratio(size: Pixels, limit: u32) -> bool {
    let (width, height, limit) = (
        u64::from(size.width()),
        u64::from(size.height()),
        u64::from(limit),
    );
    width <= height * limit && height <= width * limit
}

/// How far two shapes are apart; only good for ordering.
fn shape_distance(a: Pixels, b: Pixels) -> u64 {
    let slope = |size: Pixels| (f64::from(size.width()) / f64::from(size.height())).ln();
    ((slope(a) - slope(b)).abs() * 1e6) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn gpt_image_2() -> SizeRule {
        crate::GptImageModel::GptImage2
            .spec()
            .unwrap()
            .sizes
            .clone()
    }

    fn seedream_4_5() -> SizeRule {
        crate::SeedreamModel::Seedream4_5
            .spec()
            .unwrap()
            .sizes
            .clone()
    }

    #[test]
    fn the_nearest_size_of_a_square_below_the_floor_is_the_square_on_it() {
        assert_eq!(
            seedream_4_5().nearest(Size::px(1024, 1024)),
            Some(Size::px(1920, 1920))
        );
        assert_eq!(
            gpt_image_2().nearest(Size::px(1000, 1000)),
            Some(Size::px(992, 992))
        );
        assert_eq!(
            gpt_image_2().nearest(Size::px(512, 512)),
            Some(Size::px(816, 816))
        );
        assert_eq!(seedream_4_5().nearest(Size::K3), Some(Size::K2));
    }

    #[test]
    fn a_rule_that_nothing_can_keep_offers_nothing() {
        for (bounds, size) in [
            (
                json!({"min_pixels": 1, "max_pixels": 99, "multiple_of": 0}),
                "8x8",
            ),
            (json!({"min_pixels": 99, "max_pixels": 1}), "8x8"),
            (
                json!({"min_pixels": 1, "max_pixels": 99, "max_ratio": 0}),
                "1x1",
            ),
        ] {
            let rule: SizeRule =
                serde_json::from_value(json!({"pixels": {"within": bounds}})).unwrap();
            let size = size.parse().unwrap();
            assert!(!rule.accepts(size), "{bounds}");
            assert_eq!(rule.nearest(size), None, "{bounds}");
        }
    }

    #[test]
    fn a_closed_list_offers_its_nearest_shape() {
        let sizes = &crate::GptImageModel::GptImage1.spec().unwrap().sizes;
        assert_eq!(
            sizes.nearest(Size::px(1920, 1080)),
            Some(Size::px(1536, 1024))
        );
        assert_eq!(
            sizes.nearest(Size::px(512, 512)),
            Some(Size::px(1024, 1024))
        );
    }

    proptest! {
        #[test]
        fn the_nearest_size_is_always_accepted(width in 1u32..20_000, height in 1u32..20_000) {
            for spec in crate::ModelTable::builtin().models() {
                let size = Size::px(width, height);
                let nearest = spec.sizes.nearest(size);
                prop_assert_eq!(nearest.is_none(), spec.sizes.pixels == PixelRule::Never);
                if let Some(nearest) = nearest {
                    prop_assert!(spec.sizes.accepts(nearest), "{} for {size}: {nearest}", spec.id);
                    if spec.sizes.accepts(size) {
                        prop_assert_eq!(nearest, size);
                    }
                }
            }
        }
    }
}
