//! Instructions of the reader and of the check, counted by valgrind and held against limits:
//! `cargo xtask bench cpu`.
//!
//! The limits are 1.1 times what was measured with rustc 1.95 on x86-64 with AVX2. They are set
//! anew on purpose, in the commit that changes what they stand for.

#![allow(missing_docs, clippy::exit)] // The macros make modules, functions and an end without.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use imagegen::__private::{Block, Part, body, events_through, meaning, scan_through};
use imagegen::{CheckContext, Date, GptImage, GptImageModel, ImageRequest, ModelTable, Size};

const MIB: usize = 1024 * 1024;
const KIB: usize = 1024;

// The limits.
const JSON_64K: u64 = 1_560_000;
const JSON_16K: u64 = 1_615_000;
const JSON_1400: u64 = 2_500_000;
const JSON_ESCAPED_64K: u64 = 4_440_000;
const JSON_ESCAPED_16K: u64 = 4_440_000;
const JSON_ESCAPED_1400: u64 = 4_600_000;
const SSE_64K: u64 = 1_566_000;
const SSE_16K: u64 = 1_626_000;
const SSE_1400: u64 = 2_570_000;
const SSE_8MIB: u64 = 12_200_000;
const SSE_ESCAPED: u64 = 4_450_000;
/// One reader that bends whatever comes, where two of them took 11,450: a small call may cost 1.05 of the
/// bare client, and this keeps it there.
const SMALL_ANSWER: u64 = 15_500;
const CHECK: u64 = 2_300;

/// Noise behind a PNG's signature, as base64.
fn picture(bytes: usize) -> String {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while picture.len() <= bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        picture.extend_from_slice(&state.to_le_bytes());
    }
    STANDARD.encode(picture)
}

/// What is read, and where to.
type Input = (Vec<Bytes>, Block);

/// A body in the pieces it arrives in.
fn in_pieces(body: &str, piece: usize) -> Vec<Bytes> {
    let pieces = body.as_bytes().chunks(piece);
    pieces.map(Bytes::copy_from_slice).collect()
}

fn document(text: &str) -> String {
    format!(r#"{{"created":1,"data":[{{"b64_json":"{text}"}}]}}"#)
}

fn json(piece: usize) -> Input {
    let document = document(&picture(MIB));
    (in_pieces(&document, piece), Block::default())
}

/// As PHP writes it, by default.
fn as_php(text: &str) -> String {
    text.replace('/', "\\/")
}

fn escaped(piece: usize) -> Input {
    let document = document(&as_php(&picture(MIB)));
    (in_pieces(&document, piece), Block::default())
}

fn event(text: &str) -> String {
    let kind = "image_generation.completed";
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\",\"b64_json\":\"{text}\"}}\n\n")
}

fn events(bytes: usize, piece: usize) -> Input {
    let event = event(&picture(bytes));
    (in_pieces(&event, piece), Block::default())
}

fn escaped_events(bytes: usize, piece: usize) -> Input {
    let event = event(&as_php(&picture(bytes)));
    (in_pieces(&event, piece), Block::default())
}

/// At most this many instructions.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    callgrind.hard_limits([(EventKind::Ir, instructions)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

// What is read goes back, so that dropping it is not counted.
#[library_benchmark]
#[bench::json_64k(args = (64 * KIB), setup = json, config = at_most(JSON_64K))]
#[bench::json_16k(args = (16 * KIB), setup = json, config = at_most(JSON_16K))]
#[bench::json_1400(args = (1400), setup = json, config = at_most(JSON_1400))]
#[bench::json_escaped_64k(args = (64 * KIB), setup = escaped, config = at_most(JSON_ESCAPED_64K))]
#[bench::json_escaped_16k(args = (16 * KIB), setup = escaped, config = at_most(JSON_ESCAPED_16K))]
#[bench::json_escaped_1400(args = (1400), setup = escaped, config = at_most(JSON_ESCAPED_1400))]
fn scan((pieces, mut block): Input) -> Input {
    let decoded = scan_through(pieces.iter().map(Bytes::as_ref), &mut block);
    assert!(decoded > MIB);
    (pieces, block)
}

#[library_benchmark]
#[bench::sse_64k(args = (MIB, 64 * KIB), setup = events, config = at_most(SSE_64K))]
#[bench::sse_16k(args = (MIB, 16 * KIB), setup = events, config = at_most(SSE_16K))]
#[bench::sse_1400(args = (MIB, 1400), setup = events, config = at_most(SSE_1400))]
#[bench::sse_8mib(args = (8 * MIB, 64 * KIB), setup = events, config = at_most(SSE_8MIB))]
#[bench::sse_escaped(args = (MIB, 64 * KIB), setup = escaped_events, config = at_most(SSE_ESCAPED))]
fn stream((pieces, mut block): Input) -> Input {
    let decoded = events_through(pieces.iter().map(Bytes::as_ref), &mut block);
    assert!(decoded > MIB);
    (pieces, block)
}

fn small() -> Vec<Bytes> {
    let link = format!("https://pictures.example/{}", "a".repeat(150));
    let body = format!(
        r#"{{"created":1,"data":[{{"url":"{link}"}}],"usage":{{"input_tokens":10,"output_tokens":20,"total_tokens":30}}}}"#
    );
    in_pieces(&body, 64 * KIB)
}

#[library_benchmark]
#[bench::answer(setup = small, config = at_most(SMALL_ANSWER))]
fn small_answer(pieces: Vec<Bytes>) -> Vec<Part> {
    let length = pieces[0].len() as u64;
    let (parts, _) = body(pieces, Some(length));
    assert!(matches!(black_box(meaning(&parts[0], 0)), Some(Ok(_))));
    parts
}

fn request() -> (ImageRequest, CheckContext) {
    ModelTable::builtin();
    let request = GptImage::new(GptImageModel::GptImage2, "A red fox in snow")
        .size(Size::px(1024, 1024))
        .n(2);
    let mut context = CheckContext::default();
    context.today = Date::new(2026, 11, 22);
    (request.into(), context)
}

#[library_benchmark]
#[bench::passing(setup = request, config = at_most(CHECK))]
fn check((request, context): (ImageRequest, CheckContext)) -> (ImageRequest, CheckContext) {
    assert!(black_box(ModelTable::builtin().check(&request, &context)).is_empty());
    (request, context)
}

// The same body as one reads it without this crate, for scale.
#[library_benchmark]
#[bench::json_16k(args = (16 * KIB), setup = json)]
fn naive((pieces, _): Input) -> Vec<u8> {
    let body = pieces.concat();
    let value: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = value["data"][0]["b64_json"].as_str().unwrap_or_default();
    STANDARD.decode(text).unwrap_or_default()
}

library_benchmark_group!(
    name = reader,
    benchmarks = [scan, stream, small_answer, check, naive]
);

main!(library_benchmark_groups = reader);
