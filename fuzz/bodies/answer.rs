//! An answer that is scanned in pieces means what a plain reading of its JSON means.

use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use imagegen::__private::{self as door, Meaning, Part};
use imagegen::{ImageData, ImageEvent};
use serde_json::Value;

use super::pieces;

/// The seed of the cuts, `r` or `s`, then the body as it is (`r`) or what to make one of (`s`).
pub(crate) fn run(data: &[u8]) {
    let Some((seed, [how, data @ ..])) = pieces::seed(data) else {
        return;
    };
    if how & 1 == 0 {
        compare(data, seed);
    } else if let Ok(body) = answer(&mut Unstructured::new(data)) {
        compare(body.as_bytes(), seed);
    }
}

fn compare(body: &[u8], seed: u16) {
    let pieces = pieces::cut(body, seed);
    let scanned = door::scan(pieces.iter().copied());
    let pieces = pieces.into_iter().map(Bytes::copy_from_slice).collect();
    // Without a length, nothing is collected and parsed as it is.
    let (parts, ended) = door::body(pieces, None);
    let (at_once, ended_at_once) = door::body(vec![Bytes::copy_from_slice(body)], None);
    assert_eq!(
        (undamaged(&parts), ended),
        (undamaged(&at_once), ended_at_once),
        "the cuts matter"
    );
    let meant: Vec<_> = parts.iter().map(|part| door::meaning(part, 0)).collect();

    let plain = Part {
        text: body.to_vec(),
        ..Part::default()
    };
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        // It may mean something to one of the two, as long as neither panics.
        door::meaning(&plain, 0);
        return;
    };
    if !(value.is_object() || value.is_array()) || holds_placeholder(&value) {
        return;
    }
    let expected = door::meaning(&plain, 0).map(comparable);
    let scanned = scanned.expect("what serde_json takes is within the limits");
    assert_eq!(
        door::meaning(&scanned, 0).map(comparable),
        expected,
        "scanned"
    );
    let [meant] = <[_; 1]>::try_from(meant).expect("one document");
    assert_eq!(meant.map(comparable), expected, "read");

    let as_event = |part: Part| Part {
        event: Some(None),
        ..part
    };
    assert_eq!(
        door::meaning(&as_event(scanned), 0).map(comparable),
        door::meaning(&as_event(plain), 0).map(comparable),
        "as an event"
    );
}

/// How much of damaged base64 was decoded depends on the cuts.
fn undamaged(parts: &[Part]) -> Vec<Part> {
    let mut parts = parts.to_vec();
    for picture in parts.iter_mut().flat_map(|part| &mut part.pictures) {
        if !picture.1 {
            picture.0.clear();
        }
    }
    parts
}

/// Whether a text looks like one that stands for a picture: a server that writes those only
/// confuses its own pictures.
fn holds_placeholder(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with('\0'),
        Value::Array(items) => items.iter().any(holds_placeholder),
        Value::Object(object) => object.values().any(holds_placeholder),
        _ => false,
    }
}

/// Without what may differ: how much of damaged base64 was decoded, and the text of pictures
/// that stand where none is looked for.
fn comparable(meaning: Meaning) -> Meaning {
    let failure = |mut failure: imagegen::ImageFailure| {
        failure.raw = failure.raw.map(|_| Bytes::new());
        failure
    };
    match meaning {
        Ok(events) => Ok(events
            .into_iter()
            .map(|event| match event {
                ImageEvent::Image(mut image) => {
                    assert!(
                        !matches!(&image.data, ImageData::Inline(bytes) if bytes.is_empty()),
                        "a picture of no bytes"
                    );
                    image.extra.values_mut().for_each(without_pictures);
                    ImageEvent::Image(image)
                }
                ImageEvent::Failed(failed) => ImageEvent::Failed(failure(failed)),
                ImageEvent::Completed(mut completion) => {
                    completion.extra.values_mut().for_each(without_pictures);
                    completion.usage = completion.usage.map(|mut usage| {
                        usage.extra.values_mut().for_each(without_pictures);
                        usage
                    });
                    ImageEvent::Completed(completion)
                }
                ImageEvent::Unknown { kind, mut data } => {
                    without_pictures(&mut data);
                    ImageEvent::Unknown { kind, data }
                }
                other => other,
            })
            .collect()),
        Err((what, failures)) => Err((what, failures.into_iter().map(failure).collect())),
    }
}

fn without_pictures(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with('\0') || text.len() >= 64 => text.clear(),
        Value::Array(items) => items.iter_mut().for_each(without_pictures),
        Value::Object(object) => object.values_mut().for_each(without_pictures),
        _ => {}
    }
}

/// A body of the kind that gateways send, with their oddities.
fn answer(u: &mut Unstructured<'_>) -> Result<String> {
    let items = (0..u.int_in_range(0..=3)?)
        .map(|_| item(u))
        .collect::<Result<Vec<_>>>()?
        .join(",");
    let data = match u.int_in_range(0..=5)? {
        0 => item(u)?,
        1 => "null".to_owned(),
        _ => format!("[{items}]"),
    };
    let mut members = vec![format!("\"data\":{data}")];
    for _ in 0..u.int_in_range(0..=3)? {
        let member = *u.choose(&[
            r#""created":1"#,
            r#""created":"2026-11-22T18:00:00Z""#,
            r#""usage":{"total_tokens":"7"}"#,
            r#""size":"16x16""#,
            r#""error":{"code":"c","message":"m"}"#,
            r#""type":"image_generation.completed""#,
            r#""image_index":3"#,
            r#""data":[]"#,
            r#""x":{"b64_json":"AAAA"}"#,
        ])?;
        let at = u.int_in_range(0..=members.len())?;
        members.insert(at, member.to_owned());
    }
    if u.ratio(1, 4)? {
        members.push(member(u)?);
    }
    let space = *u.choose(&["", " ", "\n", "\r\n  "])?;
    Ok(format!(
        "{{{space}{}{space}}}",
        members.join(&format!("{space},{space}"))
    ))
}

fn item(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=6)? {
        0 => text(u)?,
        1 => "{}".to_owned(),
        2 => format!("{{\"url\":[{},{}]}}", text(u)?, text(u)?),
        3 => format!("{{\"error\":{{\"message\":{}}}}}", text(u)?),
        4 => format!("{{{},{}}}", member(u)?, member(u)?),
        _ => format!("{{{}}}", member(u)?),
    })
}

fn member(u: &mut Unstructured<'_>) -> Result<String> {
    let name = *u.choose(&[
        "b64_json",
        "b64_json",
        "url",
        "revised_prompt",
        "b64\\u005fjson",
        "size",
    ])?;
    Ok(format!("\"{name}\":{}", text(u)?))
}

/// A JSON text: mostly base64, as one server or another spells it.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = (*u.choose(&[
        "",
        "",
        "",
        "data:image/png;base64,",
        "data:",
        " ",
        "http",
        "https://h/",
    ])?)
    .to_owned();
    let alphabet = *u.choose(&[&b"ABab09+/"[..], b"ABab09-_"])?;
    for _ in 0..u.int_in_range(0..=260)? {
        text.push(char::from(
            alphabet[usize::from(u.arbitrary::<u8>().unwrap_or(0)) % alphabet.len()],
        ));
    }
    text.push_str(u.choose(&["", "", "=", "==", "====", " "])?);
    for _ in 0..u.int_in_range(0..=3)? {
        let odd = *u.choose(&[
            "\\/",
            "\\n",
            "\\r\\n",
            "\\t",
            "\\b",
            "\\f",
            "\\u002b",
            "\\u00e9",
            "\\ud83d\\ude00",
            "é",
            "\\\\",
            "\\\"",
            "=",
            "*",
            " ",
            ",",
        ])?;
        let at = u.int_in_range(0..=text.len())?;
        if text.is_char_boundary(at) && !text[..at].ends_with('\\') {
            text.insert_str(at, odd);
        }
    }
    Ok(format!("\"{text}\""))
}
