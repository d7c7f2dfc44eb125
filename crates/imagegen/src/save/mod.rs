//! Puts pictures into files: whole or not at all, never over another file, and never nowhere.

mod buffer;
mod download;
mod facts;
mod file;
mod file_error;
mod name;
mod picture;
mod picture_file;
mod place;
mod sink;
mod target;
mod temp;
mod writer;

pub(crate) use buffer::Output;
pub use download::DownloadError;
pub(crate) use download::Downloader;
pub use file_error::{FileAction, FileError};
pub(crate) use name::{beginning, stem};
pub(crate) use picture::{Picture, settle};
pub use picture_file::SavedImage;
pub(crate) use place::Place;
pub(crate) use sink::Sink;
pub use target::Target;
pub(crate) use writer::Writers;
pub use writer::WrittenImage;
