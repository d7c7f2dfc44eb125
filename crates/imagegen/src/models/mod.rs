//! The table of models: one row a model, everything else derived from it.

mod gpt_image;
pub(crate) mod price;
mod price_list;
mod seedream;
mod sizes;
mod spec;
mod table;

pub use sizes::{Bounds, PixelRule, Recommended, SizeRule};
pub(crate) use sizes::{Verdict, within_ratio};
pub use spec::{
    Caution, Family, LayeredImage, LifeCycle, ModelSpec, ModelStatus, Parameter, ReferenceImages,
    Values,
};
pub use table::{InvalidTable, ModelTable};

use std::borrow::Cow;
use std::fmt;

pub use gpt_image::GptImageModel;
pub use seedream::SeedreamModel;

/// A model id that has no variant: a snapshot newer than this crate, a gateway's own name, an
/// Ark endpoint id. Only parsing makes one, so a known id never hides in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownModel(Box<str>);

/// A text that cannot be a model id: empty, or with white space in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidModel(());

impl fmt::Display for InvalidModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a model id is one word, for example gpt-image-2")
    }
}

impl std::error::Error for InvalidModel {}

fn unknown(id: &str) -> Result<UnknownModel, InvalidModel> {
    if id.is_empty() || id.contains(char::is_whitespace) {
        return Err(InvalidModel(()));
    }
    Ok(UnknownModel(id.into()))
}

/// Spells a family's enum from its rows: the variant, its id, what the model accepts.
macro_rules! models {
    ($(#[$doc:meta])* $model:ident { $($(#[$about:meta])* $variant:ident = $id:literal => $spec:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $model {
            $($(#[$about])* $variant,)*
            /// An id without a row.
            Unknown($crate::models::UnknownModel),
        }

        impl $model {
            /// The models with a row, oldest first.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The id on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $id,)*
                    Self::Unknown(id) => &id.0,
                }
            }

            /// The model's row in the built-in table, or `None` for an unknown id.
            pub fn spec(&self) -> Option<&'static $crate::ModelSpec> {
                $crate::ModelTable::builtin().get(self.as_str())
            }

            /// The rows, for the built-in table.
            pub(crate) fn rows() -> Vec<$crate::ModelSpec> {
                vec![$($crate::ModelSpec { id: $id.into(), ..$spec }),*]
            }
        }

        impl std::str::FromStr for $model {
            type Err = $crate::error::InvalidModel;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                Ok(match id {
                    $($id => Self::$variant,)*
                    _ => Self::Unknown($crate::models::unknown(id)?),
                })
            }
        }

        impl std::fmt::Display for $model {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $model {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $model {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                id.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use models;

fn parameter(name: &'static str, values: Values) -> Parameter {
    Parameter {
        name: name.into(),
        values,
        caution: None,
    }
}

fn words(name: &'static str, words: &[&'static str]) -> Parameter {
    let words = words.iter().map(|word| Cow::Borrowed(*word)).collect();
    parameter(name, Values::Words(words))
}

fn integer(name: &'static str, min: i64, max: i64) -> Parameter {
    parameter(name, Values::Integer { min, max })
}

fn boolean(name: &'static str) -> Parameter {
    parameter(name, Values::Boolean)
}

impl Parameter {
    /// Attaches a doubt about one word, or about the whole parameter.
    fn caution(mut self, word: Option<&'static str>, reason: &'static str) -> Self {
        self.caution = Some(Caution {
            word: word.map(Cow::Borrowed),
            reason: reason.into(),
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_into_their_variant_and_print_back() {
        for model in GptImageModel::KNOWN {
            assert_eq!(&model.as_str().parse::<GptImageModel>().unwrap(), model);
            assert_eq!(model.spec().unwrap().id, model.as_str());
        }
        for model in SeedreamModel::KNOWN {
            assert_eq!(&model.as_str().parse::<SeedreamModel>().unwrap(), model);
            assert_eq!(model.spec().unwrap().id, model.as_str());
        }
    }

    #[test]
    fn other_ids_are_kept_as_they_are() {
        let model: SeedreamModel = "ep-20261101120000-abcde".parse().unwrap();
        assert!(matches!(model, SeedreamModel::Unknown(_)));
        assert_eq!(model.as_str(), "ep-20261101120000-abcde");
        assert!(model.spec().is_none());
        for bad in ["", " ", "gpt image"] {
            assert!(bad.parse::<GptImageModel>().is_err(), "{bad:?}");
        }
    }
}
