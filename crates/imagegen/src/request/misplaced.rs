//! Names that are no parameters to be set by name, because they have a place of their own.

use serde::{Deserialize as _, Deserializer, Serializer};
use serde_json::{Map, Value};

/// Such a name, and where what it means goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misplaced {
    pub(crate) name: &'static str,
    pub(crate) place: &'static str,
}

const PLACES: [Misplaced; 9] = [
    place("model", "it is given where the request is begun"),
    place("prompt", "it is given where the request is begun"),
    place(
        "operation",
        "an edit is begun as GptImageEdit, or by edit()",
    ),
    place("validation", "it is set by validation()"),
    place("image", "images are added by image()"),
    place("images", "images are added by image()"),
    place("mask", "it is set by mask()"),
    place("markup", "it is set by markup()"),
    place(
        "stream",
        "streaming is asked for by the call, not by a parameter",
    ),
];

const fn place(name: &'static str, place: &'static str) -> Misplaced {
    Misplaced { name, place }
}

impl Misplaced {
    pub(crate) fn of(name: &str) -> Option<Self> {
        PLACES.into_iter().find(|misplaced| misplaced.name == name)
    }
}

/// A request that would be read back without what was meant is not stored either.
#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option)] // serde's signature
pub(super) fn refuse<S: Serializer>(
    misplaced: &Option<Misplaced>,
    _: S,
) -> Result<S::Ok, S::Error> {
    let text = misplaced.map_or_else(String::new, |Misplaced { name, place }| {
        format!("{name} has a place of its own: {place}")
    });
    Err(serde::ser::Error::custom(text))
}

/// Reads the parameters of a stored request; `images`, which one could take for `image`, is not
/// passed on as one. (`stream` is left to the check: bodies from the wire have it.)
pub(super) fn in_its_place<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    let params = Map::deserialize(deserializer)?;
    if params.contains_key("images") {
        let text = "images is no parameter of a stored request: the images stand in image";
        return Err(serde::de::Error::custom(text));
    }
    Ok(params)
}
