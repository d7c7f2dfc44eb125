//! What came of a command: the JSON objects of `--json`, the summaries, the exit codes.

mod batch;
mod bounded;
mod generate;
mod images;

pub(crate) use batch::BatchReport;
pub(crate) use bounded::Bounded;
pub(crate) use generate::GenerateReport;
pub(crate) use images::{ImageEntry, Images};
