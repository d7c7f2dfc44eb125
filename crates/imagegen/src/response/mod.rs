//! What came back: pictures and failures side by side.

mod event;
mod usage;

pub use event::{ImageEvent, PartialImage};
pub use usage::Usage;
pub(crate) use usage::number;

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::check::Problem;
use crate::format::Format;
use crate::save::{Downloader, FileError, SavedImage, WrittenImage};
use crate::size::Pixels;

/// The answer to a request.
///
/// A call that brought at least one picture is a success; the pictures that failed stand beside
/// it in `failures`.
#[derive(Clone)]
#[non_exhaustive]
pub struct ImageResponse {
    /// The pictures, in the order of the answer.
    pub images: Vec<Image>,
    /// The pictures that did not come out.
    pub failures: Vec<ImageFailure>,
    /// What the answer says of itself as a whole.
    pub completion: Completion,
    /// Ids and limits from the headers.
    pub meta: ResponseMeta,
    /// What the check found worth a warning before the call.
    pub warnings: Vec<Problem>,
    /// When the call began.
    pub(crate) started: Instant,
    /// What names for files are made of.
    pub(crate) prompt_start: String,
    pub(crate) downloader: Downloader,
}

impl fmt::Debug for ImageResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without anything of the prompt.
        f.debug_struct("ImageResponse")
            .field("images", &self.images)
            .field("failures", &self.failures)
            .field("completion", &self.completion)
            .field("meta", &self.meta)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// What an answer says of itself as a whole: beside the pictures, or at the end of a stream.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Completion {
    /// What the call consumed.
    pub usage: Option<Usage>,
    /// The model that answered, which may be spelled otherwise than asked for.
    pub model: Option<String>,
    /// When the answer was made, in Unix seconds.
    pub created: Option<u64>,
    /// The `quality` that was used.
    pub quality: Option<String>,
    /// Where the answer is not what was asked for, or not as the vendors document it.
    pub warnings: Vec<Problem>,
    /// Members of the answer that this crate has no field for.
    pub extra: Map<String, Value>,
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What else an answer says may be the prompt.
        f.debug_struct("Completion")
            .field("usage", &self.usage)
            .field("model", &self.model)
            .field("created", &self.created)
            .field("quality", &self.quality)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// One picture.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Image {
    /// Its place in the answer, from 0.
    pub index: u32,
    /// The picture, or where it is.
    pub data: ImageData,
    /// Its size as the answer states it; the file's own may differ.
    pub size: Option<Pixels>,
    /// The prompt as the vendor rewrote it.
    pub revised_prompt: Option<String>,
    /// The `output_format` as the answer states it; [`Image::format`] reads the bytes.
    pub output_format: Option<String>,
    /// The `background` as the answer states it.
    pub background: Option<String>,
    /// The layer it is, of a decomposition.
    pub layer: Option<Box<Layer>>,
    /// Members of the item that this crate has no field for.
    pub extra: Map<String, Value>,
}

/// A picture, or where it is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageData {
    /// The bytes of the image file.
    Inline(Bytes),
    /// A link: OpenAI's live for one hour, Ark's for 24. It may carry a signature: do not log it.
    Url(String),
    /// A file: the answer to [`Generation::to`](crate::Generation::to).
    File(Box<SavedImage>),
    /// What went to a writer of the caller's own: the answer to
    /// [`Generation::into_writers`](crate::Generation::into_writers).
    Written(Box<WrittenImage>),
}

impl Image {
    /// The file's format, told from its bytes; `None` for a link and for unknown bytes.
    pub fn format(&self) -> Option<Format> {
        match &self.data {
            ImageData::Inline(bytes) => Format::sniff(bytes),
            ImageData::File(saved) => saved.format,
            ImageData::Written(written) => written.format,
            ImageData::Url(_) => None,
        }
    }

    /// Its size: that of its file where that is known, else the one stated.
    pub(crate) fn known_size(&self) -> Option<Pixels> {
        match &self.data {
            ImageData::File(saved) => saved.size.or(self.size),
            ImageData::Written(written) => written.size.or(self.size),
            ImageData::Inline(_) | ImageData::Url(_) => self.size,
        }
    }

    /// When the picture's link stops working, where its signature says so; `None` for pictures
    /// that are no links.
    pub fn expires_at(&self) -> Option<SystemTime> {
        match &self.data {
            ImageData::Url(link) => crate::time::expires_at(link),
            ImageData::Inline(_) | ImageData::File(_) | ImageData::Written(_) => None,
        }
    }

    /// The bytes, if the picture came inline.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.data {
            ImageData::Inline(bytes) => Some(bytes),
            ImageData::Url(_) | ImageData::File(_) | ImageData::Written(_) => None,
        }
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("index", &self.index)
            .field("data", &self.data)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ImageData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(bytes) => write!(f, "Inline({} bytes)", bytes.len()),
            Self::Url(_) => f.write_str("Url(..)"),
            Self::File(saved) => write!(f, "File({})", saved.path.display()),
            Self::Written(written) => write!(f, "Written({})", written.writer),
        }
    }
}

/// A layer of a decomposed picture (Seedream).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// Its height in the stack: 0 is the base.
    pub z_index: i64,
    /// Its name.
    pub name: Option<String>,
    /// What it shows.
    pub description: Option<String>,
    /// Where it lies.
    pub bounding_box: Option<BoundingBox>,
}

/// The place of a layer: left, top, right and bottom.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BoundingBox {
    /// In pixels of the base.
    pub absolute: Option<Vec<f64>>,
    /// In thousandths of the base's width and height.
    pub normalized: Option<Vec<f64>>,
}

/// A picture that did not come out. `Debug` shows the code, not the server's text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageFailure {
    /// Its place in the answer, from 0.
    pub index: u32,
    /// The server's code, or this crate's where the server said nothing.
    pub code: Option<String>,
    /// The server's text. It may quote the prompt: do not log it.
    pub message: Option<String>,
    /// What stood in place of the picture, where it could not be decoded.
    pub raw: Option<Bytes>,
}

impl ImageFailure {
    /// Whether the server told of it; an item with nothing in it may only have been cut off.
    pub(crate) fn is_told(&self) -> bool {
        self.code.as_deref() != Some(Self::NO_CONTENT)
    }

    /// Our code for an item with nothing in it.
    pub(crate) const NO_CONTENT: &str = "no_content";

    /// A picture that came, and could not be kept.
    pub(crate) fn not_saved(index: u32, error: &FileError) -> Self {
        Self {
            index,
            code: Some("not_saved".to_owned()),
            message: Some(error.with_cause()),
            raw: None,
        }
    }
}

impl fmt::Debug for ImageFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageFailure")
            .field("index", &self.index)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// Ids and limits that come in the headers of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseMeta {
    /// The server's id of the request.
    pub request_id: Option<String>,
    /// The id this client sent.
    pub client_request_id: Option<String>,
    /// The rate limits after this call.
    pub rate_limits: RateLimits,
    /// From sending the request to the end of the answer; zero before that end.
    pub elapsed: Duration,
}

/// The `x-ratelimit-*` headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Requests a window.
    pub limit_requests: Option<u64>,
    /// Requests left in it.
    pub remaining_requests: Option<u64>,
    /// Tokens a window.
    pub limit_tokens: Option<u64>,
    /// Tokens left in it.
    pub remaining_tokens: Option<u64>,
    /// Until the requests are refilled, as the server words it (`6m0s`).
    pub reset_requests: Option<String>,
    /// Until the tokens are refilled, as the server words it.
    pub reset_tokens: Option<String>,
}
