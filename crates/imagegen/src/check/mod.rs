//! Checks a request against its model's row, before anything is sent.

mod build;
mod combinations;
mod context;
mod findings;
mod gif;
mod images;
mod problem;
mod values;
mod walk;

pub(crate) use build::{check_shape, unasked_file};
pub use context::CheckContext;
pub(crate) use gif::Frames;
pub(crate) use images::{Overlay, check_image_file, check_overlay_file};
pub(crate) use problem::enforce;
pub use problem::{InvalidRequest, Problem, ProblemKind, Severity};
