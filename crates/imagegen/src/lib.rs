//! Images from OpenAI GPT Image and ByteDance Seedream, through one OpenAI-compatible endpoint.
//!
//! A request is checked against its model's row before it is sent, goes out once, and comes back
//! as pictures and failures side by side.
//!
//! ```no_run
//! use imagegen::{Client, GptImage, GptImageModel, Size};
//!
//! # async fn example(api_key: String) -> imagegen::Result<()> {
//! let client = Client::gateway("https://gateway.example/v1", api_key)?;
//! let request = GptImage::new(GptImageModel::GptImage2, "Programmer cartoon avatar")
//!     .size(Size::px(1024, 1024));
//! let response = client.generate(request).await?;
//! response.save_all("avatars/").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # The types
//!
//! - [`Client`]: one endpoint and one key. [`generate`](Client::generate) returns a [`Generation`]:
//!   awaited, it has the pictures; before that it takes a place for them, a number, limits and
//!   headers of the call, or becomes a stream of [`ImageEvent`]s.
//! - [`GptImage`], [`GptImageEdit`], [`Seedream`], [`CustomImage`]: what to ask for. Each has the
//!   options of its dialect, and becomes an [`ImageRequest`] that can be stored and queued.
//! - [`ModelSpec`]: what one model accepts. [`ModelTable`] has a row for each.
//! - [`ImageResponse`]: [`Image`]s, [`ImageFailure`]s and a [`Completion`]; [`ImageEvent`]s in a
//!   stream.
//! - [`Error`]: what went wrong, by what a caller can do about it.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls with aws-lc-rs.
//! - `rustls-ring`: TLS by rustls with ring, for a shorter build.
//! - `native-tls`: TLS by the operating system's library.
//! - `http2` (default): HTTP/2 where the server has it.
//! - `schemars`: `JsonSchema` for requests and the model table.
//! - `sha256`: the SHA-256 of saved files.

#[cfg(feature = "__private")]
#[doc(hidden)]
pub mod __private;
mod call;
mod check;
mod client;
mod config_error;
mod endpoint;
pub mod error;
mod estimate;
mod format;
mod id;
pub mod models;
mod read;
mod request;
mod response;
mod save;
mod saving;
mod size;
mod time;
mod wire;

pub use bytes::Bytes;
pub use call::{Generation, ImageStream};
pub use check::{CheckContext, Problem, ProblemKind, Severity};
pub use client::{Client, ClientBuilder};
pub use endpoint::{ApiKey, Delivery, Operation, Provider};
pub use error::{Error, Result};
pub use format::Format;
pub use id::request_id as client_request_id;
pub use models::{GptImageModel, ModelSpec, ModelTable, SeedreamModel};
pub use request::{
    Background, Complexity, CustomImage, GptImage, GptImageEdit, ImageInput, ImageRequest,
    InputFidelity, Moderation, OptimizePrompt, OutputFormat, Quality, ResponseFormat, Seedream,
    ValidationPolicy,
};
pub use reqwest::{StatusCode, header};
pub use response::{
    BoundingBox, Completion, Image, ImageData, ImageEvent, ImageFailure, ImageResponse, Layer,
    PartialImage, RateLimits, ResponseMeta, Usage,
};
pub use save::{SavedImage, Target, WrittenImage};
pub use size::{AspectRatio, Pixels, Size, Tier};
pub use time::Date;

/// What pictures cost: list prices, estimates, amounts.
pub mod price {
    pub use crate::estimate::Estimate;
    pub use crate::models::price::{
        Amount, Currency, ImageRates, ListedTokens, PictureTokens, Price, PriceStep, QualityFactor,
        Rates, TokenRates,
    };
}

/// The examples of README.md, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
