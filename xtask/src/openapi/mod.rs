//! `cargo xtask openapi`: from the published document to Rust, and what a new document changes.

mod command;
mod diff;
mod generate;
pub(crate) mod lower;
pub(crate) mod overlay;
mod provenance;
mod refine;
mod sources;
mod validate;
pub(crate) mod yaml;

pub(crate) use command::{Openapi, run};
