//! `cargo xtask openapi`: from the published document to Rust, and what a new document changes.

mod actions;
mod command;
mod diff;
mod document;
mod generate;
pub(crate) mod lower;
pub(crate) mod overlay;
pub(crate) mod place;
mod provenance;
mod refine;
mod sources;
mod update;
mod validate;
pub(crate) mod yaml;

pub(crate) use command::{Openapi, run};
