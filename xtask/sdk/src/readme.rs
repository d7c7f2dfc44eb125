//! `cargo xtask readme`: the models in README.md and docs/models.md, rendered from the rows.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use imagegen::models::Values;
use imagegen::price::{ImageRates, Price, Rates};
use imagegen::{ModelSpec, ModelTable, Operation};

const README: &str = "README.md";
const BEGIN: &str = "<!-- models: written by `cargo xtask readme` -->\n";
const END: &str = "<!-- /models -->";
const MODELS: &str = "docs/models.md";

/// Writes both, or with `check` fails if one of them is stale.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let table = ModelTable::builtin();
    let readme = read(root, README)?;
    let fresh = with_table(&readme, &summary(table.models()))?;
    write(root, README, &readme, &fresh, check)?;
    // A page that is not there yet is as stale as one that is old.
    let models = read(root, MODELS).unwrap_or_default();
    write(root, MODELS, &models, &page(table), check)
}

fn read(root: &Path, file: &str) -> Result<String> {
    fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
}

fn write(root: &Path, file: &str, old: &str, fresh: &str, check: bool) -> Result<()> {
    if check {
        ensure!(fresh == old, "{file} is stale; run `cargo xtask readme`");
    } else if fresh != old {
        fs::write(root.join(file), fresh).with_context(|| format!("cannot write {file}"))?;
    }
    Ok(())
}

fn with_table(text: &str, table: &str) -> Result<String> {
    let (before, rest) = text
        .split_once(BEGIN)
        .with_context(|| format!("{README} has no line {BEGIN:?}"))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("{README} has no {END:?}"))?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// The models with no end in sight, those that take the same in one row.
fn summary(models: &[ModelSpec]) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let living = |row: &&ModelSpec| row.life_cycle.shutdown.is_none();
    for spec in models.iter().filter(living) {
        let (id, cells) = (format!("`{}`", spec.id), accepted(spec));
        match groups.iter_mut().find(|(known, _)| *known == cells) {
            Some((_, ids)) => ids.push(id),
            None => groups.push((cells, vec![id])),
        }
    }
    let mut table = header(&["Models", ACCEPTED]);
    for (cells, ids) in groups {
        table += &format!("| {} | {cells} |\n", ids.join("<br>"));
    }
    table.push('\n');
    table
}

fn page(table: &ModelTable) -> String {
    let mut page =
        "# Models\n\nWritten by `cargo xtask readme` from the rows of the model table. Prices are \
                    the vendors' list prices; a gateway may charge otherwise.\n"
            .to_owned();
    page += &header(&["Model", ACCEPTED, "Released", "Vendor's last day", "Price"]);
    for spec in table.models() {
        let by = if spec.life_cycle.presumed { "by " } else { "" };
        let day = |day: Option<imagegen::Date>| day.map_or_else(String::new, |day| day.to_string());
        let last = spec.life_cycle.shutdown;
        let last = last.map_or_else(String::new, |day| format!("{by}{day}"));
        let price = spec.price.as_ref().map_or_else(String::new, price);
        page += &format!(
            "| `{}` | {} | {} | {last} | {price} |\n",
            spec.id,
            accepted(spec),
            day(spec.life_cycle.released),
        );
    }
    page += "\n## Other names\n\nA name is sent as it was typed; it is checked and priced by the row it \
             stands for. A path before it, a vendor's prefix, `.` for `-` and a date behind it need no entry \
             here.\n";
    page += &header(&["Name", "Model", "Used by"]);
    for alias in table.aliases() {
        page += &format!(
            "| `{}` | `{}` | {} |\n",
            alias.alias, alias.model, alias.source
        );
    }
    page
}

const ACCEPTED: &str = "Sizes | Images a call | Formats | Stream | Images in";

/// What a model takes, in cells of a table.
fn accepted(spec: &ModelSpec) -> String {
    let inputs = spec.reference_images.as_ref();
    [
        spec.sizes
            .describe()
            .trim_start_matches("accepted: ")
            .to_owned(),
        images(spec),
        formats(spec),
        if spec.streaming { "yes" } else { "" }.to_owned(),
        inputs.map_or_else(String::new, |images| images.max.to_string()),
    ]
    .join(" | ")
}

fn header(columns: &[&str]) -> String {
    let columns = columns.join(" | ");
    let rule = vec!["---"; columns.split(" | ").count()].join(" | ");
    format!("\n| {columns} |\n| {rule} |\n")
}

fn images(spec: &ModelSpec) -> String {
    match (
        spec.parameter("n", Operation::Generate).map(|n| &n.values),
        spec.group_limit,
        spec.layer_limit,
    ) {
        (Some(Values::Integer { max, .. }), _, _) => format!("`n` to {max}"),
        (_, Some(limit), _) => format!("groups to {limit}"),
        (_, _, Some(limit)) => format!("1, or layers to {limit}"),
        _ => "1".to_owned(),
    }
}

fn formats(spec: &ModelSpec) -> String {
    let format = spec.parameter("output_format", Operation::Generate);
    match format.map(|format| &format.values) {
        Some(Values::Words(words)) => words.join(", "),
        _ => spec
            .default_format
            .as_deref()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn price(price: &Price) -> String {
    let currency = price.currency;
    match &price.rates {
        Rates::Tokens(rates) => format!(
            "{currency} {} text in, {} images in, {} out, a million tokens",
            rates.text_in, rates.image_in, rates.image_out
        ),
        Rates::Images(rates) => format!("{currency} {} a picture", steps(rates)),
        _ => String::new(),
    }
}

fn steps(rates: &ImageRates) -> String {
    let prices: Vec<_> = rates
        .picture
        .iter()
        .map(|step| step.price.to_string())
        .collect();
    prices.join(" to ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_replaced_and_the_rest_kept() {
        let text = format!("a\n{BEGIN}old\n{END}\nb\n");
        assert_eq!(
            with_table(&text, "new\n").unwrap(),
            format!("a\n{BEGIN}new\n{END}\nb\n")
        );
        assert!(with_table("a", "new").is_err());
    }

    #[test]
    fn every_model_is_on_the_page() {
        let page = page(ModelTable::builtin());
        for spec in ModelTable::builtin().models() {
            assert!(page.contains(&format!("| `{}` |", spec.id)), "{}", spec.id);
        }
    }

    #[test]
    fn models_that_take_the_same_share_a_row_of_the_summary() {
        let summary = summary(ModelTable::builtin().models());
        assert!(summary.contains("`gpt-image-2`<br>"), "{summary}");
        assert!(summary.lines().count() < 15, "{summary}");
        assert!(!summary.contains("dall-e"), "{summary}");
    }
}
