//! Puts pictures into files: whole or not at all, never over another file, and never nowhere.

mod address;
mod buffer;
mod closing;
mod download;
mod facts;
mod file_error;
mod file_sink;
mod flaw;
mod leftover;
mod name;
mod picture;
mod picture_file;
mod place;
mod sink;
mod target;
mod temp;
mod writer;
mod writer_sink;

pub(crate) use buffer::Output;
pub(crate) use closing::save_bytes;
pub use download::DownloadError;
pub(crate) use download::{Downloader, FetchLimits};
pub(crate) use facts::Fingerprint;
pub use file_error::{FileAction, FileError};
pub(crate) use flaw::{Accept, Flaw};
pub(crate) use name::{beginning, stem};
pub(crate) use picture::Picture;
pub use picture_file::SavedImage;
pub(crate) use place::Place;
pub(crate) use sink::Sink;
pub use target::Target;
pub(crate) use writer::Writers;
pub use writer::WrittenImage;
