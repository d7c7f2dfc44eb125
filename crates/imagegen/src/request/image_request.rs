//! The request that every family's request turns into.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::input::{ImageInput, one_or_many};
use super::misplaced::{self, Misplaced};
use crate::endpoint::Operation;
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
    pub(crate) markup: Option<ImageInput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) validation: Option<ValidationPolicy>,
    /// A parameter that was set by name and has a place of its own.
    #[serde(
        skip_deserializing,
        skip_serializing_if = "Option::is_none",
        serialize_with = "misplaced::refuse"
    )]
    pub(crate) misplaced: Option<Misplaced>,
    /// Every other parameter, by its name on the wire.
    #[serde(flatten, deserialize_with = "misplaced::in_its_place")]
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
            markup: None,
            validation: None,
            misplaced: None,
            params: Map::new(),
        }
    }

    pub(crate) fn has_images(&self) -> bool {
        !self.images.is_empty() || self.mask.is_some() || self.markup.is_some()
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.params.insert(name.to_owned(), value.into());
    }

    /// Sets a parameter that a caller names; one that has a place of its own is remembered, and
    /// refused by the check.
    pub(super) fn set_named(&mut self, name: &str, value: impl Into<Value>) {
        match Misplaced::of(name) {
            Some(misplaced) => {
                self.misplaced.get_or_insert(misplaced);
            }
            None => self.set(name, value),
        }
    }

    pub(crate) fn is_layered(&self) -> bool {
        self.param("layer_decomposition") == Some(&Value::Bool(true))
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

    /// What is drawn over the first image of an edit.
    pub fn markup(&self) -> Option<&ImageInput> {
        self.markup.as_ref()
    }

    /// A parameter by its name on the wire, besides model, prompt and images.
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.params.get(name)
    }

    /// The `size` parameter, if it is set and reads as a size.
    pub fn size(&self) -> Option<Size> {
        self.params.get("size")?.as_str()?.parse().ok()
    }

    /// Allows it to read the files of this machine that it names, after it was read from JSON.
    ///
    /// A request that came from a queue or a web form is refused without this, whatever the
    /// validation policy, if an image is `{"path": ..}`; one made with [`ImageInput::path`] is not.
    #[must_use]
    pub fn allow_files(mut self) -> Self {
        let images = self
            .images
            .iter_mut()
            .chain(&mut self.mask)
            .chain(&mut self.markup);
        images.for_each(ImageInput::allow_file);
        self
    }

    /// Overrides the client's validation policy for this request.
    #[must_use]
    pub fn validation(mut self, policy: ValidationPolicy) -> Self {
        self.validation = Some(policy);
        self
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
            .field("markup", &self.markup)
            .field("params", &self.params.keys().collect::<Vec<_>>())
            .field("validation", &self.validation)
            .finish()
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
