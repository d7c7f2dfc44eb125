//! The images that go in, as they will go out.

use super::upload::Content;
use crate::format::Format;

/// An image as it will go out.
#[derive(Clone)]
pub(crate) enum Reference {
    /// An http(s) URL or a `data:` URI, as it is.
    Link(String),
    /// The id of an uploaded file.
    FileId(String),
    /// Bytes, or a file that is read while it goes out.
    Content {
        content: Content,
        format: Option<Format>,
        name: String,
    },
}

/// All images of a request.
#[derive(Clone, Default)]
pub(crate) struct References {
    pub(crate) images: Vec<Reference>,
    pub(crate) mask: Option<Reference>,
    pub(crate) markup: Option<Reference>,
}

impl References {
    /// Whether they go as files of a form: those that are here do, links and ids do not.
    pub(crate) fn are_files(&self) -> bool {
        self.images
            .iter()
            .chain(&self.mask)
            .chain(&self.markup)
            .all(|reference| matches!(reference, Reference::Content { .. }))
    }
}
