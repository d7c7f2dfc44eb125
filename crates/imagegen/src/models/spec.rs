//! What one row of the model table can say.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::price::Price;
use super::sizes::SizeRule;
use crate::endpoint::Operation;
use crate::time::Date;

/// The provider family of a model, which decides the dialect it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Family {
    /// OpenAI GPT Image.
    GptImage,
    /// ByteDance Doubao Seedream.
    Seedream,
    /// One that this version does not know, in a table from a file: its rules about two
    /// parameters at once are not checked.
    Other,
}

impl Family {
    /// Guesses the family of an id that has no row from the vendors' naming, or `None`.
    ///
    /// Gateways rename freely (`bytedance/seedream-5-pro`), so the family is a substring. An
    /// Ark endpoint id (`ep-…`) serves a Seedream model on this route.
    pub fn of_id(id: &str) -> Option<Self> {
        if id.contains("seedream") || id.contains("seededit") || id.starts_with("ep-") {
            Some(Self::Seedream)
        } else if id.contains("gpt-image") || id.contains("dall-e") {
            Some(Self::GptImage)
        } else {
            None
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GptImage => "GPT Image",
            Self::Seedream => "Seedream",
            Self::Other => "another family",
        })
    }
}

/// One model: what it accepts today, with the source of the facts.
///
/// Rows hold facts only. What no row can say (the reaction to an unknown model, quotas, content
/// policy) is left to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelSpec {
    /// The id sent as `model`.
    pub id: Cow<'static, str>,
    /// The dialect the model speaks.
    pub family: Family,
    /// When the model came and when it goes.
    #[serde(default, skip_serializing_if = "LifeCycle::is_open")]
    pub life_cycle: LifeCycle,
    /// The values of `size`.
    pub sizes: SizeRule,
    /// Every other parameter of a generation. One that is absent here but known to another row
    /// is refused; one that no row knows passes with a warning.
    pub parameters: Vec<Parameter>,
    /// Parameters that only an edit has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edit_parameters: Vec<Parameter>,
    /// The format of a picture where `output_format` is left out, or is no parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_format: Option<Cow<'static, str>>,
    /// The longest prompt in characters, where the vendor documents a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_limit: Option<u32>,
    /// Whether the model answers with a stream of events.
    #[serde(default)]
    pub streaming: bool,
    /// The images that go in, if any may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_images: Option<ReferenceImages>,
    /// The most images of a group, its reference images counted with it (Seedream).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_limit: Option<u32>,
    /// The most layers that `layer_decomposition` answers with, the base not counted (Seedream).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_limit: Option<u32>,
    /// The most layers where the request does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_default: Option<u32>,
    /// Whether `background: transparent` only works on exactly one reference image (Seedream).
    #[serde(default)]
    pub transparent_needs_image: bool,
    /// What its pictures cost, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Where the facts of this row were read and when.
    pub source: Cow<'static, str>,
    /// Whether it comes from a file with parts that this version cannot read: a parameter that
    /// is absent may stand in one of them.
    #[serde(skip)]
    pub(crate) unread_parts: bool,
}

impl ModelSpec {
    /// A row of a model that takes these sizes, no other parameter and no image, and answers in
    /// one piece. Everything else is set by its fields.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        family: Family,
        sizes: SizeRule,
        source: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            id: id.into(),
            family,
            life_cycle: LifeCycle::default(),
            sizes,
            parameters: Vec::new(),
            edit_parameters: Vec::new(),
            default_format: None,
            prompt_limit: None,
            streaming: false,
            reference_images: None,
            group_limit: None,
            layer_limit: None,
            layer_default: None,
            transparent_needs_image: false,
            price: None,
            source: source.into(),
            unread_parts: false,
        }
    }

    /// The row's parameter of this name for an operation.
    pub fn parameter(&self, name: &str, operation: Operation) -> Option<&Parameter> {
        let extra = match operation {
            Operation::Edit => self.edit_parameters.as_slice(),
            Operation::Generate => &[],
        };
        extra
            .iter()
            .chain(&self.parameters)
            .find(|parameter| parameter.name == name)
    }

    /// The sizes the vendor recommends for a shape, smallest first; empty where it has no table.
    pub fn sizes_for(&self, ratio: crate::AspectRatio) -> Vec<crate::Pixels> {
        let mut sizes: Vec<_> = self
            .sizes
            .recommended
            .iter()
            .filter(|entry| entry.ratio.is_same_shape(ratio))
            .map(|entry| entry.size)
            .collect();
        sizes.sort_by_key(|size| size.area());
        sizes
    }
}

/// A model's dates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LifeCycle {
    /// The day the vendor released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Date>,
    /// The last day the vendor itself serves it; a gateway may go on mapping the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// Whether the vendor published no such day, and only left the model out of its pages by then:
    /// beyond it is a warning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presumed: bool,
    /// The id the vendor names as its successor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Cow<'static, str>>,
}

impl LifeCycle {
    /// Days before a shutdown in which a request is answered with a warning.
    pub(crate) const NOTICE_DAYS: i64 = 30;

    fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Where the model stands on a day.
    pub fn status(&self, on: Date) -> ModelStatus {
        match self.shutdown {
            Some(shutdown) if shutdown < on => ModelStatus::ShutDown,
            Some(_) => ModelStatus::Deprecated,
            None => ModelStatus::Active,
        }
    }
}

/// Where a model stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelStatus {
    /// Served, with no end announced.
    Active,
    /// Served, with its last day announced.
    Deprecated,
    /// No longer served by its vendor.
    ShutDown,
}

impl fmt::Display for ModelStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Deprecated => "deprecated",
            Self::ShutDown => "shut down",
        })
    }
}

/// A request parameter and the values one model takes for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: Cow<'static, str>,
    /// The values it takes.
    pub values: Values,
    /// Why using the parameter, or one of its values, earns a warning: the sources disagree or
    /// the vendor calls it a preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<Caution>,
}

/// A doubt about a parameter, told as a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Caution {
    /// The one word the doubt is about; without it the whole parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<Cow<'static, str>>,
    /// The doubt.
    pub reason: Cow<'static, str>,
}

/// The values of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Values {
    /// `true` or `false`.
    Boolean,
    /// A whole number in a closed range.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A whole number with no upper bound.
    AtLeast {
        /// The smallest.
        min: i64,
    },
    /// A number in a closed range.
    Number {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// One of these words.
    Words(Vec<Cow<'static, str>>),
    /// One of these words as far as is known; any other passes with a warning.
    KnownWords(Vec<Cow<'static, str>>),
    /// Any text.
    Text,
    /// Anything: it is not checked.
    Any,
    /// An object with these members.
    Object(Vec<Parameter>),
    /// A list of objects, each with these members.
    Objects(Vec<Parameter>),
}

/// The images that go in with the prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReferenceImages {
    /// The fewest; above zero the model cannot work from text alone.
    #[serde(default)]
    pub min: u32,
    /// The most.
    pub max: u32,
    /// The formats read, in the wire's words; where there are none, any may be.
    pub formats: Vec<Cow<'static, str>>,
    /// The most bytes of one image.
    pub max_bytes: u64,
    /// The shortest side in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_side: Option<u32>,
    /// The most pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pixels: Option<u64>,
    /// The longest side over the shortest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ratio: Option<u32>,
    /// The most bytes of the mask, where the model takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_max_bytes: Option<u64>,
    /// Whether an edit takes a `markup`: a picture laid over the first image.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub markup: bool,
    /// What a picture is that is taken apart into layers, besides all this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layered: Option<LayeredImage>,
}

/// The picture that is taken apart into layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LayeredImage {
    /// The formats read, in the wire's words.
    pub formats: Vec<Cow<'static, str>>,
    /// The fewest pixels.
    pub min_pixels: u64,
}

impl Parameter {
    /// A parameter with the values it takes.
    pub fn new(name: impl Into<Cow<'static, str>>, values: Values) -> Self {
        Self {
            name: name.into(),
            values,
            caution: None,
        }
    }

    /// Attaches a doubt about one word, or about the whole parameter.
    #[must_use]
    pub fn with_caution(mut self, caution: Caution) -> Self {
        self.caution = Some(caution);
        self
    }
}

impl Caution {
    /// A doubt about every value.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            word: None,
            reason: reason.into(),
        }
    }

    /// A doubt about one word.
    pub fn of_word(
        word: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            word: Some(word.into()),
            reason: reason.into(),
        }
    }
}

impl ReferenceImages {
    /// Any number of images of any kind, with a mask and a markup as well.
    pub fn unlimited() -> Self {
        Self {
            min: 0,
            max: u32::MAX,
            formats: Vec::new(),
            max_bytes: u64::MAX,
            min_side: None,
            max_pixels: None,
            max_ratio: None,
            mask_max_bytes: None,
            markup: true,
            layered: None,
        }
    }
}

impl LayeredImage {
    /// A picture of at least so many pixels, in one of these formats.
    pub fn new(formats: Vec<Cow<'static, str>>, min_pixels: u64) -> Self {
        Self {
            formats,
            min_pixels,
        }
    }
}
