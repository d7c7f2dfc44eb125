#![no_main]

#[path = "../bodies/answer.rs"]
mod body;
#[path = "../bodies/pieces.rs"]
mod pieces;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
