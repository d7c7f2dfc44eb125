//! One row of the table, whole.

use std::collections::BTreeMap;

use imagegen::models::{Parameter, ReferenceImages, Values};
use imagegen::{Date, ModelSpec, ModelTable};

use super::list::{images, price};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::bytes;

/// Where the words of a line begin, and where they end.
const INDENT: usize = 14;
const WIDTH: usize = 80;

pub(super) fn print(
    spec: &ModelSpec,
    table: &ModelTable,
    today: Date,
    output: &Output,
) -> Result<(), Failure> {
    for (name, text) in facts(spec, table, today) {
        output.data(wrapped(&name, &text).as_bytes())?;
    }
    Ok(())
}

fn facts(spec: &ModelSpec, table: &ModelTable, today: Date) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: String| facts.push((name.to_owned(), text));
    fact("model", spec.id.to_string());
    fact("family", spec.family.to_string());
    fact("status", status(spec, today));
    fact("images", format!("{} a call", images(spec)));
    let streaming = if spec.streaming { "yes" } else { "no" };
    fact("stream", streaming.to_owned());
    if let Some(limit) = spec.prompt_limit {
        fact("prompt", format!("up to {limit} characters"));
    }
    let described = spec.sizes.describe();
    let sizes = described.strip_prefix("accepted: ").unwrap_or(&described);
    fact("sizes", sizes.to_owned());
    if let Some(size) = spec.sizes.default {
        fact("", format!("{size} when left out"));
    }
    for (ratio, sizes) in by_ratio(spec) {
        fact("", format!("{ratio}: {sizes}"));
    }
    match &spec.reference_images {
        Some(rule) => fact("images in", references(rule)),
        None => fact("images in", "none".to_owned()),
    }
    if let Some(limit) = spec.layer_limit {
        fact("layers", format!("up to {limit}, and the base"));
    }
    let edits = spec.edit_parameters.iter().map(|one| (one, "edits only: "));
    let all = spec.parameters.iter().map(|one| (one, ""));
    for (at, (parameter, when)) in all.chain(edits).enumerate() {
        let name = if at == 0 { "parameters" } else { "" };
        fact(name, format!("{when}{}", described_parameter(parameter)));
    }
    if let Some(price) = price(spec, table) {
        fact("price", format!("{price} a picture, at list prices"));
    }
    if let Some(price) = &spec.price {
        fact("", price.source.to_string());
    }
    fact("source", spec.source.to_string());
    facts
}

fn status(spec: &ModelSpec, today: Date) -> String {
    let cycle = &spec.life_cycle;
    let mut text = cycle.status(today).to_string();
    if let Some(released) = cycle.released {
        text += &format!(", since {released}");
    }
    if let Some(shutdown) = cycle.shutdown {
        let presumed = if cycle.presumed { ", presumed" } else { "" };
        text += &format!(", last day {shutdown}{presumed}");
    }
    if let Some(replacement) = &cycle.replacement {
        text += &format!("; {replacement} takes its place");
    }
    text
}

/// The vendor's own sizes, a line for each shape.
fn by_ratio(spec: &ModelSpec) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::<String, String>::new();
    for entry in &spec.sizes.recommended {
        let line = lines.entry(entry.ratio.to_string()).or_default();
        if !line.is_empty() {
            *line += ", ";
        }
        match entry.tier {
            Some(tier) => *line += &format!("{tier} {}", entry.size),
            None => *line += &entry.size.to_string(),
        }
    }
    lines
}

fn references(rule: &ReferenceImages) -> String {
    let count = if rule.min == rule.max {
        rule.max.to_string()
    } else {
        format!("{} to {}", rule.min, rule.max)
    };
    let mut text = format!(
        "{count}, {} up to {}",
        rule.formats.join(" "),
        bytes(rule.max_bytes)
    );
    if let Some(limit) = rule.mask_max_bytes {
        text += &format!("; a mask up to {}", bytes(limit));
    }
    text
}

fn described_parameter(parameter: &Parameter) -> String {
    let mut text = format!("{}: {}", parameter.name, values(&parameter.values));
    if let Some(caution) = &parameter.caution {
        let word = caution.word.as_deref().map(|word| format!("{word}: "));
        text += &format!(" ({}{})", word.unwrap_or_default(), caution.reason);
    }
    text
}

fn values(values: &Values) -> String {
    let members = |members: &[Parameter]| {
        let members: Vec<String> = members.iter().map(described_parameter).collect();
        members.join(", ")
    };
    match values {
        Values::Boolean => "true, false".to_owned(),
        Values::Integer { min, max } => format!("{min} to {max}"),
        Values::Number { min, max } => format!("{min} to {max}"),
        Values::Words(words) => words.join(", "),
        Values::Text => "text".to_owned(),
        Values::Object(known) => format!("{{{}}}", members(known)),
        Values::Objects(known) => format!("[{{{}}}]", members(known)),
        // A newer kind of values than this command knows.
        _ => "see --json".to_owned(),
    }
}

/// A name and a text, broken into lines that begin below one another.
fn wrapped(name: &str, text: &str) -> String {
    let mut lines = format!("{name:INDENT$}");
    let mut column = INDENT;
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > WIDTH {
            lines += &format!("\n{:INDENT$}", "");
            column = INDENT;
        } else if at > 0 {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_told_within_the_width() {
        let table = ModelTable::builtin();
        for spec in table.models() {
            for (name, text) in facts(spec, table, Date::today()) {
                for line in wrapped(&name, &text).lines() {
                    let words = line.split_whitespace().count();
                    assert!(line.chars().count() <= WIDTH || words < 3, "{line}");
                }
            }
        }
    }
}
