//! The record of where each document came from: written by hand, except for what can be computed.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

const HEADER: &str = "\
# Where the documents in this folder come from.
#
# `openapi`, `version` and `sha256` are written by `cargo xtask openapi`; the rest is written by hand.
# Hashes are taken with LF line endings.
";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Provenance {
    document: Vec<Document>,
}

/// One document. The order of the fields is that of the file.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    file: String,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retrieved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    openapi: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default)]
    sha256: String,
}

/// Brings the record up to date with the documents, given as name, text and parsed value. `retrieved` is the day of a
/// new first one.
pub(crate) fn update(
    record: &str,
    documents: &[(&str, &str, &Value)],
    retrieved: Option<&str>,
) -> Result<String> {
    let mut record: Provenance = toml::from_str(record).context("openapi/provenance.toml")?;
    let days = std::iter::once(retrieved).chain(std::iter::repeat(None));
    for ((name, text, value), day) in documents.iter().zip(days) {
        let Some(entry) = record.document.iter_mut().find(|entry| entry.file == *name) else {
            bail!("openapi/provenance.toml: has no entry for {name}");
        };
        if let Some(day) = day {
            entry.retrieved = Some(day.to_owned());
        }
        entry.openapi = value["openapi"].as_str().map(str::to_owned);
        entry.version = value["info"]["version"].as_str().map(str::to_owned);
        entry.sha256 = sha256(text);
    }
    Ok(format!("{HEADER}\n{}", toml::to_string(&record)?))
}

/// The hash of a text in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RECORD: &str = "[[document]]\nfile = \"a.yaml\"\norigin = \"here\"\n";

    #[test]
    fn the_hash_is_the_usual_one() {
        assert_eq!(
            sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn computed_facts_are_filled_in_and_written_ones_kept() {
        let value = json!({"openapi": "3.0.1", "info": {"version": "2"}});
        let updated = update(RECORD, &[("a.yaml", "abc", &value)], None).unwrap();
        assert!(
            updated.contains(
                "origin = \"here\"\nopenapi = \"3.0.1\"\nversion = \"2\"\nsha256 = \"ba78"
            )
        );
        assert_eq!(
            update(&updated, &[("a.yaml", "abc", &value)], None).unwrap(),
            updated
        );
    }

    #[test]
    fn a_new_document_has_its_own_day() {
        let value = json!({"openapi": "3.0.1"});
        let updated = update(RECORD, &[("a.yaml", "abc", &value)], Some("2026-12-01")).unwrap();
        assert!(updated.contains("retrieved = \"2026-12-01\""), "{updated}");
    }

    #[test]
    fn a_document_without_an_entry_is_named() {
        let error = update(RECORD, &[("b.yaml", "", &json!({}))], None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "openapi/provenance.toml: has no entry for b.yaml"
        );
    }
}
