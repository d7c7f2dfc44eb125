//! What to ask for: a request for each family, and the one they turn into.

mod custom;
mod gpt_image;
mod image_request;
mod input;
mod misplaced;
mod seedream;
mod shared;
mod words;

pub use custom::CustomImage;
pub use gpt_image::{GptImage, GptImageEdit};
pub use image_request::{ImageRequest, ValidationPolicy};
pub use input::ImageInput;
pub(crate) use input::Source;
#[cfg(feature = "schemars")]
pub(crate) use input::StoredInput;
pub use seedream::Seedream;
pub use words::{
    Background, Complexity, InputFidelity, InvalidWord, Moderation, OptimizePrompt, OutputFormat,
    Quality, ResponseFormat,
};
