//! A file of jobs: reading it, noting what becomes of each, making them.

mod books;
mod jobs;
mod journal;
mod report;
mod run;

pub(crate) use books::Books;
pub(crate) use jobs::refuse;
pub(crate) use jobs::{Job, read};
pub(crate) use journal::{Journal, State};
pub(crate) use report::Report;
pub(crate) use run::Batch;
