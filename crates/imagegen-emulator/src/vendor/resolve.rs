//! What the vendors would make of a size, a ratio or a number that the request leaves open.

use imagegen::models::SizeRule;
use imagegen::{AspectRatio, ModelSpec, Pixels, Size, Tier};

use crate::Dialect;
use crate::refusal::Refusal;

/// The pixels of a request's pictures.
///
/// Pixels are taken as they are. With a tier the model picks the shape from the prompt, so a
/// ratio named there decides; `auto` is left to the prompt in the same way.
pub(crate) fn pixels(
    spec: Option<&ModelSpec>,
    dialect: Dialect,
    size: Option<Size>,
    prompt: &str,
) -> Pixels {
    let ratio = ratio_hint(prompt).unwrap_or(AspectRatio::SQUARE);
    let unknown = SizeRule::default();
    let rule = spec.map_or(&unknown, |spec| &spec.sizes);
    match size.or(rule.default) {
        Some(Size::Pixels(pixels)) => pixels,
        Some(Size::Tier(tier)) => rule.tier_pixels(tier, ratio),
        _ => spec
            .and_then(|spec| spec.sizes_for(ratio).first().copied())
            .unwrap_or_else(|| match dialect {
                Dialect::Ark if spec.is_none() => Pixels::new(2048, 2048),
                _ => Pixels::new(1024, 1024),
            }),
    }
}

/// Refuses what no vendor draws either; only models without a row come this far with it.
///
/// # Errors
///
/// The refusal of the `size`.
pub(crate) fn drawable(dialect: Dialect, size: Pixels) -> Result<(), Refusal> {
    const MOST: u64 = 64_000_000;
    if size.area() <= MOST {
        return Ok(());
    }
    let message = format!("size {size} has more than {MOST} pixels");
    Err(Refusal::bad_value(dialect, "size", message))
}

/// The pixels of a picture that is taken apart into layers: those of the input where they lie in
/// the range, else those of a tier in its shape.
pub(crate) fn layered_pixels(size: Option<Size>, input: Option<Pixels>) -> Pixels {
    let Some(input) = input else {
        let tier = match size {
            Some(Size::Tier(tier)) => tier,
            _ => Tier::K2,
        };
        return Pixels::new(tier.side(), tier.side());
    };
    match size {
        Some(Size::Tier(tier)) => scaled(input, tier),
        _ if input.area() < 921_600 => scaled(input, Tier::K1),
        _ if input.area() > 4_624_220 => scaled(input, Tier::K2),
        _ => input,
    }
}

/// The shape of `input` with about the area of the tier's square.
fn scaled(input: Pixels, tier: Tier) -> Pixels {
    let area = f64::from(tier.side()).powi(2);
    let scale = (area / input.area() as f64).sqrt();
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    Pixels::new(side(input.width()), side(input.height()))
}

/// The first `W:H` in a prompt, such as the 16:9 of "a 16:9 banner".
pub(crate) fn ratio_hint(prompt: &str) -> Option<AspectRatio> {
    let number = |digits: &str| {
        (1..=2)
            .contains(&digits.len())
            .then(|| digits.parse::<u32>().ok())
            .flatten()
            .filter(|n| *n > 0)
    };
    prompt.match_indices([':', '：']).find_map(|(at, colon)| {
        let (before, after) = (&prompt[..at], &prompt[at + colon.len()..]);
        let width = &before[before.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
        let tail = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let height = &after[..after.len() - tail.len()];
        Some(AspectRatio::new(number(width)?, number(height)?))
    })
}

/// How many pictures a prompt asks for, as in "4 pictures of" or "四张".
pub(crate) fn count_hint(prompt: &str) -> Option<u32> {
    const THINGS: [&str; 8] = [
        "image",
        "picture",
        "photo",
        "panel",
        "illustration",
        "张",
        "幅",
        "个",
    ];
    const WORDS: [(&str, u32); 18] = [
        ("two ", 2),
        ("three ", 3),
        ("four ", 4),
        ("five ", 5),
        ("six ", 6),
        ("seven ", 7),
        ("eight ", 8),
        ("nine ", 9),
        ("ten ", 10),
        ("两", 2),
        ("三", 3),
        ("四", 4),
        ("五", 5),
        ("六", 6),
        ("七", 7),
        ("八", 8),
        ("九", 9),
        ("十", 10),
    ];
    let prompt = prompt.to_lowercase();
    let counts = |rest: &str| {
        THINGS
            .iter()
            .any(|thing| rest.trim_start().starts_with(thing))
    };
    let digits = prompt
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .find_map(|(at, _)| {
            let before = prompt[..at].chars().next_back();
            let rest = prompt[at..].trim_start_matches(|c: char| c.is_ascii_digit());
            let number = &prompt[at..prompt.len() - rest.len()];
            let starts = before.is_none_or(|c| !c.is_ascii_digit());
            (starts && counts(rest))
                .then(|| number.parse().ok())
                .flatten()
        });
    digits.or_else(|| {
        WORDS.iter().find_map(|(word, number)| {
            prompt
                .match_indices(word)
                .any(|(at, _)| counts(&prompt[at + word.len()..]))
                .then_some(*number)
        })
    })
}

/// How many pictures a group has: what the prompt says, else what the request allows, else a few.
pub(crate) fn group(prompt: &str, max_images: Option<u32>, limit: u32, references: u32) -> u32 {
    let most = limit
        .saturating_sub(references)
        .min(max_images.unwrap_or(u32::MAX))
        .max(1);
    let wanted = count_hint(prompt).or(max_images).unwrap_or(4);
    wanted.clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use imagegen::ModelTable;

    fn resolved(model: &str, size: Option<&str>, prompt: &str) -> String {
        let spec = ModelTable::builtin().get(model);
        let dialect = Dialect::of_model(ModelTable::builtin(), model);
        pixels(
            spec,
            dialect,
            size.map(|size| size.parse().unwrap()),
            prompt,
        )
        .to_string()
    }

    // Sizes are read off the vendors' tables.
    #[test]
    fn tiers_take_their_shape_from_the_prompt() {
        for (model, size, prompt, pixels) in [
            (
                "doubao-seedream-5-0-pro-260628",
                Some("1K"),
                "a fox",
                "1024x1024",
            ),
            (
                "doubao-seedream-5-0-pro-260628",
                Some("1K"),
                "a fox, 3:2",
                "1248x832",
            ),
            (
                "doubao-seedream-5-0-pro-260628",
                Some("1.5K"),
                "16:9 banner",
                "2048x1152",
            ),
            (
                "doubao-seedream-5-0-pro-260628",
                None,
                "a fox 9:16",
                "1584x2816",
            ),
            (
                "doubao-seedream-4-5-251128",
                Some("4K"),
                "海报，比例21：9",
                "6240x2656",
            ),
            (
                "doubao-seedream-4-5-251128",
                Some("2K"),
                "a fox",
                "2048x2048",
            ),
            ("doubao-seedream-4-5-251128", None, "16:9", "2048x2048"),
            ("doubao-seedream-5-0-260128", Some("3K"), "4:3", "3456x2592"),
            ("doubao-seedream-4-0-250828", Some("1K"), "16:9", "1280x720"),
            ("doubao-seedream-3-0-t2i-250415", None, "a fox", "1024x1024"),
            ("gpt-image-1", None, "a fox", "1024x1024"),
            ("gpt-image-1", Some("auto"), "a fox, 3:2", "1536x1024"),
            ("gpt-image-2", Some("auto"), "at 12:30", "1024x1024"),
            ("gpt-image-2", Some("2048x1152"), "1:1", "2048x1152"),
            ("seedream-9", None, "a fox", "2048x2048"),
            ("other", Some("640x480"), "a fox", "640x480"),
        ] {
            assert_eq!(
                resolved(model, size, prompt),
                pixels,
                "{model} {size:?} {prompt}"
            );
        }
    }

    #[test]
    fn layers_keep_the_inputs_shape() {
        for (input, pixels) in [
            ((1500, 1000), (1500, 1000)),
            ((600, 600), (1024, 1024)),
            ((6000, 3000), (2896, 1448)),
        ] {
            let input = Pixels::new(input.0, input.1);
            assert_eq!(
                layered_pixels(Some(Size::Auto), Some(input)),
                Pixels::new(pixels.0, pixels.1)
            );
        }
        assert_eq!(layered_pixels(None, None), Pixels::new(2048, 2048));
    }

    #[test]
    fn groups_have_the_number_the_prompt_says() {
        assert_eq!(group("4 pictures of a fox", None, 15, 0), 4);
        assert_eq!(group("Six images, 16:9", Some(3), 15, 0), 3);
        assert_eq!(group("生成四张图片", None, 15, 0), 4);
        assert_eq!(group("a fox at 16:9", Some(5), 15, 0), 5);
        assert_eq!(group("a fox", Some(15), 15, 14), 1);
        assert_eq!(group("a fox", None, 15, 1), 4);
    }
}
