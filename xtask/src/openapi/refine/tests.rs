use std::collections::BTreeMap;

use super::*;
use crate::openapi::lower::Rename;

fn refined_with(types: &str, renamed: &Renames) -> String {
    let source = format!(
        "impl Client {{ pub fn new() {{}} pub fn other() {{}} }} \
         pub mod types {{ {types} }} pub mod prelude {{ pub use super::Client; }}"
    );
    refine(syn::parse_file(&source).unwrap(), renamed).unwrap()
}

fn refined(types: &str) -> String {
    refined_with(types, &Renames::default())
}

/// A method with these statements in front of the chain that builds its request.
fn call(before: &str, chain: &str) -> String {
    let source = format!(
        "impl Client {{ pub fn new() {{}} pub async fn call(&self) -> Result<ResponseValue<ByteStream>, Error<()>> {{
            let url = format!(\"{{}}/v1/images#call_raw\", self.baseurl,);
            let mut header_map = HeaderMap::with_capacity(1usize);
            header_map.append(HeaderName::from_static(\"api-version\"), VERSION);
            {before}
            let request = self.client.post(url).json(&body){chain}.headers(header_map).build()?;
            Ok(ResponseValue::stream(response))
        }} }} pub mod types {{}}"
    );
    refine(syn::parse_file(&source).unwrap(), &Renames::default()).unwrap()
}

#[test]
fn the_constructor_with_a_time_limit_is_removed() {
    let source = refined("");
    assert!(!source.contains("fn new") && source.contains("fn other"));
    assert!(!source.contains("prelude"));
}

#[test]
fn a_missing_constructor_is_noticed() {
    let file = syn::parse_file("pub mod types {}").unwrap();
    assert!(refine(file, &Renames::default()).is_err());
}

#[test]
fn a_call_carries_neither_version_nor_fragment_and_hands_over_an_unread_answer() {
    let source = call("", "");
    for expected in [
        "let url = self.operation_url(\"/v1/images\")?;",
        "self.client.post(url).json(&body).build()?",
        "-> Result<reqwest::Response, Error<()>>",
        "Ok(response)",
    ] {
        assert!(source.contains(expected), "{source}");
    }
    assert!(!source.contains("header_map"), "{source}");
}

#[test]
fn other_headers_keep_their_map_wherever_they_are_added() {
    for before in [
        "header_map.append(HeaderName::from_static(\"x\"), x);",
        "if let Some(value) = x { header_map.append(\"x\", value.to_string().try_into()?); }",
    ] {
        let source = call(before, "");
        assert!(!source.contains("api-version"), "{source}");
        assert!(source.contains("let mut header_map"), "{source}");
        assert!(source.contains(".headers(header_map)"), "{source}");
    }
}

#[test]
fn the_callers_content_type_is_the_only_one() {
    let chain = ".header(::reqwest::header::CONTENT_TYPE, octets)";
    assert!(call("", chain).contains("CONTENT_TYPE"));
    let source = call(
        "header_map.append(\"Content-Type\", content_type.to_string().try_into()?);",
        chain,
    );
    assert!(!source.contains("CONTENT_TYPE"), "{source}");
}

#[test]
fn a_path_with_parameters_keeps_its_format() {
    let source = "impl Client { fn new() {} fn a(&self) {
        let url = format!(\"{}/v1/a/{}\", self.baseurl, id,);
    } } pub mod types {}";
    let source = refine(syn::parse_file(source).unwrap(), &Renames::default()).unwrap();
    assert!(
        source.contains("format!(\"{}/v1/a/{}\", self.baseurl, id,)"),
        "{source}"
    );
}

#[test]
fn structs_get_a_default_unless_they_have_one_or_a_field_has_to_be_chosen() {
    let source = refined(
        "#[derive(Clone)] pub struct A { a: u8 } #[derive(Clone)] pub enum E { V } \
         #[derive(Clone)] pub struct B { e: E } \
         #[derive(Clone)] pub struct C { a: u8 } impl ::std::default::Default for C {}",
    );
    assert!(source.contains("#[derive(Clone, Default)]\n    #[cfg_attr(feature = \"schemars\""));
    assert_eq!(source.matches(", Default)").count(), 1);
    assert_eq!(source.matches("JsonSchema").count(), 4);
}

#[test]
fn a_field_gets_its_own_name_back() {
    let field = Rename {
        ident: "seed_2".into(),
        wire: "Seed".into(),
    };
    let renamed = Renames(BTreeMap::from([("renamed_1".to_owned(), field)]));
    let source = refined_with(
        "pub struct A { #[serde(default)] pub renamed_1: u8, pub seed: u8 }",
        &renamed,
    );
    assert!(
        source.contains("#[serde(rename = \"Seed\", default)]\n        pub seed_2: u8,"),
        "{source}"
    );
}

#[test]
fn names_of_the_prelude_are_short_and_docs_have_a_line_each() {
    let source = refined(
        "/** First.\n\nSecond. */ pub struct A { \
         #[serde(skip_serializing_if = \"::std::option::Option::is_none\")] \
         pub a: ::std::option::Option<::std::string::String> }",
    );
    assert!(source.contains("/// First.\n    ///\n    /// Second.\n"));
    assert!(source.contains("pub a: Option<String>,"));
    assert!(source.contains("\"Option::is_none\""));
}

#[test]
fn the_docs_show_the_path_that_is_sent() {
    let source = refined("/** Sends a `POST` request to `/v1/a#b` */ pub struct A {}");
    assert!(
        source.contains("/// Sends a `POST` request to `/v1/a`\n"),
        "{source}"
    );
}
