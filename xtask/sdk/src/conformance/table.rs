//! `docs/deviations.md`: the deviations and what each client makes of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::deviations::{self, Deviation};
use super::driver::Client;

/// The page, from the root of the workspace.
pub(crate) const PAGE: &str = "docs/deviations.md";

/// What came of one deviation, a cell for each client in the order of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) deviation: Deviation,
    pub(crate) cells: Vec<String>,
}

/// The whole page.
pub(crate) fn render(versions: &[(Client, String)], lines: &[Line]) -> String {
    let clients = versions
        .iter()
        .filter(|(client, _)| *client != Client::Imagegen)
        .map(|(client, version)| format!("{client} ({}, {version})", client.package()))
        .collect::<Vec<_>>()
        .join(", ");
    let mut page = format!(
        "<!-- Written by `cargo xtask conformance`; do not edit. -->\n\
         # Deviations of gateways, and what clients make of them\n\n\
         Real gateways do not always answer as the vendors document. The emulator imitates each known deviation as a \
         fault, which the request header `x-imagegen-fault` asks for by name. This table is what `cargo xtask \
         conformance` saw: the same call, met by the same fault, through this SDK and through the vendors' own clients, \
         each with its default retries and used as its own examples use it. They are {clients}. \
         A `–` stands where a client has no such call.\n\n\
         | Row | Deviation |"
    );
    for client in Client::ALL {
        page += &format!(" {client} |");
    }
    page += "\n| --- | --- |";
    page += &" --- |".repeat(Client::ALL.len());
    page.push('\n');
    for line in rows(lines) {
        page += &line;
        page.push('\n');
    }
    page + LEGEND
}

const LEGEND: &str = "
## The words

- **ok**: the pictures arrived, whole and in the asked size. What is wrong all the same stands behind it.
- **failure**: a picture that did not come out, told as such; an **empty entry** is one about which nothing is told.
- **typed error**: an error of the client's own, with the class it gives it; **exception**: anything else that is raised.
- **looks like success**, **looks complete**: no error at all, though pictures are missing or the end never came.
- **outcome unknown**: an error that says that the request may have been carried out and billed.
- **billed N times**: the client sent the request again by itself, though it had been accepted.
- **kept**: pictures that arrived before the error and are handed over with it.
";

/// The lines of the table: neighbours of a row that every client takes alike share one.
fn rows(lines: &[Line]) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row_before = "";
    for group in lines.chunk_by(|a, b| a.deviation.row == b.deviation.row && a.cells == b.cells) {
        let Some(first) = group.first() else { continue };
        let row = first.deviation.row;
        let labels: Vec<String> = group.iter().map(|line| line.deviation.label()).collect();
        let (name, title) = if row == row_before {
            ("", String::new())
        } else {
            (row, format!("{}: ", deviations::title(row)))
        };
        row_before = row;
        rows.push(format!(
            "| {name} | {title}{} | {} |",
            labels.join(", "),
            first.cells.join(" | ")
        ));
    }
    rows
}

/// Where the checked-in page differs from what was seen; empty if nowhere.
pub(crate) fn differences(root: &Path, fresh: &str, lines: &[Line]) -> Result<Vec<String>> {
    let path = root.join(PAGE);
    let old = match fs::read_to_string(&path) {
        Ok(old) => old.replace("\r\n", "\n"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(vec![format!("{PAGE} is missing")]);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {PAGE}")),
    };
    if old == fresh {
        return Ok(Vec::new());
    }
    let mut known = read(&old);
    let mut differences = Vec::new();
    for line in lines {
        let (row, label) = (line.deviation.row, line.deviation.label());
        let Some(cells) = known.remove(&label) else {
            differences.push(format!("{row} {label}: not on the page"));
            continue;
        };
        for (at, client) in Client::ALL.into_iter().enumerate() {
            let (old, new) = (cells.get(at), line.cells.get(at));
            if old != new {
                let [old, new] = [old, new].map(|cell| cell.map_or("nothing", String::as_str));
                differences.push(format!("{row} {label} {client}: {new}; on the page: {old}"));
            }
        }
    }
    let gone = known.into_keys();
    differences.extend(gone.map(|label| format!("{label}: on the page, but no deviation")));
    if differences.is_empty() {
        differences.push("the text around the cells".to_owned());
    }
    Ok(differences)
}

/// The cells of a page by the labels of their deviations.
fn read(page: &str) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with('|')) {
        let columns: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, deviation, cells @ ..] = &columns[..] else {
            continue;
        };
        let labels = deviation.rsplit(": ").next().unwrap_or_default();
        for label in labels.split(", ").filter(|label| label.starts_with('`')) {
            let cells = cells.iter().map(|cell| (*cell).to_owned());
            all.insert(label.to_owned(), cells.collect());
        }
    }
    all
}

/// Writes the page.
pub(crate) fn write(root: &Path, fresh: &str) -> Result<()> {
    let path = root.join(PAGE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&path, fresh).with_context(|| format!("cannot write {PAGE}"))
}

#[cfg(test)]
mod tests {
    use imagegen_emulator::Fault;

    use super::*;

    fn line(fault: Fault, cell: &str) -> Line {
        Line {
            deviation: Deviation {
                row: fault.row().unwrap(),
                fault,
                stream: false,
            },
            cells: vec![cell.to_owned(); 4],
        }
    }

    #[test]
    fn neighbours_that_are_alike_share_a_line() {
        let lines = [
            line(Fault::ErrorIn200, "a"),
            line(Fault::Html502, "a"),
            line(Fault::Html504, "a"),
            line(Fault::Html200, "b"),
        ];
        assert_eq!(
            rows(&lines),
            [
                "| D1 | an error body with status 200: `error-in-200` | a | a | a | a |",
                "| D5 | a proxy's HTML page: `html-502`, `html-504` | a | a | a | a |",
                "|  | `html-200` | b | b | b | b |",
            ]
        );
    }

    #[test]
    fn a_stale_page_is_told_by_its_cells() {
        let root = tempfile::tempdir().unwrap();
        let lines = [line(Fault::SuccessFalse, "a"), line(Fault::Html502, "a")];
        let old = render(&[], &lines);
        assert_eq!(
            differences(root.path(), &old, &lines).unwrap(),
            ["docs/deviations.md is missing"]
        );
        write(root.path(), &old).unwrap();
        assert_eq!(differences(root.path(), &old, &lines).unwrap(), [""; 0]);

        let mut lines = [line(Fault::SuccessFalse, "a"), line(Fault::Bom, "a")];
        lines[0].cells[2] = "b".to_owned();
        let new = render(&[], &lines);
        assert_eq!(
            differences(root.path(), &new, &lines).unwrap(),
            [
                "D2 `success-false` openai-node: b; on the page: a",
                "D25 `bom`: not on the page",
                "`html-502`: on the page, but no deviation",
            ]
        );
    }
}
