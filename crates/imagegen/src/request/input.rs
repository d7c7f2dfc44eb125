//! Images that go in: reference images and masks.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An image that goes in with the prompt.
///
/// Nothing is read until the request is sent; `Debug` shows what kind it is, never the content. A
/// file that is named in JSON is only read after
/// [`ImageRequest::allow_files`](crate::ImageRequest::allow_files).
#[derive(Clone, PartialEq, Eq)]
pub struct ImageInput(pub(crate) Source);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// An http(s) URL the vendor fetches, or a `data:` URI.
    Url(String),
    Bytes(Bytes),
    Path(PathBuf),
    /// A file that JSON names, which nobody has allowed to be read.
    Named(PathBuf),
    FileId(String),
}

impl ImageInput {
    /// An image the vendor downloads itself, or a `data:` URI.
    pub fn url(url: impl Into<String>) -> Self {
        Self(Source::Url(url.into()))
    }

    /// The bytes of an image file.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Source::Bytes(bytes.into()))
    }

    /// A file, read when the request is sent.
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self(Source::Path(path.as_ref().to_owned()))
    }

    /// A file uploaded to OpenAI before.
    pub fn file_id(id: impl Into<String>) -> Self {
        Self(Source::FileId(id.into()))
    }

    /// The file on this machine that it is read from, if it is one.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.0 {
            Source::Path(path) | Source::Named(path) => Some(path),
            Source::Url(_) | Source::Bytes(_) | Source::FileId(_) => None,
        }
    }

    /// Whether it is sent itself, not a link or an id of it.
    pub(crate) fn is_content(&self) -> bool {
        matches!(
            self.0,
            Source::Bytes(_) | Source::Path(_) | Source::Named(_)
        )
    }

    /// Lets a file that JSON named be read.
    pub(super) fn allow_file(&mut self) {
        if let Source::Named(path) = &mut self.0 {
            self.0 = Source::Path(std::mem::take(path));
        }
    }
}

impl fmt::Debug for ImageInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Url(url) if url.starts_with("data:") => {
                write!(f, "ImageInput::url(data, {} characters)", url.len())
            }
            Source::Url(_) => f.write_str("ImageInput::url(..)"),
            Source::Bytes(bytes) => write!(f, "ImageInput::bytes({} bytes)", bytes.len()),
            Source::Path(path) | Source::Named(path) => {
                write!(f, "ImageInput::path({})", path.display())
            }
            Source::FileId(id) => write!(f, "ImageInput::file_id({id})"),
        }
    }
}

/// How an input is stored in a queue or a batch file: a string is a URL.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum StoredInput {
    /// An http(s) URL or a `data:` URI.
    Url(String),
    /// A file on this machine.
    Path {
        /// Where it is.
        path: PathBuf,
    },
    /// A file uploaded to OpenAI before.
    FileId {
        /// Its id.
        file_id: String,
    },
}

impl Serialize for ImageInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Source::Url(url) => StoredInput::Url(url.clone()),
            Source::Bytes(bytes) => StoredInput::Url(data_uri(bytes)),
            Source::Path(path) | Source::Named(path) => StoredInput::Path { path: path.clone() },
            Source::FileId(id) => StoredInput::FileId {
                file_id: id.clone(),
            },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ImageInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match StoredInput::deserialize(deserializer)? {
            StoredInput::Url(url) => Source::Url(url),
            StoredInput::Path { path } => Source::Named(path),
            StoredInput::FileId { file_id } => Source::FileId(file_id),
        }))
    }
}

/// The image as a `data:` URI with the format sniffed from the bytes, in lower case as Ark
/// demands.
pub(crate) fn data_uri(bytes: &[u8]) -> String {
    use base64::Engine as _;

    let mime = crate::Format::sniff(bytes).map_or("application/octet-stream", crate::Format::mime);
    let mut uri = format!("data:{mime};base64,");
    base64::engine::general_purpose::STANDARD.encode_string(bytes, &mut uri);
    uri
}

/// `image` is one string or a list of them on the wire.
pub(super) mod one_or_many {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    use super::ImageInput;

    pub(in crate::request) fn serialize<S: Serializer>(
        images: &[ImageInput],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match images {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }

    pub(in crate::request) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<ImageInput>, D::Error> {
        let wrong = || D::Error::custom("image is a URL, a data URI, or a list of them");
        let one = |value| serde_json::from_value(value).map_err(|_| wrong());
        match Value::deserialize(deserializer)? {
            Value::Array(images) => images.into_iter().map(one).collect(),
            image => Ok(vec![one(image)?]),
        }
    }
}
