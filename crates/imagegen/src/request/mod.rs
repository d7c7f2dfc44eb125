//! The erased request every family's request turns into.

mod custom;
mod gpt_image;
mod input;
mod seedream;
mod words;

pub use custom::CustomImage;
pub use gpt_image::{GptImage, GptImageEdit};
pub use input::ImageInput;
pub(crate) use input::Source;
#[cfg(feature = "schemars")]
pub(crate) use input::StoredInput;
pub use seedream::Seedream;
pub use words::{
    Background, Complexity, InputFidelity, Moderation, OptimizePrompt, OutputFormat, Quality,
    ResponseFormat,
};

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::check::{InvalidRequest, Problem};
use crate::endpoint::Operation;
use crate::models::ModelTable;
use crate::size::Size;

/// A request for images, of any family: what is stored, queued, printed and sent.
///
/// Made from a family's request ([`GptImage`](crate::GptImage), [`Seedream`](crate::Seedream),
/// [`CustomImage`](crate::CustomImage)) or read from JSON, where it looks like the body on the
/// wire. A client checks it against the model's row right before it is sent, so a request that
/// waited in a queue is held to the rules of the day it leaves; [`ImageRequest::check`] does the
/// same without a client.
///
/// `Debug` shows the parameters, never the prompt.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRequest {
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) prompt: String,
    #[serde(default, skip_serializing_if = "Operation::is_generate")]
    pub(crate) operation: Operation,
    #[serde(
        default,
        rename = "image",
        with = "one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) images: Vec<ImageInput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mask: Option<ImageInput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) validation: Option<ValidationPolicy>,
    /// Every other parameter, by its name on the wire.
    #[serde(flatten)]
    pub(crate) params: Map<String, Value>,
}

impl ImageRequest {
    pub(crate) fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            prompt: prompt.into(),
            operation: Operation::Generate,
            images: Vec::new(),
            mask: None,
            validation: None,
            params: Map::new(),
        }
    }

    pub(crate) fn has_images(&self) -> bool {
        !self.images.is_empty() || self.mask.is_some()
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.params.insert(name.to_owned(), value.into());
    }

    /// The model id.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The prompt.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Which operation this is.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The reference images, in the order the prompt can name them.
    pub fn images(&self) -> &[ImageInput] {
        &self.images
    }

    /// The mask of an edit.
    pub fn mask(&self) -> Option<&ImageInput> {
        self.mask.as_ref()
    }

    /// A parameter by its name on the wire, besides model, prompt, image and mask.
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.params.get(name)
    }

    /// The `size` parameter, if it is set and reads as a size.
    pub fn size(&self) -> Option<Size> {
        self.params.get("size")?.as_str()?.parse().ok()
    }

    /// Overrides the client's validation policy for this request.
    #[must_use]
    pub fn validation(mut self, policy: ValidationPolicy) -> Self {
        self.validation = Some(policy);
        self
    }

    /// Checks the request against the built-in table as a client of a gateway does; what it
    /// returns are warnings.
    ///
    /// # Errors
    ///
    /// The first rule of the model's row, or of its family, that the request breaks.
    pub fn check(&self) -> Result<Vec<Problem>, InvalidRequest> {
        crate::check::enforce(ModelTable::builtin().check(self, &crate::CheckContext::default()))
    }
}

impl fmt::Debug for ImageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageRequest")
            .field("model", &self.model)
            .field(
                "prompt",
                &format_args!("({} characters)", self.prompt.chars().count()),
            )
            .field("operation", &self.operation)
            .field("images", &self.images)
            .field("mask", &self.mask)
            .field("params", &self.params.keys().collect::<Vec<_>>())
            .field("validation", &self.validation)
            .finish()
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for ImageRequest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ImageRequest".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::wire::request_schema(generator)
    }
}

/// What a client does with a request that breaks a rule of its model's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ValidationPolicy {
    /// Refuses it before anything is sent.
    #[default]
    Enforce,
    /// Sends it, and reports the broken rules as warnings.
    Warn,
    /// Sends it unchecked.
    Off,
}

/// `image` is one string or a list of them on the wire.
mod one_or_many {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    use crate::ImageInput;

    pub(super) fn serialize<S: Serializer>(
        images: &[ImageInput],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match images {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_stored_as_the_body_on_the_wire() {
        let body = json!({
            "model": "gpt-image-1",
            "prompt": "Programmer cartoon avatar",
            "size": "1024x1024",
            "n": 2,
        });
        let request: ImageRequest = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(request.size(), Some(Size::px(1024, 1024)));
        assert_eq!(serde_json::to_value(&request).unwrap(), body);
    }

    #[test]
    fn one_image_and_many_are_both_read() {
        for (image, count) in [
            (json!("https://example.com/1.png"), 1),
            (json!(["https://example.com/1.png", {"path": "2.png"}]), 2),
        ] {
            let body = json!({"model": "m", "prompt": "p", "image": image});
            let request: ImageRequest = serde_json::from_value(body.clone()).unwrap();
            assert_eq!(request.images().len(), count);
            assert_eq!(serde_json::to_value(&request).unwrap(), body);
        }
    }

    #[test]
    fn debug_keeps_the_prompt_to_itself() {
        let mut request = ImageRequest::new("m", "a secret plan");
        request.set("user", "somebody");
        let debug = format!("{request:?}");
        assert!(
            !debug.contains("secret") && !debug.contains("somebody"),
            "{debug}"
        );
    }
}
