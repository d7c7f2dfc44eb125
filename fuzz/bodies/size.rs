//! Sizes survive a round trip, and the nearest accepted size is accepted.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use arbitrary::{Result, Unstructured};
use imagegen::models::SizeRule;
use imagegen::{AspectRatio, ModelTable, Pixels, Size, Tier};
use serde_json::json;

/// A text to parse, and the bytes that a rule and a size are made of.
pub(crate) fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        round_trip::<Size>(text);
        round_trip::<AspectRatio>(text);
        if let Ok(size) = text.parse() {
            ModelTable::builtin()
                .models()
                .iter()
                .for_each(|row| nearest(&row.sizes, size));
        }
    }
    let mut u = Unstructured::new(data);
    if let Ok((rule, size)) = rule_and_size(&mut u) {
        nearest(&rule, size);
    }
}

fn round_trip<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    let Ok(parsed) = text.parse::<T>() else {
        return;
    };
    let printed = parsed.to_string();
    assert_eq!(
        printed.parse().ok(),
        Some(parsed),
        "{text:?} prints as {printed:?}"
    );
}

fn nearest(rule: &SizeRule, size: Size) {
    rule.describe();
    let nearest = rule.nearest(size);
    if rule.accepts(size) {
        assert_eq!(nearest, Some(size));
    } else if let Some(nearest) = nearest.filter(|nearest| Some(*nearest) != rule.default) {
        assert!(
            rule.accepts(nearest),
            "{nearest} for {size}: {}",
            rule.describe()
        );
    }
}

/// A rule as a model table from a file may hold it, sensible or not.
fn rule_and_size(u: &mut Unstructured<'_>) -> Result<(SizeRule, Size)> {
    let size = match u.int_in_range(0..=4)? {
        0 => Size::Auto,
        1 => Size::Tier(*u.choose(&[Tier::K1, Tier::K1_5, Tier::K4])?),
        _ => Size::Pixels(Pixels::checked(number(u)?, number(u)?).unwrap_or(Pixels::new(1, 1))),
    };
    let rule = json!({
        "auto": u.arbitrary::<bool>()?,
        "tiers": if u.arbitrary()? { json!(["1K", "4K"]) } else { json!([]) },
        "pixels": {"within": {
            "min_pixels": wide(u)?,
            "max_pixels": wide(u)?,
            "multiple_of": number(u)?,
            "longest_edge": u.arbitrary::<bool>()?.then(|| number(u)).transpose()?,
            "max_ratio": u.arbitrary::<bool>()?.then(|| number(u)).transpose()?,
            "experimental_above": u.arbitrary::<Option<u64>>()?,
            "presumed": u.arbitrary::<bool>()?,
        }},
    });
    let rule = serde_json::from_value(rule).map_err(|_| arbitrary::Error::IncorrectFormat)?;
    Ok((rule, size))
}

/// Small numbers as often as large ones.
fn number(u: &mut Unstructured<'_>) -> Result<u32> {
    let bits = u.int_in_range(0..=32)?;
    Ok((u64::from(u.arbitrary::<u32>()?) & ((1 << bits) - 1)) as u32)
}

fn wide(u: &mut Unstructured<'_>) -> Result<u64> {
    let bits = u.int_in_range(0..=63)?;
    Ok(u.arbitrary::<u64>()? & ((1 << bits) - 1))
}
