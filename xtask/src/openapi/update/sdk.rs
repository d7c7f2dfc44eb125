//! Where the SDK, the command and the oracles have to follow a property that came or went.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{api::ApiChange, code, report::Finding};

const WIRE: &str = "crates/imagegen/src/wire";
const ROWS: &str = "crates/imagegen/src/models";
const FLAGS: &str = "crates/imagegen-cli/src/args";
const COMMAND: &str = "crates/imagegen-cli/src";
const ORACLES: &str = "tests/fixtures";

/// What has to be done for each field that came or went. `wire_names` has the fields whose name on the wire is another.
pub(super) fn findings(
    root: &Path,
    changes: &[ApiChange],
    wire_names: &BTreeMap<String, String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut named = Vec::new();
    for change in changes {
        if let Some(method) = change.method().filter(|_| change.kind != "added") {
            findings.extend(calls(root, method, change.kind));
        }
        let Some((ty, field)) = change.field() else {
            continue;
        };
        if field == "extra" {
            continue;
        }
        let sources = sources(root, WIRE);
        let lists = lists(&sources, ty);
        if lists.is_empty() {
            continue;
        }
        let wire = wire_names
            .get(field)
            .map_or(field.trim_end_matches('_'), String::as_str);
        match change.kind {
            "added" => {
                for list in lists
                    .iter()
                    .filter(|list| !list.names.iter().any(|name| name == field) && !list.is_open)
                {
                    let text = format!("{ty}.{field} has to be named in the list of its fields");
                    findings.push(at("literal", text, root, &list.path, list.line));
                }
                findings.extend(without_an_arm(root, &sources, &lists, ty, wire));
                if is_request(ty) && !named.contains(&wire) {
                    named.push(wire);
                    let known: Vec<&str> = lists
                        .iter()
                        .flat_map(|list| list.names.iter().map(String::as_str))
                        .collect();
                    findings.extend(follow(root, wire, &known));
                }
            }
            "removed" => {
                for list in lists
                    .iter()
                    .filter(|list| list.names.iter().any(|name| name == field))
                {
                    let text = format!("{ty}.{field} is gone");
                    findings.push(at("literal", text, root, &list.path, list.line));
                }
            }
            _ => {
                let text = format!("{ty}.{field} has another type");
                findings.extend(
                    lists
                        .first()
                        .map(|list| at("type", text, root, &list.path, list.line)),
                );
            }
        }
    }
    findings
}

/// Where a method of the generated client is called.
fn calls(root: &Path, method: &str, kind: &str) -> Vec<Finding> {
    let call = format!(".{method}(");
    let mut findings = Vec::new();
    for (path, source) in sources(root, WIRE) {
        let lines = source.lines().enumerate();
        for (index, _) in lines.filter(|(_, line)| line.contains(&call)) {
            let text = format!("Client::{method} is {kind}");
            findings.push(at("call", text, root, &path, index + 1));
        }
    }
    findings
}

/// Properties that every request has, or that are images: the crossing sets them, and no row lists them as parameters.
const OWN: [&str; 7] = [
    "image", "images", "mask", "model", "prompt", "size", "stream",
];

/// What the SDK has forgotten of the contract that its generated crate has: a parameter that no row takes, without an arm
/// or without a flag.
pub(crate) fn forgotten(root: &Path, generated: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rows = sources(root, ROWS);
    let mut seen = Vec::new();
    for (ty, field) in super::api::fields(generated) {
        let wire = field.trim_end_matches('_').to_owned();
        let crossing = sources(root, WIRE);
        let lists = lists(&crossing, &ty);
        if !is_request(&ty) || lists.is_empty() || OWN.contains(&wire.as_str()) || wire == "extra" {
            continue;
        }
        findings.extend(without_an_arm(root, &crossing, &lists, &ty, &wire));
        if seen.contains(&wire) {
            continue;
        }
        let is_taken = |(_, source): &(PathBuf, String)| {
            code::texts(source).iter().any(|(text, _)| *text == wire)
        };
        if !rows.iter().any(is_taken) {
            let text =
                format!("no row takes {wire}, which the contract has: every model refuses it");
            findings.push(at("row", text, root, &root.join(ROWS), 1));
        }
        // A flag may have a shorter name than its parameter; what it is sent as is spelled out.
        findings.extend(not_in_the_command(root, &wire));
        seen.push(wire);
    }
    findings
}

/// The `match` that puts values into the fields of a list, the next one behind it, if it has no arm for a name.
fn without_an_arm(
    root: &Path,
    sources: &[(PathBuf, String)],
    lists: &[List],
    ty: &str,
    wire: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for list in lists {
        let Some((path, source)) = sources.iter().find(|(path, _)| *path == list.path) else {
            continue;
        };
        let names: Vec<&str> = list.names.iter().map(String::as_str).collect();
        let lines = code::matches_on(source, &names);
        let has_arm = code::texts(source).iter().any(|(text, _)| text == wire);
        if let Some(line) = lines.into_iter().find(|line| *line > list.line)
            && !has_arm
        {
            let text = format!("{ty}: {wire} has no arm, and would go out as an unknown member");
            findings.push(at("match", text, root, path, line));
        }
    }
    findings
}

/// What else a new parameter needs: a row that takes it, a flag, an oracle that does not refuse it.
fn follow(root: &Path, name: &str, known: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in sources(root, ROWS) {
        let texts = code::texts(&source);
        // A file without an id has no rows.
        let has_rows = source.contains("models! {");
        if has_rows && !texts.iter().any(|(text, _)| text == name) {
            let line = source
                .lines()
                .position(|line| line.contains("models! {"))
                .unwrap_or(0)
                + 1;
            findings.push(at(
                "row",
                format!("no row here takes {name}"),
                root,
                &path,
                line,
            ));
        }
    }
    findings.extend(without_a_flag(root, name, known));
    findings.extend(oracles(root, name));
    findings
}

/// What the command lacks of a parameter: the flag, and its way into a request.
fn without_a_flag(root: &Path, name: &str, known: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let flag = format!("--{}", name.replace('_', "-"));
    // The flags of a request stand where those of other parameters do.
    let is_field = |source: &String, name: &str| {
        let field = format!("{name}:");
        source.lines().any(|line| {
            let line = line.trim();
            let line = line
                .strip_prefix("pub")
                .map_or(line, |rest| rest.trim_start_matches(|c| c != ' ').trim());
            line.starts_with(&field)
        })
    };
    let flags: Vec<(PathBuf, String)> = sources(root, FLAGS)
        .into_iter()
        .filter(|(_, source)| known.iter().filter(|name| is_field(source, name)).count() > 1)
        .collect();
    let long = format!("long = \"{}\"", &flag[2..]);
    if !flags
        .iter()
        .any(|(_, source)| is_field(source, name) || source.contains(&long))
    {
        let path = flags
            .first()
            .map_or_else(|| root.join(FLAGS), |(path, _)| path.clone());
        findings.push(at(
            "flag",
            format!("the command has no {flag}"),
            root,
            &path,
            1,
        ));
    }
    findings.extend(not_in_the_command(root, name));
    findings
}

/// Where the command would put a parameter into a request, if it does not.
fn not_in_the_command(root: &Path, name: &str) -> Option<Finding> {
    let command = sources(root, COMMAND);
    let has_text =
        |(_, source): &(PathBuf, String)| code::texts(source).iter().any(|(text, _)| text == name);
    if command.iter().any(has_text) {
        return None;
    }
    let place = command.into_iter().find_map(|(path, source)| {
        let line = source
            .lines()
            .position(|line| line.contains("fn to_wire"))?;
        Some((path, line + 1))
    });
    let (path, line) = place.unwrap_or_else(|| (root.join(COMMAND), 1));
    let text = format!("the command does not put {name} into a request");
    Some(at("flag", text, root, &path, line))
}

/// The lines of the oracles that refuse a parameter.
fn oracles(root: &Path, name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Ok(entries) = fs::read_dir(root.join(ORACLES)) else {
        return findings;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let refuses = |line: &str| {
            let cells: Vec<&str> = line.split('\t').collect();
            let request: Value =
                serde_json::from_str(cells.get(1).unwrap_or(&"")).unwrap_or_default();
            request.get(name).is_some()
                && cells.get(2) == Some(&"refuse")
                && cells.get(3) == Some(&name)
        };
        let lines: Vec<usize> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| refuses(line))
            .map(|(index, _)| index + 1)
            .collect();
        if let [first, ..] = lines[..] {
            let all: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let text = format!(
                "the oracle refuses {name} at {} lines: {}",
                lines.len(),
                all.join(", ")
            );
            findings.push(at("oracle", text, root, &path, first));
        }
    }
    findings
}

/// Whether a type is sent.
fn is_request(ty: &str) -> bool {
    ty.ends_with("Request") || ty.ends_with("Form")
}

struct List {
    path: PathBuf,
    line: usize,
    names: Vec<String>,
    is_open: bool,
}

/// The lists of fields of a type in the crossing.
fn lists(sources: &[(PathBuf, String)], ty: &str) -> Vec<List> {
    let mut lists = Vec::new();
    for (path, source) in sources {
        lists.extend(code::fields_of(source, ty).into_iter().map(|fields| List {
            path: path.clone(),
            line: fields.line,
            names: fields.names,
            is_open: fields.is_open,
        }));
    }
    lists
}

fn sources(root: &Path, folder: &str) -> Vec<(PathBuf, String)> {
    let files = code::rust_files(&root.join(folder)).into_iter();
    files
        .filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
        .collect()
}

fn at(kind: &str, text: String, root: &Path, path: &Path, line: usize) -> Finding {
    let path = path.strip_prefix(root).unwrap_or(path);
    Finding {
        place: Some(format!("{}:{line}", path.display())),
        ..Finding::new(kind, text)
    }
}
