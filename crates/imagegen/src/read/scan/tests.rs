use super::*;
use crate::read::decode_text;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a scan of the whole document gives: its skeleton, and each picture with its verdict.
fn scan(document: &[u8], piece: usize) -> (Value, Vec<(Vec<u8>, bool)>) {
    let mut scanner = Scanner::new();
    let mut pictures: Vec<(Output, bool)> = Vec::new();
    let mut unused = Output::new();
    for piece in document.chunks(piece.max(1)) {
        let mut input = piece;
        while !input.is_empty() {
            let out = pictures.last_mut().map_or(&mut unused, |(bytes, _)| bytes);
            let (used, step) = scanner.feed(input, out);
            input = &input[used..];
            match step {
                Step::Began => pictures.push((Output::new(), false)),
                Step::Ended(sound) => pictures.last_mut().unwrap().1 = sound,
                Step::More | Step::Whole => {}
                Step::LineEnd => unreachable!(),
            }
        }
    }
    assert!(unused.is_empty());
    let pictures = pictures
        .into_iter()
        .map(|(bytes, sound)| (bytes.into_vec(), sound));
    (
        serde_json::from_slice(scanner.skeleton()).unwrap_or(Value::Null),
        pictures.collect(),
    )
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

const PICTURE: [u8; 200] = [0xff; 200];

#[test]
fn pictures_are_found_wherever_they_stand() {
    let text = base64(&PICTURE);
    for document in [
        json!({"created": 1, "data": [{"b64_json": text, "url": ""}]}),
        json!({"data": [{"url": "", "b64_json": text}], "usage": {"a": [1, {"b": 2}]}}),
        json!({"data": [text]}),
        json!({"data": [{"b64_json": format!("data:image/png;base64,{text}")}]}),
        json!({"data": [{"url": format!("data:image/png;base64,{text}")}]}),
        json!({"data": [{"url": [format!("data:image/png;base64,{text}")]}]}),
        json!({"type": "image_generation.completed", "b64_json": text}),
        json!({"a": {"b64_json": "x"}, "b": "b64_json", "c": {"d": {"b64_json": text}}}),
    ] {
        let plain = document.to_string();
        let escaped = plain.replace('/', "\\/").replace('+', "\\u002B");
        for body in [plain, escaped] {
            for piece in [1, 2, 3, 5, 64, 4096] {
                let (skeleton, pictures) = scan(body.as_bytes(), piece);
                assert_eq!(pictures, [(PICTURE.to_vec(), true)], "{body} by {piece}");
                assert!(skeleton.to_string().contains("\\u00000"), "{skeleton}");
            }
        }
    }
}

#[test]
fn a_control_character_is_not_the_letter_it_is_written_with() {
    let text = base64(&PICTURE);
    for (escape, sound) in [("\\b", false), ("\\f", true), ("\\t", true)] {
        let body = format!("{{\"b64_json\":\"{text}{escape}\"}}");
        let (_, pictures) = scan(body.as_bytes(), 64);
        assert_eq!(pictures[0].1, sound, "{escape}");
    }
}

#[test]
fn white_space_before_a_picture_means_nothing() {
    let text = base64(&PICTURE);
    for blank in [" ", "\\n\\t"] {
        let body = format!("{{\"b64_json\":\"{blank}data:image/png;base64,{text}\"}}");
        let (_, pictures) = scan(body.as_bytes(), 7);
        assert_eq!(pictures, [(PICTURE.to_vec(), true)]);
    }
}

#[test]
fn what_is_no_picture_stays_in_the_skeleton() {
    let long = "https://example.com/".to_owned() + &"a".repeat(300);
    for document in [
        json!({"data": [{"url": long, "b64_json": null}]}),
        json!({"data": [long]}),
        json!({"data": [{"b64_json": ""}, {"b64_json": "AAAA"}]}),
        json!({"revised_prompt": "p\"\\".repeat(200), "b64_json2": "A".repeat(200)}),
        json!({"data": {"task_id": "t".repeat(200)}, "x": ["A".repeat(300)]}),
    ] {
        for piece in [1, 7, 4096] {
            let (skeleton, pictures) = scan(document.to_string().as_bytes(), piece);
            assert_eq!((skeleton, pictures.len()), (document.clone(), 0));
        }
    }
}

#[test]
fn a_damaged_picture_does_not_hide_the_next() {
    let text = base64(&PICTURE);
    let damaged = format!("{}*{}", &text[..100], &text[100..]);
    let body = json!({"data": [{"b64_json": damaged}, {"b64_json": text}]}).to_string();
    let (_, pictures) = scan(body.as_bytes(), 50);
    assert!(!pictures[0].1);
    assert_eq!(pictures[1], (PICTURE.to_vec(), true));
}

#[test]
fn what_has_no_end_is_stopped() {
    let mut scanner = Scanner::new();
    scanner.feed(&[b'['].repeat(200), &mut Output::new());
    assert_eq!(scanner.too_much(), Some(TooMuch::Depth));
    let mut scanner = Scanner::new();
    scanner.feed(b"{\"a\":\"", &mut Output::new());
    for _ in 0..=MAX_SKELETON / 65536 {
        scanner.feed(&[b'a'; 65536], &mut Output::new());
    }
    assert_eq!(scanner.too_much(), Some(TooMuch::Json));
    assert!(scanner.skeleton().len() <= MAX_SKELETON);
}

/// A part of a picture's text: as it stands in the JSON.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        40 => "[A-Za-z0-9+]{1,100}",
        40 => Just("\\/".to_owned()),
        1 => "(\\\\u002[BbFf]|\\\\u003[Dd]|\\\\u0041|\\\\n|\\\\r\\\\n|\\\\t|[_/ -])",
    ]
}

proptest! {
    #[test]
    fn an_escaped_picture_is_what_its_text_decodes_to(
        parts in proptest::collection::vec(part(), 0..200),
        end in prop_oneof![
            8 => Just(String::new()),
            2 => "=?=",
            1 => "(\\*|\\\\\\\\|\\\\\"|\\\\u00e9|\\\\b|é)[A-Za-z0-9]{0,90}",
        ],
        piece in prop_oneof![1usize..9, 1usize..5000],
    ) {
        let text = "A".repeat(HEAD) + &parts.concat() + &end;
        let body = format!("{{\"b64_json\":\"{text}\"}}");
        let plain: Value = serde_json::from_str(&body).unwrap();
        let decoded = decode_text(plain["b64_json"].as_str().unwrap());
        let (_, pictures) = scan(body.as_bytes(), piece);
        prop_assert_eq!(pictures[0].1, decoded.is_ok());
        if let Ok(bytes) = decoded {
            prop_assert_eq!(&pictures[0].0, &bytes);
        }
    }

    #[test]
    fn no_bytes_panic(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'{'), Just(b'[')], 0..400),
        piece in 1usize..40,
    ) {
        let with_key = [b"{\"b64_json\":\"".as_slice(), &bytes].concat();
        for document in [bytes, with_key] {
            scan(&document, piece);
        }
    }
}
