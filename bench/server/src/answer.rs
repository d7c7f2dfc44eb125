//! The answers, by name:
//!
//! - `small`: 300 bytes with a link.
//! - `json-N-BYTES`: one JSON document with `N` pictures.
//! - `sse-N-BYTES`: `N` previews and one picture, as events, in chunks of 64 KiB.
//! - `clock`: when the answer before was sent to its end, in nanoseconds since 1970.
//!
//! Behind a dot: `c4096` sends it in chunks of that size, `e` escapes every `/` as `\/`,
//! `p50` sends 50 MB a second, `b` breaks the JSON at its end. `json-4-1024.c4096.e` has all.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Result;

/// An answer as it goes over the wire.
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) bytes_a_second: Option<u64>,
    pub(crate) is_clock: bool,
}

/// Answers made so far.
#[derive(Default)]
pub(crate) struct Answers {
    made: Mutex<HashMap<String, Arc<Answer>>>,
    last: Mutex<u128>,
}

impl Answers {
    pub(crate) fn sent(&self, at: u128) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    pub(crate) fn named(&self, name: &str) -> Result<Arc<Answer>> {
        if name == "clock" {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(Arc::new(Answer {
                bytes: with_length("text/plain", last.to_string().as_bytes()),
                bytes_a_second: None,
                is_clock: true,
            }));
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = made.get(name) {
            return Ok(Arc::clone(answer));
        }
        let answer = Arc::new(make(name)?);
        made.insert(name.to_owned(), Arc::clone(&answer));
        Ok(answer)
    }
}

fn make(name: &str) -> Result<Answer> {
    let mut modifiers = name.split('.');
    let mut words = modifiers.next().unwrap_or_default().split('-');
    let kind = words.next().unwrap_or_default();
    let mut number = || -> Result<usize> {
        let word = words
            .next()
            .ok_or_else(|| format!("{name} lacks a number"))?;
        Ok(word.parse()?)
    };
    let (mut chunk, mut bytes_a_second, mut escaped, mut broken) = (None, None, false, false);
    for modifier in modifiers {
        match modifier.split_at(1) {
            ("c", size) => chunk = Some(size.parse()?),
            ("p", rate) => bytes_a_second = Some(rate.parse::<u64>()? * 1_000_000),
            ("e", "") => escaped = true,
            ("b", "") => broken = true,
            _ => return Err(format!("unknown modifier {modifier}").into()),
        }
    }
    let (mime, mut body) = match kind {
        "small" => ("application/json", small()),
        "json" => ("application/json", json(number()?, number()?)?),
        "sse" => {
            chunk = chunk.or(Some(64 * 1024));
            ("text/event-stream", events(number()?, number()?)?)
        }
        _ => return Err(format!("unknown answer {name}").into()),
    };
    if escaped {
        body = body.replace('/', "\\/");
    }
    if broken {
        body.truncate(body.len() - 2);
        body.push('?');
    }
    let bytes = match chunk {
        Some(size) => in_chunks(mime, body.as_bytes(), size),
        None => with_length(mime, body.as_bytes()),
    };
    Ok(Answer {
        bytes,
        bytes_a_second,
        is_clock: false,
    })
}

fn small() -> String {
    let link = format!("https://pictures.example/{}", "a".repeat(150));
    let body = format!(r#"{{"created":1790000000,"data":[{{"url":"{link}"}}],"#);
    let usage = r#""usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30,"input_tokens_details":{"text_tokens":10,"image_tokens":0}}}"#;
    body + usage
}

fn json(pictures: usize, bytes: usize) -> Result<String> {
    let mut body = String::from(r#"{"created":1790000000,"data":["#);
    for number in 0..pictures {
        let comma = if number == 0 { "" } else { "," };
        write!(body, r#"{comma}{{"b64_json":""#)?;
        STANDARD.encode_string(picture(number, bytes), &mut body);
        body.push_str("\"}");
    }
    body.push_str(
        r#"],"background":"opaque","output_format":"png","quality":"high","size":"1024x1024"}"#,
    );
    Ok(body)
}

fn events(previews: usize, bytes: usize) -> Result<String> {
    const COMMON: &str = r#""created_at":1790000000,"size":"1024x1024","quality":"high","background":"opaque","output_format":"png""#;
    const USAGE: &str = r#""usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30,"input_tokens_details":{"text_tokens":10,"image_tokens":0}}"#;
    let mut body = String::new();
    for number in 0..=previews {
        let (kind, rest) = if number < previews {
            (
                "partial_image",
                format!(r#""partial_image_index":{number}"#),
            )
        } else {
            ("completed", USAGE.to_owned())
        };
        write!(
            body,
            "event: image_generation.{kind}\ndata: {{\"type\":\"image_generation.{kind}\",{COMMON},{rest},\"b64_json\":\""
        )?;
        STANDARD.encode_string(picture(number, bytes), &mut body);
        body.push_str("\"}\n\n");
    }
    Ok(body)
}

/// The head of a PNG, noise and its end: as hard to compress as a picture is.
fn picture(number: usize, bytes: usize) -> Vec<u8> {
    const HEAD: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x04\0\x08\x06\0\0\0";
    let mut picture = HEAD.to_vec();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ (number as u64 + 1);
    while picture.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        picture.extend_from_slice(&state.to_le_bytes());
    }
    picture.truncate(bytes);
    // What a PNG ends with: a client may look for it.
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    let end = bytes.saturating_sub(END.len()).max(HEAD.len().min(bytes));
    picture.truncate(end);
    picture.extend_from_slice(&END[..END.len().min(bytes - end)]);
    picture
}

fn with_length(mime: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {mime}\r\nx-request-id: req_bench\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn in_chunks(mime: &str, body: &[u8], size: usize) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {mime}\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut bytes = Vec::with_capacity(head.len() + body.len() + body.len() / size * 16 + 64);
    bytes.extend_from_slice(head.as_bytes());
    for piece in body.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}
