//! Requests in OpenAI's dialect.

use serde_json::Value;

use super::image_request::ImageRequest;
use super::input::ImageInput;
use super::shared::shared;
use super::words::{Background, Complexity, InputFidelity, Moderation, OutputFormat, Quality};
use crate::endpoint::Operation;
use crate::models::GptImageModel;
use crate::size::Size;

/// Pictures from a prompt, by a GPT Image model.
///
/// What is not set is not sent, and the vendor's default holds. The answer always carries the
/// pictures inline.
///
/// ```
/// use imagegen::{GptImage, GptImageModel, Quality, Size};
///
/// let request = GptImage::new(GptImageModel::GptImage2, "a red fox in snow")
///     .size(Size::px(1536, 1024))
///     .quality(Quality::Low)
///     .build()?;
/// # Ok::<(), imagegen::error::InvalidRequest>(())
/// ```
///
/// Seedream's options have no method here:
///
/// ```compile_fail
/// # use imagegen::{GptImage, GptImageModel};
/// GptImage::new(GptImageModel::GptImage2, "a red fox in snow").watermark(false);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until a client sends it"]
pub struct GptImage(ImageRequest);

/// A change to pictures, by a GPT Image model.
///
/// ```
/// use imagegen::{GptImageEdit, GptImageModel, ImageInput};
///
/// let edit = GptImageEdit::new(
///     GptImageModel::GptImage2,
///     "put a hat on the fox",
///     ImageInput::path("fox.png"),
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until a client sends it"]
pub struct GptImageEdit(ImageRequest);

/// The options that generations and edits share.
macro_rules! shared_options {
    () => {
        /// Sets `size`; `auto` when left out.
        pub fn size(mut self, size: Size) -> Self {
            self.0.set("size", size.to_param());
            self
        }

        /// Sets `n`, how many pictures: 1 to 10, 1 when left out.
        pub fn n(mut self, n: u8) -> Self {
            self.0.set("n", n);
            self
        }

        /// Sets `quality`.
        pub fn quality(mut self, quality: Quality) -> Self {
            self.0.set("quality", quality.as_str());
            self
        }

        /// Sets `background`.
        pub fn background(mut self, background: Background) -> Self {
            self.0.set("background", background.as_str());
            self
        }

        /// Sets `output_format`.
        pub fn output_format(mut self, format: OutputFormat) -> Self {
            self.0.set("output_format", format.as_str());
            self
        }

        /// Sets `output_compression` in percent: 0 to 100, 100 when left out; jpeg and webp only.
        pub fn output_compression(mut self, percent: u8) -> Self {
            self.0.set("output_compression", percent);
            self
        }

        /// Sets `partial_images`, the previews of a stream: 0 to 3, 0 when left out.
        pub fn partial_images(mut self, count: u8) -> Self {
            self.0.set("partial_images", count);
            self
        }

        /// Sets `safety_identifier`, a stable id of whoever asks, for the vendor's watch over
        /// misuse: a hash of a name, not the name.
        pub fn safety_identifier(mut self, id: impl Into<String>) -> Self {
            self.0.set("safety_identifier", id.into());
            self
        }

        /// Sets `user`, your own id for whoever asks; OpenAI puts
        /// [`safety_identifier`](Self::safety_identifier) in its place since 2026-10-16.
        pub fn user(mut self, user: impl Into<String>) -> Self {
            self.0.set("user", user.into());
            self
        }

        /// Sets `moderation`; of edits OpenAI documents it for those whose images are links or ids.
        pub fn moderation(mut self, moderation: Moderation) -> Self {
            self.0.set("moderation", moderation.as_str());
            self
        }

        /// Sets `complexity`, where the model's row has it.
        pub fn complexity(mut self, complexity: Complexity) -> Self {
            self.0.set("complexity", complexity.as_str());
            self
        }

        /// Sets `frame_count` of a gif: 2 to 16, 9 when left out.
        pub fn frame_count(mut self, frames: u8) -> Self {
            self.0.set("frame_count", frames);
            self
        }

        /// Sets `frame_duration_ms` of a gif: at least 20, 200 when left out, rounded to 10; a gif
        /// holds no more than 655,350.
        pub fn frame_duration_ms(mut self, milliseconds: u32) -> Self {
            self.0.set("frame_duration_ms", milliseconds);
            self
        }

        /// Sets `svg`, the options of svg output, as the wire has them:
        /// `{"model": .., "reasoning": {"effort": ..}}`, the model being required.
        pub fn svg(mut self, options: Value) -> Self {
            self.0.set("svg", options);
            self
        }
    };
}

impl GptImage {
    /// Starts a request; everything else has the vendor's default.
    pub fn new(model: GptImageModel, prompt: impl Into<String>) -> Self {
        Self(ImageRequest::new(model.as_str(), prompt))
    }

    shared_options!();
}

impl GptImageEdit {
    /// Starts an edit of one picture; [`image`](Self::image) adds more.
    pub fn new(model: GptImageModel, prompt: impl Into<String>, image: ImageInput) -> Self {
        let mut request = ImageRequest::new(model.as_str(), prompt);
        request.operation = Operation::Edit;
        request.images.push(image);
        Self(request)
    }

    /// Adds a picture: at most 16, png, webp or jpeg, each below 50 MB.
    pub fn image(mut self, image: ImageInput) -> Self {
        self.0.images.push(image);
        self
    }

    /// Sets the mask: a PNG of the first picture's size, transparent where it is to change.
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

    /// Sets `input_fidelity`.
    pub fn input_fidelity(mut self, fidelity: InputFidelity) -> Self {
        self.0.set("input_fidelity", fidelity.as_str());
        self
    }

    shared_options!();
}

shared!(GptImage);
shared!(GptImageEdit);
