//! The third step: Rust from the lowered document, checked for what must never be in it.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle};
use quote::ToTokens as _;

use super::{
    lower::{Known, Lowered, snake},
    refine::refine,
};

/// Generates the client and its types, as formatted source.
pub(crate) fn client(lowered: &Lowered) -> Result<String> {
    let mut settings = GenerationSettings::default();
    settings
        // Struct literals that name every field: a new one upstream is a compile error for whoever has to decide.
        .with_interface(InterfaceStyle::Positional)
        // Tags are dropped, and the gateway's would name a trait in Chinese.
        .with_tag(TagStyle::Merged)
        // What every call has in common is written by hand in lib.rs.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(syn::parse_quote!(crate::CallContext))
        .with_derive("PartialEq");
    let tokens = Generator::new(&settings)
        .generate_tokens(&lowered.document)
        .context("the generator refuses the lowered document")?;
    let file = syn::parse2(tokens).context("the generator wrote invalid Rust")?;
    let source = refine(file, &lowered.renames)?;
    verify(&source, &operations(lowered))?;
    Ok(source)
}

/// Generates the lists of known words.
pub(crate) fn known(known: &Known) -> String {
    let mut source = String::from(
        "//! Words known today for strings that take others too: the `x-known-values` of the contract.\n",
    );
    for (name, list) in known {
        source.push_str(&format!("\n/// From `{}`.\n", list.at));
        if !list.docs.is_empty() {
            source.push_str("///\n");
        }
        for line in list.docs.iter().flat_map(|text| text.lines()) {
            source.push_str(format!("/// {line}").trim_end());
            source.push('\n');
        }
        source.push_str(&format!("pub const {name}: &[&str] = &[\n"));
        for word in &list.words {
            source.push_str(&format!("    {word:?},\n"));
        }
        source.push_str("];\n");
    }
    source
}

/// The operation ids of a lowered document.
fn operations(lowered: &Lowered) -> BTreeSet<String> {
    let operations = lowered.document.operations();
    operations
        .filter_map(|(_, _, operation)| operation.operation_id.as_deref().map(snake))
        .collect()
}

/// Refuses generated code that would misbehave, should a new version of the generator write such.
fn verify(source: &str, operations: &BTreeSet<String>) -> Result<()> {
    let file = syn::parse_file(source)?;
    let generated: BTreeSet<String> = file.items.iter().flat_map(async_methods).collect();
    ensure!(
        generated == *operations,
        "generated code: the operations are {generated:?} instead of {operations:?}"
    );
    for item in &file.items {
        calls_are_what_is_sent(item)?;
    }
    // Descriptions may use any word.
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("///"))
        .collect();
    let code = code.join("\n");
    for (text, why) in [
        (
            "ErrorResponse",
            "a typed error answer, which loses its status when it does not decode",
        ),
        (
            "Duration",
            "a time limit of the generator's choice, which is shorter than most images take",
        ),
        (
            "default = \"",
            "a default that is always sent, to vendors who do not know it too",
        ),
        (
            "deny_unknown_fields",
            "a type that refuses what vendors add",
        ),
        ("NonZero", "a number that refuses what vendors send"),
        (
            "\"api-version\"",
            "a header with the version of the document, which no vendor knows",
        ),
        ("ResponseValue<ByteStream>", "an unread answer in two boxes"),
        ("::std::option::Option", "a long name of the prelude"),
    ] {
        ensure!(
            !code.contains(text),
            "generated code: there is {why} (`{text}`)"
        );
    }
    Ok(())
}

/// Refuses a method that shows what is not sent: a path with a fragment, a header that a later one overrides.
fn calls_are_what_is_sent(item: &syn::Item) -> Result<()> {
    let syn::Item::Impl(item) = item else {
        return Ok(());
    };
    for item in &item.items {
        let syn::ImplItem::Fn(method) = item else {
            continue;
        };
        let (name, text) = (
            &method.sig.ident,
            method.block.to_token_stream().to_string(),
        );
        let url = text
            .split_once("let url =")
            .and_then(|(_, rest)| rest.split(';').next());
        ensure!(
            !url.is_some_and(|url| url.contains('#')),
            "generated code: `{name}` has a fragment in its URL"
        );
        ensure!(
            text.matches("CONTENT_TYPE").count() + text.matches("\"Content-Type\"").count() <= 1,
            "generated code: `{name}` sets its content type twice"
        );
    }
    Ok(())
}

fn async_methods(item: &syn::Item) -> Vec<String> {
    let syn::Item::Impl(item) = item else {
        return Vec::new();
    };
    let methods = item.items.iter().filter_map(|item| match item {
        syn::ImplItem::Fn(f) if f.sig.asyncness.is_some() => Some(f.sig.ident.to_string()),
        _ => None,
    });
    methods.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::lower::KnownWords;

    const SOUND: &str =
        "\n/// Duration\nimpl Client { pub async fn make(&self) {} fn helper(&self) {} }";

    #[track_caller]
    fn refused(source: &str, message: &str) {
        let operations = BTreeSet::from(["make".to_owned()]);
        let error = verify(source, &operations).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn sound_code_passes() {
        verify(SOUND, &BTreeSet::from(["make".to_owned()])).unwrap();
    }

    #[test]
    fn another_set_of_operations_is_refused() {
        refused(
            "impl Client {}",
            "the operations are {} instead of {\"make\"}",
        );
        refused(
            "impl Client { async fn make() {} async fn more() {} }",
            "{\"make\", \"more\"}",
        );
    }

    #[test]
    fn code_that_would_misbehave_is_refused() {
        for (code, message) in [
            (
                "const A: Error = Error::ErrorResponse;",
                "typed error answer",
            ),
            ("const A: Duration = Duration::from_secs(15);", "time limit"),
            (
                "struct A { #[serde(default = \"f\")] a: u8 }",
                "default that is always sent",
            ),
            (
                "#[serde(deny_unknown_fields)] struct A {}",
                "refuses what vendors add",
            ),
            (
                "struct A { a: ::std::num::NonZeroU64 }",
                "refuses what vendors send",
            ),
            (
                "type A = Result<ResponseValue<ByteStream>, ()>;",
                "two boxes",
            ),
            (
                "impl A { fn a(&self) { let url = format!(\"{}/a#b\", self.baseurl); } }",
                "`a` has a fragment",
            ),
            (
                "impl A { fn a(&self) { r.header(CONTENT_TYPE, x); m.append(\"Content-Type\", y); } }",
                "`a` sets its content type twice",
            ),
        ] {
            refused(&format!("{SOUND} {code}"), message);
        }
    }

    #[test]
    fn known_words_become_constants() {
        let mut words = Known::new();
        words.insert(
            "SIZES".into(),
            KnownWords {
                at: "components.schemas.A.properties.size".into(),
                words: vec!["1K".into(), "a\"b".into()],
                docs: vec!["Of a\nfile.".into()],
            },
        );
        assert!(known(&words).ends_with(
            "\n/// From `components.schemas.A.properties.size`.\n///\n/// Of a\n/// file.\n\
             pub const SIZES: &[&str] = &[\n    \"1K\",\n    \"a\\\"b\",\n];\n"
        ));
    }
}
