//! Every recorded update, from the bytes of its file to the files that are written.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use super::*;
use crate::workspace::root;

/// The day of every update here.
const TODAY: &str = "2026-12-01";

fn fixtures() -> PathBuf {
    root().join("xtask/fixtures")
}

/// Made here, so that no key stands in a file.
fn key() -> String {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let body: String = (0..48)
        .map(|index| letters[index * 37 % letters.len()])
        .collect();
    format!("sk-{body}")
}

/// The workspace of the fixtures in a folder of its own, with what is generated from its documents.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixtures().join("workspace"), folder.path());
        // What is not about the document is the real thing.
        for path in [
            "Cargo.toml",
            "Cargo.lock",
            "crates/imagegen-api/Cargo.toml",
            "crates/imagegen-api/src/lib.rs",
        ] {
            let to = folder.path().join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(root().join(path), to).unwrap();
        }
        let sources = Sources::read(folder.path()).unwrap();
        sources::write(folder.path(), &sources.build().unwrap()).unwrap();
        Self(folder)
    }

    fn update(&self, name: &str, bytes: &[u8], dry_run: bool) -> Report {
        let update = Update {
            root: self.0.path(),
            target: &root().join("target/openapi"),
            today: TODAY,
            dry_run,
        };
        update.run(name, bytes).unwrap()
    }

    /// Every file with what it holds.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(path) = open.pop() {
            match fs::read_dir(&path) {
                Ok(entries) => open.extend(entries.map(|entry| entry.unwrap().path())),
                Err(_) => {
                    let bytes = fs::read(&path).unwrap();
                    files.insert(path, bytes);
                }
            }
        }
        files
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The recorded updates, by name.
fn recorded() -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(fixtures().join("updates")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "txt"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap();
            let bytes = match String::from_utf8(bytes) {
                Ok(text) => text.replace("@KEY@", &key()).into_bytes(),
                Err(other) => other.into_bytes(),
            };
            (name, bytes)
        })
        .collect()
}

#[test]
fn every_recorded_update_has_its_report() {
    let updates = recorded();
    assert!(updates.len() >= 30);
    let mut wrong = Vec::new();
    for (name, bytes) in &updates {
        let workspace = Workspace::new();
        let before = workspace.files();
        let report = workspace.update(name, bytes, false);
        let text = format!("{}exit code: {}\n", report.text(), report.exit_code);
        let json = serde_json::to_string(&report).unwrap();
        for output in [&text, &json, &report.markdown()] {
            assert!(!output.contains(&key()), "{name} tells a key");
        }
        let after = workspace.files();
        if report.verdict == Verdict::TakenIn {
            assert!(
                !after.values().any(|bytes| contains(bytes, &key())),
                "{name} writes a key"
            );
            let files = Sources::read(workspace.0.path()).unwrap().build().unwrap();
            assert!(
                sources::check(workspace.0.path(), &files)
                    .unwrap()
                    .is_empty(),
                "{name} leaves a file stale"
            );
            // Once taken in, it is no news.
            let again = workspace.update(name, bytes, false);
            assert_eq!(
                again.verdict,
                Verdict::Unchanged,
                "{name}: {}",
                again.text()
            );
        } else {
            assert!(
                before == after,
                "{name} writes although nothing was decided"
            );
        }
        let path = fixtures().join("updates").join(format!("{name}.txt"));
        if env::var_os("UPDATE_REPORTS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let golden = sources::read_text(&path).unwrap_or_default();
        if golden != text {
            wrong.push(sources::excerpt(&format!("{name}.txt"), &golden, &text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would() {
    let workspace = Workspace::new();
    let before = workspace.files();
    let bytes = &recorded()["new-property.yaml"];
    let report = workspace.update("new-property.yaml", bytes, true);
    assert_eq!((report.verdict, report.exit_code), (Verdict::TakenIn, 0));
    assert!(before == workspace.files());
    let wrote = report
        .sections
        .iter()
        .find(|section| section.name == "wrote")
        .unwrap();
    assert!(
        wrote
            .findings
            .iter()
            .all(|finding| finding.kind == "would-write")
    );
    assert_eq!(wrote.findings.len(), 5);
}

#[test]
fn the_record_has_the_day_of_the_new_document() {
    let workspace = Workspace::new();
    workspace.update("a", &recorded()["new-property.yaml"], false);
    let record = fs::read_to_string(workspace.0.path().join("openapi/provenance.toml")).unwrap();
    assert_eq!(record.matches(TODAY).count(), 1, "{record}");
}

/// Applies every action that a report offers, as a person would who agrees, and takes the document in.
#[test]
fn the_actions_that_are_offered_are_enough() {
    for name in ["edits-and-videos.yaml", "type-against-the-overlay.yaml"] {
        let workspace = Workspace::new();
        let bytes = &recorded()[name];
        let report = workspace.update(name, bytes, false);
        assert_eq!(report.exit_code, 1);
        let overlay = workspace.0.path().join("openapi/overlay.yaml");
        let mut text = fs::read_to_string(&overlay).unwrap();
        let findings = report.sections.iter().flat_map(|section| &section.findings);
        for finding in findings
            .clone()
            .filter(|finding| finding.kind == "contradiction")
        {
            // Every contradiction here is about the action that adds the parameters.
            let keep = finding.actions[0]
                .paste
                .replace("x-overrules:\n", "")
                .replace('\n', "\n    ");
            let before = "    x-overrules:\n";
            if !text.contains(before) {
                let target = "  - description: Generation takes every parameter";
                text = text.replacen(
                    target,
                    &format!("  - x-overrules:\n    {}", &target[4..]),
                    1,
                );
                text = text.replacen(
                    "  - x-overrules:\n",
                    "  - x-place: 1\n    x-overrules:\n",
                    1,
                );
            }
            text = text.replacen(before, &format!("{before}    {keep}\n"), 1);
        }
        for finding in findings.filter(|finding| finding.kind == "or") {
            let action = finding.actions[0].paste.replace('\n', "\n  ");
            text = text.replacen("actions:\n", &format!("actions:\n  {action}\n"), 1);
        }
        fs::write(&overlay, text).unwrap();
        let report = workspace.update(name, bytes, false);
        assert_eq!(report.exit_code, 0, "{}", report.text());
    }
}

/// A parameter that is only given a place in the literal compiles, and is refused by every model.
#[test]
fn a_parameter_that_the_sdk_has_forgotten_is_named_wherever_it_is() {
    let workspace = Workspace::new();
    let root = workspace.0.path();
    workspace.update("a", &recorded()["new-property.yaml"], false);
    let request = root.join("crates/imagegen/src/wire/request.rs");
    let literal = "        n: None,\n";
    let source = fs::read_to_string(&request).unwrap();
    fs::write(
        &request,
        source.replace(
            literal,
            &format!("{literal}        negative_prompt: None,\n"),
        ),
    )
    .unwrap();
    let generated = fs::read_to_string(root.join(CLIENT)).unwrap();
    let forgotten = |name: &str| -> Vec<String> {
        let findings = sdk::forgotten(root, &generated).into_iter();
        let findings = findings.filter(|finding| finding.text.contains(name));
        findings.map(|finding| finding.kind).collect()
    };
    assert_eq!(forgotten("negative_prompt"), ["match", "row", "flag"]);

    for (path, text) in [
        (
            "crates/imagegen/src/models/seedream.rs",
            "text(\"negative_prompt\")",
        ),
        (
            "crates/imagegen-cli/src/request.rs",
            "flag(\"negative_prompt\")",
        ),
        (
            "crates/imagegen/src/wire/request.rs",
            "arm(\"negative_prompt\")",
        ),
    ] {
        let path = root.join(path);
        let source = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{source}fn more() {{ {text} }}\n")).unwrap();
    }
    assert!(forgotten("negative_prompt").is_empty());
}
