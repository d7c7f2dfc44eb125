use serde_json::json;

use super::*;

const DOCUMENT: &str = "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /a: {}\n";

fn read(text: &str) -> Document {
    Document::read("a.yaml", text.as_bytes()).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], message: &str) {
    let error = Document::read("a.yaml", bytes).err().unwrap();
    assert!(error.text.contains(message), "{}", error.text);
}

#[test]
fn encodings_and_line_endings_change_nothing() {
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(DOCUMENT.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [
        format!("\u{feff}{DOCUMENT}").into_bytes(),
        DOCUMENT.replace('\n', "\r\n").into_bytes(),
        utf_16,
    ] {
        assert_eq!(Document::read("a", &bytes).unwrap().text, DOCUMENT);
    }
    refused(b"a: \xff\xff", "neither UTF-8 nor UTF-16");
}

#[test]
fn a_page_around_the_document_is_left_out_and_its_lines_are_kept() {
    let place = Place::of(&["paths", "/a"]);
    for page in [
        format!("# Title\n\n```yaml\n{DOCUMENT}```\n\nMore: text\n```sh\ncurl\n```\n"),
        format!(
            "# Title\n\n  ~~~\n{}  ~~~\n",
            DOCUMENT
                .replace("\n", "\n  ")
                .replacen("openapi", "  openapi", 1)
        ),
        format!("# Title\n\nText: `a\n{DOCUMENT}"),
    ] {
        let document = read(&page);
        assert_eq!(document.text.trim(), DOCUMENT.trim(), "{page}");
        assert_eq!(document.line(&place), Some(7), "{page}");
    }
    let two = format!("Two\n```\n{DOCUMENT}```\n```\n{DOCUMENT}```\n");
    refused(two.as_bytes(), "holds 2 OpenAPI documents (at lines 3, 9)");
}

#[test]
fn what_is_no_document_is_called_what_it_is() {
    refused(b"", "is empty");
    refused(b"# only a comment\n", "is empty");
    refused(b"<!doctype html><html></html>", "is a web page");
    refused(b"{\"success\":false}", "it has success");
    refused(b"swagger: '2.0'", "Swagger 2.0");
    refused(b"[1, 2]", "is a list");
    refused(b"openapi: 3.0.1\ninfo: {}\n", "has no `paths`");
    refused(
        b"openapi: 3.2.0\ninfo: {}\npaths: {}",
        "is OpenAPI 3.2.0: export it as 3.0",
    );
    refused(b"openapi: 3.0.1\na: 1\na: 2\n", "duplicate entry");
    let error = Document::read("a", b"openapi: 3.0.1\npaths:\n\t/a: {}\n")
        .err()
        .unwrap();
    assert_eq!(error.line, Some(3));
}

#[test]
fn no_key_is_in_a_message_or_in_what_is_written() {
    let key: String = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .take(60)
        .collect();
    for text in [
        format!("{DOCUMENT}x: sk-{key}\n"),
        format!("{DOCUMENT}x: {{name: X-Api-Key, in: header, example: hunter2hunter}}\n"),
    ] {
        let document = read(&text);
        assert_eq!(document.keys.len(), 1);
        assert_eq!(document.keys[0].line, 5);
        assert!(!document.text.contains(&key) && !document.text.contains("hunter2"));
        assert!(!document.value.to_string().contains("hunter2"));
    }
    let broken = format!("openapi: 'sk-{key}\n\tx");
    let error = Document::read("a", broken.as_bytes()).err().unwrap();
    assert!(!error.text.contains(&key), "{}", error.text);
}

#[test]
fn numbers_where_text_belongs_are_taken_as_text() {
    let document = read("openapi: 3.0\ninfo: {title: t, version: 1.0}\npaths: {/a: {}}\n");
    assert_eq!(document.value["openapi"], "3.0.0");
    assert_eq!(document.value["info"]["version"], "1.0");
}

#[test]
fn a_document_of_3_1_is_lowered() {
    let schema = json!({
        "type": ["object", "null"],
        "properties": {
            "type": { "type": "string", "const": "a" },
            "n": { "type": ["integer", "null"], "exclusiveMinimum": 0, "examples": [1, 2] },
            "image": { "type": ["string", "array"], "maxLength": 3, "items": { "type": "string" } },
            "file": { "type": "string", "contentMediaType": "application/octet-stream" },
            "one": { "anyOf": [{ "$ref": "#/components/schemas/A" }, { "type": "null" }], "description": "d" },
            "ref": { "$ref": "#/components/schemas/A", "description": "d" },
            "any": true,
        },
    });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1", "summary": "s" },
        "webhooks": {},
        "paths": { "/a": {} },
        "components": { "schemas": { "A": schema, "B": { "patternProperties": {} }, "C": { "items": false } } },
    });
    let document = read(&document.to_string());
    let a = &document.value["components"]["schemas"]["A"];
    assert_eq!(
        (&a["type"], &a["nullable"]),
        (&json!("object"), &json!(true))
    );
    let reference = json!([{ "$ref": "#/components/schemas/A" }]);
    assert_eq!(
        a["properties"],
        json!({
            "type": { "type": "string", "enum": ["a"] },
            "n": { "type": "integer", "nullable": true, "minimum": 0, "exclusiveMinimum": true, "example": 1 },
            "image": { "oneOf": [{ "type": "string", "maxLength": 3 }, { "type": "array", "items": { "type": "string" } }] },
            "file": { "type": "string", "format": "binary" },
            "one": { "allOf": reference, "nullable": true, "description": "d" },
            "ref": { "allOf": reference, "description": "d" },
            "any": {},
        })
    );
    let foreign: Vec<String> = document
        .foreign
        .iter()
        .map(|(at, _)| at.to_string())
        .collect();
    assert_eq!(
        foreign,
        [
            "components.schemas.B.patternProperties",
            "components.schemas.C.items",
        ]
    );
}
