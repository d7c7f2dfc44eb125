//! Requests in ByteDance's dialect.

use serde_json::json;

use super::image_request::ImageRequest;
use super::input::ImageInput;
use super::shared::shared;
use super::words::{Background, OptimizePrompt, OutputFormat, ResponseFormat};
use crate::models::SeedreamModel;
use crate::size::Size;

/// Pictures from a prompt and reference images, by a Seedream model.
///
/// What is not set is not sent, and the vendor's default holds; note that `watermark` is on by
/// default. References go into the same request: there is no separate edit.
///
/// ```
/// use imagegen::{Seedream, SeedreamModel, Size};
///
/// let request = Seedream::new(SeedreamModel::Seedream5_0Pro, "雪地里的红狐狸")
///     .size(Size::K2)
///     .watermark(false)
///     .build()?;
/// # Ok::<(), imagegen::error::InvalidRequest>(())
/// ```
///
/// GPT Image's options have no method here:
///
/// ```compile_fail
/// # use imagegen::{Quality, Seedream, SeedreamModel};
/// Seedream::new(SeedreamModel::Seedream5_0Pro, "雪地里的红狐狸").quality(Quality::High);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until a client sends it"]
pub struct Seedream(ImageRequest);

impl Seedream {
    /// Starts a request; everything else has the vendor's default.
    pub fn new(model: SeedreamModel, prompt: impl Into<String>) -> Self {
        Self(ImageRequest::new(model.as_str(), prompt))
    }

    /// Sets `size`: a tier, whose shape the model takes from the prompt, or exact pixels.
    pub fn size(mut self, size: Size) -> Self {
        self.0.set("size", size.to_param());
        self
    }

    /// Adds a reference image; the prompt calls them "image 1", "image 2" in this order.
    pub fn image(mut self, image: ImageInput) -> Self {
        self.0.images.push(image);
        self
    }

    /// Asks for a group of up to `max_images` pictures, 1 to 15; the model decides how many, so
    /// the prompt should say. Sets `sequential_image_generation` to `auto`.
    pub fn max_images(mut self, max_images: u8) -> Self {
        self.0.set("sequential_image_generation", "auto");
        self.0.set(
            "sequential_image_generation_options",
            json!({ "max_images": max_images }),
        );
        self
    }

    /// Sets `response_format`; `url` when left out.
    pub fn response_format(mut self, format: ResponseFormat) -> Self {
        self.0.set("response_format", format.as_str());
        self
    }

    /// Sets `output_format`, where the model's row has it; `jpeg` when left out.
    pub fn output_format(mut self, format: OutputFormat) -> Self {
        self.0.set("output_format", format.as_str());
        self
    }

    /// Sets `watermark`, the mark in the lower right corner; on when left out.
    pub fn watermark(mut self, watermark: bool) -> Self {
        self.0.set("watermark", watermark);
        self
    }

    /// Sets `optimize_prompt_options.mode`.
    pub fn optimize_prompt(mut self, mode: OptimizePrompt) -> Self {
        self.0
            .set("optimize_prompt_options", json!({ "mode": mode.as_str() }));
        self
    }

    /// Lets the model search the web before it draws, where its row has `tools`; billed on top.
    pub fn web_search(mut self) -> Self {
        self.0.set("tools", json!([{ "type": "web_search" }]));
        self
    }

    /// Sets `background`, where the model's row has it.
    pub fn background(mut self, background: Background) -> Self {
        self.0.set("background", background.as_str());
        self
    }

    /// Takes one reference image apart into layers, where the model's row has it.
    pub fn layer_decomposition(mut self, on: bool) -> Self {
        self.0.set("layer_decomposition", on);
        self
    }
}

shared!(Seedream);
