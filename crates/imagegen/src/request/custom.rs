//! Requests for any model id, in the wire's own words.

use super::image_request::ImageRequest;
use super::input::ImageInput;
use super::shared::shared;
use crate::endpoint::Operation;
use crate::size::Size;

/// Pictures by any model, with any parameters: for ids that are only known at run time, a
/// gateway's own names, a vendor this crate has no type for.
///
/// An id with a row is checked like its family's own request; any other goes out with a warning.
///
/// ```
/// use imagegen::{CustomImage, Size};
///
/// let request = CustomImage::new("bytedance/seedream-6", "a red fox in snow")
///     .size(Size::K2)
///     .param("seed", 7);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until a client sends it"]
pub struct CustomImage(ImageRequest);

impl CustomImage {
    /// Starts a request.
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self(ImageRequest::new(model, prompt))
    }

    /// Makes it an edit: it goes to `/v1/images/edits`.
    pub fn edit(mut self) -> Self {
        self.0.operation = Operation::Edit;
        self
    }

    /// Sets `size`.
    pub fn size(mut self, size: Size) -> Self {
        self.0.set("size", size.to_param());
        self
    }

    /// Adds an image that goes in.
    pub fn image(mut self, image: ImageInput) -> Self {
        self.0.images.push(image);
        self
    }

    /// Sets the mask of an edit.
    pub fn mask(mut self, mask: ImageInput) -> Self {
        self.0.mask = Some(mask);
        self
    }

    /// Sets the markup of an edit: a PNG of the first
    /// picture's size, transparent but for the drawing that shows what to change. It goes with
    /// pictures that are files, and not beside a mask.
    pub fn markup(mut self, markup: ImageInput) -> Self {
        self.0.markup = Some(markup);
        self
    }
}

shared!(CustomImage);
