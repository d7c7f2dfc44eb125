//! The pipeline's own modules are compiled in: the rest of xtask is a code generator, which is
//! not what is tried here.

#![no_main]
#![allow(dead_code, unused_imports)] // Each module is more than this needs of it.

#[path = "../bodies/spec.rs"]
mod body;
#[path = "../../xtask/src/openapi/lower/mod.rs"]
mod lower;
#[path = "../../xtask/src/openapi/overlay/mod.rs"]
mod overlay;
#[path = "../../xtask/src/openapi/place.rs"]
mod place;
#[path = "../../xtask/src/openapi/yaml.rs"]
mod yaml;

/// As the body finds them in xtask.
mod openapi {
    pub(crate) use super::{lower, overlay, yaml};
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
