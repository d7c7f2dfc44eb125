//! The list of models: a line each, within 80 columns.

use imagegen::models::{ModelStatus, PixelRule, SizeRule, Values};
use imagegen::{CustomImage, Date, Delivery, ModelSpec, ModelTable, Operation};

use crate::failure::Failure;
use crate::output::Output;

const HEAD: [&str; 5] = ["MODEL", "LAST DAY", "N", "SIZES", "PRICE"];

/// Lists the models that their vendors serve, the newest of each family first; `all` adds the
/// others behind them.
pub(super) fn print(
    table: &ModelTable,
    today: Date,
    all: bool,
    output: &Output,
) -> Result<(), Failure> {
    let is_retired = |spec: &&ModelSpec| spec.life_cycle.status(today) == ModelStatus::ShutDown;
    let (retired, mut living): (Vec<_>, Vec<_>) = table.models().iter().partition(is_retired);
    living.sort_by_key(|spec| {
        (
            spec.family.to_string(),
            std::cmp::Reverse(spec.life_cycle.released),
        )
    });
    let hidden = if all { 0 } else { retired.len() };
    let shown = living.into_iter().chain(retired.into_iter().skip(hidden));
    let lines: Vec<[String; 5]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(shown.map(|spec| line(spec, table)))
        .collect();
    let mut widths = [0; 5];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    for line in &lines {
        let mut text = String::new();
        for (width, cell) in widths.iter().zip(line) {
            text += &format!("{cell:width$}  ");
        }
        output.data(text.trim_end().as_bytes())?;
    }
    let mut note = "N: pictures a call; prices are the vendors' list prices of a picture; \
                    'imagegen models ID' says everything about one"
        .to_owned();
    if hidden > 0 {
        note += &format!("; {hidden} that are shut down are shown with --all");
    }
    output.note(note);
    Ok(())
}

fn line(spec: &ModelSpec, table: &ModelTable) -> [String; 5] {
    [
        spec.id.to_string(),
        last_day(spec),
        images(spec),
        sizes(&spec.sizes),
        price(spec, table).unwrap_or_else(|| "unknown".to_owned()),
    ]
}

fn last_day(spec: &ModelSpec) -> String {
    match spec.life_cycle.shutdown {
        Some(day) => day.to_string(),
        None => "-".to_owned(),
    }
}

/// How many pictures a call brings.
pub(super) fn images(spec: &ModelSpec) -> String {
    let n = spec.parameter("n", Operation::Generate).map(|n| &n.values);
    match (n, spec.group_limit) {
        (Some(Values::Integer { max, .. }), _) => format!("1-{max}"),
        (_, Some(limit)) => format!("1-{limit}"),
        _ => "1".to_owned(),
    }
}

fn sizes(rule: &SizeRule) -> String {
    if !rule.tiers.is_empty() {
        let tiers: Vec<String> = rule.tiers.iter().map(ToString::to_string).collect();
        return tiers.join(" ");
    }
    match &rule.pixels {
        PixelRule::OneOf(sizes) => format!("{} fixed", sizes.len()),
        PixelRule::Within(bounds) => format!("to {:.1} MP", bounds.max_pixels as f64 / 1e6),
        _ => "-".to_owned(),
    }
}

/// What a picture costs: `0.22 CNY`, `0.002-0.71 USD`.
pub(super) fn price(spec: &ModelSpec, table: &ModelTable) -> Option<String> {
    let request = CustomImage::new(spec.id.as_ref(), "a red fox").build_unchecked();
    let estimate = table.estimate(&request, Delivery::Whole)?;
    let short = |amount: imagegen::price::Amount| significant(&amount.to_string());
    let (least, most) = (short(estimate.least), short(estimate.most));
    let amount = if least == most {
        most
    } else {
        format!("{least}-{most}")
    };
    Some(format!("{amount} {}", estimate.currency.code()))
}

/// A decimal number with two digits that count.
fn significant(number: &str) -> String {
    let Ok(value) = number.parse::<f64>() else {
        return number.to_owned();
    };
    let digits = if value > 0.0 {
        (1 - value.log10().floor() as i32).clamp(0, 6) as usize
    } else {
        0
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_enough_for_a_list() {
        for (number, shown) in [
            ("0.00162", "0.0016"),
            ("0.711615", "0.71"),
            ("0.22", "0.22"),
            ("0.2", "0.2"),
            ("12.5", "12"),
            ("0", "0"),
        ] {
            assert_eq!(significant(number), shown);
        }
    }
}
