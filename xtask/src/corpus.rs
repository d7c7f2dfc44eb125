//! The fuzz target `spec` over its checked-in corpus; its other targets are replayed by the
//! suites in `tests`.

#[path = "../../fuzz/bodies/replay.rs"]
mod replay;
#[path = "../../fuzz/bodies/spec.rs"]
mod spec;

#[test]
fn specs() {
    replay::corpus("spec", spec::run);
}
