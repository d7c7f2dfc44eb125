//! A file of jobs: reading it, noting what becomes of each, making them.

mod budget;
mod jobs;
mod journal;
mod work;

pub(crate) use budget::Budget;
pub(crate) use jobs::{Job, identify, read, refuse};
pub(crate) use journal::{Journal, State};
pub(crate) use work::Batch;
