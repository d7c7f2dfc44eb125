//! `imagegen models`: the model table, readable.

use imagegen::models::{ModelStatus, PixelRule, SizeRule, Values};
use imagegen::{Date, ModelSpec};

use crate::args::Models;
use crate::failure::{Exit, Failure};
use crate::output::Output;

const HEAD: [&str; 8] = [
    "MODEL",
    "FAMILY",
    "STATUS",
    "SIZES",
    "IMAGES",
    "FORMATS",
    "STREAM",
    "REFERENCES",
];

pub(crate) fn run(args: &Models, output: &Output) -> Result<Exit, Failure> {
    let table = args.table.load()?;
    if output.json() {
        output.pretty(&table)?;
        return Ok(Exit::Done);
    }
    let today = Date::today();
    let rows = table.models().iter().map(|spec| row(spec, today));
    let lines: Vec<[String; 8]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(rows)
        .collect();
    let mut widths = [0; 8];
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
    output.note(
        "MP: any WIDTHxHEIGHT of that many million pixels, within more rules; --json has them all",
    );
    Ok(Exit::Done)
}

fn row(spec: &ModelSpec, today: Date) -> [String; 8] {
    let streaming = if spec.streaming { "yes" } else { "no" };
    [
        spec.id.to_string(),
        spec.family.to_string(),
        status(spec, today),
        sizes(&spec.sizes),
        images(spec),
        formats(spec),
        streaming.to_owned(),
        references(spec),
    ]
}

fn status(spec: &ModelSpec, today: Date) -> String {
    let cycle = &spec.life_cycle;
    match (cycle.status(today), cycle.released, cycle.shutdown) {
        (ModelStatus::Active, Some(released), _) => format!("active since {released}"),
        (ModelStatus::Deprecated, _, Some(shutdown)) => format!("until {shutdown}"),
        (ModelStatus::ShutDown, _, Some(shutdown)) if cycle.presumed => {
            format!("gone by {shutdown}")
        }
        (ModelStatus::ShutDown, _, Some(shutdown)) => format!("shut down {shutdown}"),
        (status, _, _) => status.to_string(),
    }
}

fn sizes(rule: &SizeRule) -> String {
    let mut words: Vec<String> = rule.tiers.iter().map(ToString::to_string).collect();
    match &rule.pixels {
        PixelRule::OneOf(sizes) => words.extend(sizes.iter().map(ToString::to_string)),
        PixelRule::Within(bounds) => words.push(format!(
            "{:.2}-{:.1} MP",
            bounds.min_pixels as f64 / 1e6,
            bounds.max_pixels as f64 / 1e6
        )),
        _ => {}
    }
    if rule.auto {
        words.push("auto".to_owned());
    }
    if rule.adaptive {
        words.push("adaptive".to_owned());
    }
    words.join(" ")
}

/// How many pictures a call brings: exactly `n`, or a group of at most so many.
fn images(spec: &ModelSpec) -> String {
    let n = spec
        .parameter("n", imagegen::Operation::Generate)
        .map(|n| &n.values);
    match (n, spec.group_limit) {
        (Some(Values::Integer { max, .. }), _) => format!("n 1-{max}"),
        (_, Some(limit)) => format!("group 1-{limit}"),
        _ => "1".to_owned(),
    }
}

fn formats(spec: &ModelSpec) -> String {
    match spec
        .parameter("output_format", imagegen::Operation::Generate)
        .map(|p| &p.values)
    {
        Some(Values::Words(words)) => words.join(" "),
        // Models without the parameter answer with what their vendor chose.
        _ => match spec.family {
            imagegen::models::Family::Seedream => "jpeg".to_owned(),
            _ => "png".to_owned(),
        },
    }
}

fn references(spec: &ModelSpec) -> String {
    match &spec.reference_images {
        None => "none".to_owned(),
        Some(rule) if spec.family == imagegen::models::Family::GptImage => {
            format!("edits {}", rule.max)
        }
        Some(rule) if rule.min == rule.max => rule.max.to_string(),
        Some(rule) => format!("up to {}", rule.max),
    }
}
