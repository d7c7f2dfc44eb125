//! Requests for any model id, in the wire's own words.

use serde_json::Value;

use super::input::ImageInput;
use super::{ImageRequest, ValidationPolicy};
use crate::check::InvalidRequest;
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

    /// Sets any other parameter by its name on the wire.
    pub fn param(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.set(name, value);
        self
    }

    /// Checks the request as a whole against the model's row, if it has one.
    ///
    /// # Errors
    ///
    /// The first rule it breaks.
    pub fn build(self) -> Result<ImageRequest, InvalidRequest> {
        self.0.check()?;
        Ok(self.0)
    }

    /// The request as it is, which no client checks either: for the day a row is wrong.
    pub fn build_unchecked(self) -> ImageRequest {
        self.0.validation(ValidationPolicy::Off)
    }
}

impl From<CustomImage> for ImageRequest {
    fn from(request: CustomImage) -> Self {
        request.0
    }
}
