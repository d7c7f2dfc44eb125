//! `cargo xtask openapi update FILE`: takes a new document in, or says everything that has to be decided first.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    actions::{action, removal},
    diff::{self, Change, Difference},
    document::{Document, Lines},
    generate, lower,
    overlay::{self, Merged},
    place::Place,
    sources::{self, CLIENT, GATEWAY, KNOWN, OVERLAY, Sources},
    validate,
};

pub(crate) mod api;
mod code;
pub(crate) mod models;
mod report;
pub(crate) mod sdk;

use report::Action;
pub(crate) use report::{Finding, Report, Verdict};

/// What an update works on.
pub(crate) struct Update<'a> {
    pub(crate) root: &'a Path,
    /// Where the generated crate is compiled.
    pub(crate) target: &'a Path,
    /// The day that goes into the record.
    pub(crate) today: &'a str,
    /// Whether nothing is to be written.
    pub(crate) dry_run: bool,
}

impl Update<'_> {
    /// Takes in the document in a file, called `name`.
    pub(crate) fn run(&self, name: &str, bytes: &[u8]) -> Result<Report> {
        let mut report = Report::new(name);
        let new = match Document::read(name, bytes) {
            Ok(document) => document,
            Err(error) => {
                let place = error
                    .line
                    .map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"));
                let finding = Finding {
                    place: Some(place),
                    ..Finding::new("unreadable", error.text)
                };
                report.fill("gateway", vec![finding], "");
                report.fill(
                    "wrote",
                    Vec::new(),
                    "nothing: this is no document that can be read",
                );
                for section in ["keys", "models", "overlay", "needs", "crate", "sdk"] {
                    report.fill(section, Vec::new(), "not looked at");
                }
                report.close(Verdict::Unreadable);
                return Ok(report);
            }
        };
        let sources = Sources::read(self.root)?;
        let old = Document::read(GATEWAY, sources.gateway.as_bytes()).context(GATEWAY)?;
        report.fill("keys", keys(&new), "none");
        report.fill("gateway", gateway(&old, &new), "says what it said before");

        let merged = overlay::merge(&new.value, Some(&old.value), &sources.overlay)?;
        report.fill(
            "models",
            models::findings(self.root, &old, &new, &merged.contract),
            "all have rows, as before",
        );
        let lines = Lines::of(&sources.overlay);
        report.fill(
            "overlay",
            overlay_findings(&merged, &new, &lines),
            "nothing to decide",
        );

        let lowered = lower::lower(&merged.contract);
        report.fill("needs", needs(&lowered, &merged, &new, &lines), "nothing");

        let is_same = new.text == sources.gateway;
        let next = sources.with_gateway(new.text.clone(), self.today);
        let (crate_findings, crate_says, changes) = match &lowered {
            Ok(lowered) => self.crate_section(lowered)?,
            Err(_) => (
                Vec::new(),
                "not generated: see overlay and needs".to_owned(),
                Vec::new(),
            ),
        };
        report.fill("crate", crate_findings, &crate_says);
        report.fill(
            "sdk",
            sdk::findings(self.root, &changes, &wire_names(&lowered)),
            "nothing to follow",
        );
        if report.open() > 0 {
            let open = report.open();
            report.fill("wrote", Vec::new(), &format!("nothing: {open} to decide"));
            report.close(Verdict::Undecided);
            return Ok(report);
        }
        let mut files = next.build()?;
        files.push(sources::Generated::new(GATEWAY, new.text));
        let stale = sources::check(self.root, &files)?;
        if stale.is_empty() {
            report.fill("wrote", Vec::new(), "nothing: nothing has changed");
            report.close(Verdict::Unchanged);
            return Ok(report);
        }
        if self.dry_run {
            let would = stale
                .iter()
                .map(|file| Finding::new("would-write", file.path));
            report.fill("wrote", would.collect(), "");
        } else {
            let written = sources::write(self.root, &files)?;
            report.fill(
                "wrote",
                written
                    .iter()
                    .map(|file| Finding::new("wrote", file.path))
                    .collect(),
                "",
            );
        }
        report.close(if is_same {
            Verdict::Unchanged
        } else {
            Verdict::TakenIn
        });
        Ok(report)
    }

    /// Generates the crate, compares it with the one that is there, and compiles it if it differs.
    fn crate_section(
        &self,
        lowered: &lower::Lowered,
    ) -> Result<(Vec<Finding>, String, Vec<api::ApiChange>)> {
        let client = match generate::client(lowered) {
            Ok(client) => client,
            Err(error) => {
                let finding = Finding {
                    decide: true,
                    ..Finding::new("not-generated", format!("{error:#}"))
                };
                return Ok((vec![finding], String::new(), Vec::new()));
            }
        };
        let known = generate::known(&lowered.known);
        let read = |path: &str| sources::read_text(&self.root.join(path)).unwrap_or_default();
        let old = format!(
            "{}\n{}",
            without_head(&read(CLIENT)),
            without_head(&read(KNOWN))
        );
        // Docs of a module may only stand at the beginning.
        let new = format!("{}\n{}", without_head(&client), without_head(&known));
        if old == new {
            return Ok((
                Vec::new(),
                "as it was, so it compiles".to_owned(),
                Vec::new(),
            ));
        }
        let changes = api::changes(&old, &new);
        let mut findings: Vec<Finding> = changes.iter().map(api::ApiChange::finding).collect();
        let errors = api::compile(self.root, self.target, &client, &known)?;
        let compiles = if errors.is_empty() { "yes" } else { "no" };
        findings.extend(errors);
        findings.push(Finding::new("compiles", compiles));
        Ok((findings, String::new(), changes))
    }
}

/// The names on the wire of fields that have another name in Rust.
fn wire_names(lowered: &Result<lower::Lowered, lower::Faults>) -> BTreeMap<String, String> {
    let renames = lowered
        .iter()
        .flat_map(|lowered| lowered.renames.0.values());
    renames
        .map(|rename| (rename.ident.clone(), rename.wire.clone()))
        .collect()
}

/// A generated file without what says where it comes from.
fn without_head(source: &str) -> String {
    let lines = source
        .lines()
        .skip_while(|line| line.starts_with("// ") || line.starts_with("//!") || line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn keys(new: &Document) -> Vec<Finding> {
    let finding = |key: &super::document::secrets::Found| Finding {
        place: Some(format!("{}:{}", new.name, key.line)),
        ..Finding::new("replaced", format!("a key, which {}", key.why))
    };
    new.keys.iter().map(finding).collect()
}

/// Every difference between what was published and what is.
pub(crate) fn gateway(old: &Document, new: &Document) -> Vec<Finding> {
    let differences = diff::differences(&old.value, &new.value);
    let is_silent = differences.is_empty();
    let mut findings: Vec<Finding> = differences
        .into_iter()
        .map(|difference| difference_finding(difference, old, new))
        .collect();
    for note in &new.notes {
        findings.push(Finding::new("read", note.clone()));
    }
    let foreign = new.foreign.iter().map(|(place, text)| Finding {
        place: new.line(place).map(|line| format!("{}:{line}", new.name)),
        pointer: Some(place.pointer()),
        ..Finding::new("not-understood", format!("{place}: {text}"))
    });
    findings.extend(foreign);
    if is_silent && old.text != new.text {
        findings.push(Finding::new(
            "read",
            "it says what it said before, in other writing",
        ));
    }
    findings
}

fn difference_finding(difference: Difference, old: &Document, new: &Document) -> Finding {
    let kind = match difference.change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Moved => "moved",
        Change::Changed => "changed",
        Change::Note => "note",
        Change::NotUnderstood => "not-understood",
    };
    let document = if difference.change == Change::Removed {
        old
    } else {
        new
    };
    let breaks = [
        (difference.breaks.request, "request"),
        (difference.breaks.answer, "answer"),
    ];
    Finding {
        place: document
            .line(&difference.at)
            .map(|line| format!("{}:{line}", document.name)),
        pointer: Some(difference.at.pointer()),
        breaks: breaks
            .into_iter()
            .filter_map(|(breaks, who)| breaks.then_some(who))
            .collect(),
        ..Finding::new(kind, format!("{}: {}", difference.what, difference.detail))
    }
}

fn overlay_findings(merged: &Merged, new: &Document, lines: &Lines) -> Vec<Finding> {
    let finding = |remark: &overlay::Remark| {
        let line = lines.get(&remark.at).unwrap_or(1);
        let mut place = format!("{OVERLAY}:{line}");
        if !remark.place.0.is_empty()
            && remark.place.get(&new.value).is_some()
            && let Some(line) = new.line(&remark.place)
        {
            place += &format!(" against {}:{line}", new.name);
        }
        let what: Vec<&str> = remark.at.0.iter().skip(3).map(String::as_str).collect();
        let what = if what.is_empty() {
            String::new()
        } else {
            format!("{} ", what.join("."))
        };
        let mut actions = Vec::new();
        if let Some((pointer, value)) = &remark.keep {
            let overrules = serde_json::json!({ overlay::OVERRULES: { pointer: value } });
            actions.push(Action {
                does: format!("keep it: add to actions[{}]", remark.action),
                paste: super::yaml::write(&overrules)
                    .unwrap_or_default()
                    .trim_end()
                    .to_owned(),
            });
        }
        if matches!(
            remark.kind,
            overlay::Kind::Contradiction | overlay::Kind::Ghost
        ) {
            let or = if actions.is_empty() {
                "give it a type, or"
            } else {
                "or"
            };
            actions.push(Action {
                does: format!("{or} drop it: take it out at {OVERLAY}:{line}"),
                paste: String::new(),
            });
        }
        Finding {
            place: Some(place),
            pointer: Some(remark.place.pointer()),
            decide: remark.kind.is_open(),
            actions,
            ..Finding::new(
                &remark.kind.to_string().replace(' ', "-"),
                format!(
                    "actions[{}] (\"{}\"): {what}{}",
                    remark.action, remark.description, remark.text
                ),
            )
        }
    };
    merged.remarks.iter().map(finding).collect()
}

/// What the contract lacks, all of it, each with an action that would do.
fn needs(
    lowered: &Result<lower::Lowered, lower::Faults>,
    merged: &Merged,
    new: &Document,
    lines: &Lines,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(faults) = lowered {
        for fault in faults.0.iter().filter(|fault| !merged.follows(&fault.at)) {
            let foreign = new.foreign.iter().find(|(place, _)| *place == fault.at);
            let text = foreign.map_or(&fault.text, |(_, text)| text);
            let actions = fault
                .fix
                .as_ref()
                .and_then(|fix| fix_action(fix, &fault.at, &merged.contract));
            findings.push(Finding {
                place: place_of(&fault.at, merged, new, lines),
                pointer: Some(fault.at.pointer()),
                actions: actions.into_iter().collect(),
                decide: true,
                ..Finding::new("needed", format!("{}: {text}", fault.at))
            });
        }
        findings.extend(left_out(faults, merged));
    }
    if lowered.is_ok() {
        for text in validate::findings(&merged.contract) {
            findings.push(Finding {
                decide: true,
                ..Finding::new("invalid", text)
            });
        }
    }
    findings
}

/// A path that lacks something can be left out as a whole, if the overlay says nothing about it.
fn left_out(faults: &lower::Faults, merged: &Merged) -> Vec<Finding> {
    let mut paths: Vec<&String> = faults
        .0
        .iter()
        .filter(|fault| !merged.follows(&fault.at))
        .filter_map(|fault| match fault.at.0.as_slice() {
            [first, path, ..] if first == "paths" => Some(path),
            _ => None,
        })
        .collect();
    paths.dedup();
    let foreign = paths.into_iter().filter(|path| {
        let place = Place::of(&["paths", path]);
        let operations = place.get(&merged.contract).and_then(Value::as_object);
        operations.into_iter().flatten().all(|(method, _)| {
            merged
                .origin(&place.join(method).join("operationId"))
                .is_none()
        })
    });
    foreign
        .map(|path| Finding {
            actions: vec![Action {
                does: "instead of all that it needs, add to openapi/overlay.yaml, as the first action:".to_owned(),
                paste: removal(
                    &format!("{path} is left out."),
                    &Place::of(&["paths", path]),
                ),
            }],
            ..Finding::new("or", format!("leave {path} out"))
        })
        .collect()
}

fn fix_action(fix: &lower::Fix, at: &Place, contract: &Value) -> Option<Action> {
    let does = "add to openapi/overlay.yaml:".to_owned();
    let paste = match fix {
        lower::Fix::Update(target, update) => {
            let what = update.as_object()?.keys().next()?;
            action(&format!("{at} gets its {what}."), target, update)
        }
        // An overlay can only aim at objects and lists.
        lower::Fix::Remove(target) => {
            let value = target.get(contract)?;
            if !value.is_object() && !value.is_array() {
                return None;
            }
            removal(&format!("{at} has no form in the contract."), target)
        }
    };
    Some(Action { does, paste })
}

/// Where something in the contract was written: in the document or in the overlay.
fn place_of(at: &Place, merged: &Merged, new: &Document, lines: &Lines) -> Option<String> {
    if at.get(&new.value).is_none()
        && let Some(line) = merged.origin(at).and_then(|place| lines.get(&place))
    {
        return Some(format!("{OVERLAY}:{line}"));
    }
    new.line(at).map(|line| format!("{}:{line}", new.name))
}

/// Reads a file, whatever it holds.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests;
