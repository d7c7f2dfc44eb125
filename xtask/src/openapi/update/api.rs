//! What a new contract changes in the generated crate, and whether that compiles.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use quote::ToTokens as _;
use serde_json::Value;
use syn::{ImplItem, Item};
use toml::Table;

use super::report::Finding;
use crate::workspace::cargo;

const CRATE: &str = "crates/imagegen-api";

/// Errors of the compiler that are shown.
const SHOWN: usize = 10;

/// What a generated source offers, by name.
type Surface = BTreeMap<String, String>;

/// The methods, types and fields of a generated source.
fn surface(source: &str) -> Surface {
    let mut surface = Surface::new();
    let Ok(file) = syn::parse_file(source) else {
        return surface;
    };
    for item in &file.items {
        match item {
            Item::Impl(item) if item.trait_.is_none() => {
                for item in &item.items {
                    if let ImplItem::Fn(method) = item {
                        let arguments = method
                            .sig
                            .inputs
                            .iter()
                            .skip(1)
                            .map(|argument| plain(argument.to_token_stream().to_string()));
                        let text = format!("({})", arguments.collect::<Vec<_>>().join(", "));
                        surface.insert(format!("Client::{}", method.sig.ident), text);
                    }
                }
            }
            Item::Mod(module) if module.ident == "types" => {
                if let Some((_, items)) = &module.content {
                    for item in items {
                        of_type(item, &mut surface);
                    }
                }
            }
            Item::Const(item) => {
                surface.insert(
                    format!("known::{}", item.ident),
                    plain(item.expr.to_token_stream().to_string()),
                );
            }
            _ => {}
        }
    }
    surface
}

fn of_type(item: &Item, surface: &mut Surface) {
    match item {
        Item::Struct(item) => {
            surface.insert(format!("types::{}", item.ident), "a struct".to_owned());
            for field in &item.fields {
                if let Some(name) = &field.ident {
                    let ty = plain(field.ty.to_token_stream().to_string());
                    surface.insert(format!("types::{}.{name}", item.ident), ty);
                }
            }
        }
        Item::Enum(item) => {
            let variants = item
                .variants
                .iter()
                .map(|variant| plain(variant.to_token_stream().to_string()));
            let text = format!("an enum of {}", variants.collect::<Vec<_>>().join(", "));
            surface.insert(format!("types::{}", item.ident), text);
        }
        _ => {}
    }
}

fn plain(tokens: String) -> String {
    tokens
        .replace(" :: ", "::")
        .replace(":: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("& [", "[")
        .replace("& str", "&str")
        .replace("& 'a ", "&")
        .replace(" : ", ": ")
}

/// A change of the generated crate.
pub(super) struct ApiChange {
    pub(super) kind: &'static str,
    /// `types::CreateImageRequest.seed`.
    pub(super) name: String,
    text: String,
}

impl ApiChange {
    pub(super) fn finding(&self) -> Finding {
        Finding::new(self.kind, format!("{}: {}", self.name, self.text))
    }

    /// The method of the client.
    pub(super) fn method(&self) -> Option<&str> {
        self.name.strip_prefix("Client::")
    }

    /// The type and the field, if a field came or went.
    pub(super) fn field(&self) -> Option<(&str, &str)> {
        self.name.strip_prefix("types::")?.split_once('.')
    }
}

/// The fields of the types in a generated source, as type and field.
pub(super) fn fields(source: &str) -> Vec<(String, String)> {
    let names = surface(source).into_keys();
    names
        .filter_map(|name| {
            let (ty, field) = name.strip_prefix("types::")?.split_once('.')?;
            Some((ty.to_owned(), field.to_owned()))
        })
        .collect()
}

/// What is added, removed and changed between two sources of the generated crate.
pub(super) fn changes(old: &str, new: &str) -> Vec<ApiChange> {
    let (old, new) = (surface(old), surface(new));
    let names = old
        .keys()
        .chain(new.keys().filter(|name| !old.contains_key(*name)));
    let mut changes: Vec<ApiChange> = names
        .filter_map(|name| {
            let (kind, text) = match (old.get(name), new.get(name)) {
                (None, Some(text)) => ("added", text.clone()),
                (Some(text), None) => ("removed", text.clone()),
                (Some(old), Some(new)) if old != new => ("changed", changed(old, new)),
                _ => return None,
            };
            let name = name.clone();
            Some(ApiChange { kind, name, text })
        })
        .collect();
    changes.sort_by(|one, other| one.name.cmp(&other.name));
    changes
}

/// Of lists of words only the words that differ are told.
fn changed(old: &str, new: &str) -> String {
    let words = |list: &str| -> Option<Vec<String>> {
        let list = list.strip_prefix('[')?.strip_suffix(']')?;
        Some(
            list.split(',')
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect(),
        )
    };
    let (Some(old_words), Some(new_words)) = (words(old), words(new)) else {
        return format!("{old} -> {new}");
    };
    let more = new_words
        .iter()
        .filter(|word| !old_words.contains(word))
        .map(|word| format!("+{word}"));
    let fewer = old_words
        .iter()
        .filter(|word| !new_words.contains(word))
        .map(|word| format!("-{word}"));
    let all: Vec<String> = more.chain(fewer).collect();
    if all.is_empty() {
        "another order".to_owned()
    } else {
        all.join(", ")
    }
}

/// Compiles the crate with these generated files; returns the compiler's errors.
pub(super) fn compile(
    root: &Path,
    target: &Path,
    client: &str,
    known: &str,
) -> Result<Vec<Finding>> {
    // One at a time: they share the folder, and what is compiled of the dependencies.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = target.join(format!("crate-{}", std::process::id()));
    let source = folder.join("src");
    fs::create_dir_all(&source).with_context(|| format!("cannot make {}", source.display()))?;
    fs::write(folder.join("Cargo.toml"), manifest(root)?)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .context("cannot read Cargo.lock")?;
    fs::copy(root.join(CRATE).join("src/lib.rs"), source.join("lib.rs"))
        .context("cannot read the API crate")?;
    fs::write(source.join("generated.rs"), client)?;
    fs::write(source.join("known.rs"), known)?;
    let output = Command::new(cargo())
        .args(["check", "--offline", "--quiet", "--message-format", "json"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", target.join("build"))
        .output()
        .context("cannot run cargo")?;
    let errors = if output.status.success() {
        Vec::new()
    } else {
        errors(&output.stdout, &output.stderr)
    };
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    Ok(errors)
}

fn errors(stdout: &[u8], stderr: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in stdout.split(|byte| *byte == b'\n') {
        let message: Value = serde_json::from_slice(line).unwrap_or_default();
        let message = &message["message"];
        if message["level"] != "error" || message["spans"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let span = &message["spans"][0];
        let code = message["code"]["code"].as_str().unwrap_or_default();
        let text = message["message"].as_str().unwrap_or_default();
        let file = span["file_name"]
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .unwrap_or_default();
        let line = &span["line_start"];
        let shown = span["text"][0]["text"].as_str().unwrap_or_default().trim();
        findings.push(Finding {
            decide: true,
            place: Some(format!("{file}:{line}, not written")),
            ..Finding::new("does-not-compile", format!("{code} {text}: `{shown}`"))
        });
    }
    if findings.is_empty() {
        let text = String::from_utf8_lossy(stderr);
        let text = text.lines().take(4).collect::<Vec<_>>().join(" ");
        findings.push(Finding {
            decide: true,
            ..Finding::new("does-not-compile", text)
        });
    }
    findings.truncate(SHOWN);
    findings
}

/// The crate's manifest as one of its own, with what it takes from the workspace written out.
fn manifest(root: &Path) -> Result<String> {
    let read = |path: PathBuf| -> Result<Table> {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        text.parse().with_context(|| path.display().to_string())
    };
    let workspace = read(root.join("Cargo.toml"))?;
    let mut own = read(root.join(CRATE).join("Cargo.toml"))?;
    let shared =
        |section: &str, key: &str| workspace.get("workspace")?.get(section)?.get(key).cloned();
    if let Some(package) = own.get_mut("package").and_then(toml::Value::as_table_mut) {
        for (key, value) in package.iter_mut() {
            if value.get("workspace").is_some()
                && let Some(shared) = shared("package", key)
            {
                *value = shared;
            }
        }
        package.remove("readme");
    }
    if let Some(dependencies) = own
        .get_mut("dependencies")
        .and_then(toml::Value::as_table_mut)
    {
        for (key, value) in dependencies.iter_mut() {
            let Some(own) = value
                .as_table_mut()
                .filter(|own| own.contains_key("workspace"))
            else {
                continue;
            };
            let mut whole = match shared("dependencies", key) {
                Some(toml::Value::Table(table)) => table,
                Some(version) => Table::from_iter([("version".to_owned(), version)]),
                None => Table::new(),
            };
            own.remove("workspace");
            for (key, value) in own.iter() {
                match (whole.get_mut(key), value) {
                    (Some(toml::Value::Array(list)), toml::Value::Array(more)) => {
                        list.extend(more.clone());
                    }
                    _ => {
                        whole.insert(key.clone(), value.clone());
                    }
                }
            }
            *value = whole.into();
        }
    }
    for key in ["dev-dependencies", "lints"] {
        own.remove(key);
    }
    own.insert("workspace".to_owned(), Table::new().into());
    Ok(toml::to_string(&own)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_is_told_by_its_name() {
        let old = "impl Client { pub async fn a(&self, b: &str) {} } pub mod types { pub struct A { pub x: Option<String> } } \
                   pub const W: &[&str] = &[\"a\", \"b\"];";
        let new = "impl Client { pub async fn b(&self) {} } pub mod types { pub struct A { pub y: i64, pub x: String } } \
                   pub const W: &[&str] = &[\"b\", \"c\"];";
        let lines: Vec<String> = changes(old, new)
            .iter()
            .map(|change| format!("{} {}: {}", change.kind, change.name, change.text))
            .collect();
        assert_eq!(
            lines,
            [
                "removed Client::a: (b: &str)",
                "added Client::b: ()",
                "changed known::W: +\"c\", -\"a\"",
                "changed types::A.x: Option<String> -> String",
                "added types::A.y: i64",
            ]
        );
    }
}
