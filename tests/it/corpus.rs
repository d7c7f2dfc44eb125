//! The fuzz targets over their checked-in corpora: what fuzzing found stays found.

#[path = "../../fuzz/bodies/answer.rs"]
mod answer;
#[path = "../../fuzz/bodies/base64.rs"]
mod base64;
#[path = "../../fuzz/bodies/format.rs"]
mod format;
#[path = "../../fuzz/bodies/pieces.rs"]
mod pieces;
#[path = "../../fuzz/bodies/replay.rs"]
mod replay;
#[path = "../../fuzz/bodies/size.rs"]
mod size;
#[path = "../../fuzz/bodies/sse.rs"]
mod sse;

#[test]
fn answers() {
    replay::corpus("answer", answer::run);
}

#[test]
fn base64_texts() {
    replay::corpus("base64", base64::run);
}

#[test]
fn image_heads() {
    replay::corpus("format", format::run);
}

#[test]
fn sizes() {
    replay::corpus("size", size::run);
}

#[test]
fn event_streams() {
    replay::corpus("sse", sse::run);
}
