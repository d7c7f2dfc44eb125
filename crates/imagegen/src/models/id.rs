//! Model ids, and the enum that a family spells from its rows.

use std::fmt;

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

impl UnknownModel {
    pub(super) fn new(id: &str) -> Result<Self, InvalidModel> {
        if id.is_empty() || id.contains(char::is_whitespace) {
            return Err(InvalidModel(()));
        }
        Ok(Self(id.into()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
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
            Unknown($crate::models::id::UnknownModel),
        }

        impl $model {
            /// The models with a row, oldest first.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The id on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $id,)*
                    Self::Unknown(id) => id.as_str(),
                }
            }

            /// The rows, for the built-in table.
            pub(crate) fn rows() -> Vec<$crate::models::spec::ModelSpec> {
                vec![$($crate::models::spec::ModelSpec { id: $id.into(), ..$spec }),*]
            }
        }

        impl std::str::FromStr for $model {
            type Err = $crate::models::id::InvalidModel;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                Ok(match id {
                    $($id => Self::$variant,)*
                    _ => Self::Unknown($crate::models::id::UnknownModel::new(id)?),
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
pub(super) use models;
