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
//! - [`Client`]: one endpoint and one key. [`generate`](Client::generate) waits for the pictures,
//!   [`generate_to`](Client::generate_to) writes them into a folder while they arrive,
//!   [`stream`](Client::stream) yields what happens.
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

#[cfg(feature = "__bench")]
#[doc(hidden)]
#[path = "bench_door.rs"]
pub mod __bench;
mod answering;
mod api_error;
mod attempt;
mod builder;
mod check;
mod client;
mod custom;
mod date;
mod download;
mod echo;
mod error;
mod estimate;
mod event;
mod fan_out;
mod format;
mod frames;
mod gpt_image;
mod input;
mod key;
mod lenient;
mod link;
mod meta;
mod models;
mod names;
mod options;
mod pending;
mod price;
mod provider;
mod read;
mod reference;
mod request;
mod response;
mod retry;
mod save;
mod seedream;
mod size;
mod size_rule;
mod spec;
mod table;
mod tls;
mod upload;
mod usage;
mod wire;
mod words;

pub use api_error::{ApiError, ErrorClass};
pub use builder::ClientBuilder;
pub use check::{CheckContext, InvalidRequest, Problem, ProblemKind, Severity};
pub use client::Client;
pub use custom::CustomImage;
pub use date::{Date, InvalidDate};
pub use download::DownloadError;
pub use error::{
    ConfigError, DecodeError, Error, FileError, OutcomeUnknown, Phase, Result, TransportError,
};
pub use estimate::Estimate;
pub use event::{ImageEvent, ImageStream, PartialImage};
pub use format::Format;
pub use gpt_image::{GptImage, GptImageEdit};
pub use input::ImageInput;
pub use key::ApiKey;
pub use models::{GptImageModel, InvalidModel, SeedreamModel, UnknownModel};
pub use options::CallOptions;
pub use pending::Pending;
pub use price::{
    Amount, Currency, ImageRates, InvalidAmount, ListedTokens, PictureTokens, Price, PriceStep,
    QualityFactor, Rates, TokenRates,
};
pub use provider::Provider;
pub use request::{ImageRequest, Operation, ValidationPolicy};
pub use response::{
    BoundingBox, Completion, Image, ImageData, ImageFailure, ImageResponse, Layer, RateLimits,
    ResponseMeta,
};
pub use save::{SavedImage, Target, WrittenImage};
pub use seedream::Seedream;
pub use size::{AspectRatio, InvalidSize, Pixels, Size, Tier};
pub use size_rule::{Bounds, PixelRule, Recommended, SizeRule};
pub use spec::{
    Caution, Family, LayeredImage, LifeCycle, ModelSpec, ModelStatus, Parameter, ReferenceImages,
    Values,
};
pub use table::{InvalidTable, ModelTable};
pub use usage::Usage;
pub use words::{
    Background, Complexity, InputFidelity, Moderation, OptimizePrompt, OutputFormat, Quality,
    ResponseFormat,
};

/// The examples of README.md, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
