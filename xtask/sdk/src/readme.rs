//! `cargo xtask readme`: the model table of README.md, rendered from the rows.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use imagegen::models::{Family, Values};
use imagegen::{ModelSpec, ModelTable};

const README: &str = "README.md";
const BEGIN: &str = "<!-- models: written by `cargo xtask readme` -->\n";
const END: &str = "<!-- /models -->";

/// Writes the table, or with `check` fails if README.md has another one.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let path = root.join(README);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {README}"))?;
    let fresh = with_table(&text, &table(ModelTable::builtin().models()))?;
    if check {
        ensure!(fresh == text, "{README} is stale; run `cargo xtask readme`");
    } else if fresh != text {
        fs::write(&path, fresh).with_context(|| format!("cannot write {README}"))?;
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

fn table(models: &[ModelSpec]) -> String {
    let mut table =
        "\n| Model | Sizes | Images a call | Formats | Stream | Images in | Vendor's last day |\n\
                     | --- | --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
    for spec in models {
        let by = if spec.life_cycle.presumed { "by " } else { "" };
        let shutdown = spec.life_cycle.shutdown;
        let shutdown = shutdown.map_or_else(String::new, |day| format!("{by}{day}"));
        table += &format!(
            "| `{}` | {} | {} | {} | {} | {} | {shutdown} |\n",
            spec.id,
            spec.sizes.describe().trim_start_matches("accepted: "),
            images(spec),
            formats(spec),
            if spec.streaming { "yes" } else { "" },
            spec.reference_images
                .as_ref()
                .map_or_else(String::new, |images| images.max.to_string()),
        );
    }
    table.push('\n');
    table
}

fn images(spec: &ModelSpec) -> String {
    match (
        spec.parameter("n", imagegen::Operation::Generate)
            .map(|n| &n.values),
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
    match (
        spec.parameter("output_format", imagegen::Operation::Generate)
            .map(|format| &format.values),
        spec.family,
    ) {
        (Some(Values::Words(words)), _) => words.join(", "),
        (_, Family::Seedream) => "jpeg".to_owned(),
        _ => "png".to_owned(),
    }
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
    fn every_model_is_a_line() {
        let models = ModelTable::builtin().models();
        assert_eq!(table(models).lines().count(), models.len() + 4);
    }
}
