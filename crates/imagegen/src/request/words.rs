//! The small closed sets of words that parameters take.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is none of a closed set of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidWord {
    words: &'static [&'static str],
}

impl InvalidWord {
    /// The words it could be.
    pub const fn words(&self) -> &'static [&'static str] {
        self.words
    }
}

impl fmt::Display for InvalidWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is one of {}", self.words.join(", "))
    }
}

impl std::error::Error for InvalidWord {}

/// Spells an enum of wire words. A word newer than this crate goes through `param`.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidWord;

            fn from_str(word: &str) -> Result<Self, InvalidWord> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(InvalidWord { words: &[$($word),*] }),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

words! {
    /// GPT Image's `quality`; `auto` when left out.
    Quality {
        /// `low`: the fewest output tokens.
        Low = "low",
        /// `medium`.
        Medium = "medium",
        /// `high`.
        High = "high",
        /// `xhigh`: not of every model.
        XHigh = "xhigh",
        /// `max`: not of every model.
        Max = "max",
        /// `auto`: the model chooses.
        Auto = "auto",
    }

    /// `background`; what is taken when it is left out is the model's own.
    Background {
        /// `transparent`: needs a format that has transparency.
        Transparent = "transparent",
        /// `opaque`.
        Opaque = "opaque",
        /// `auto`: the model chooses.
        Auto = "auto",
    }

    /// `output_format`; `png` when left out on GPT Image, `jpeg` on most of Seedream.
    OutputFormat {
        /// `png`.
        Png = "png",
        /// `jpeg`.
        Jpeg = "jpeg",
        /// `webp`.
        Webp = "webp",
        /// `gif`: several frames.
        Gif = "gif",
        /// `svg`: a drawing, written by a language model.
        Svg = "svg",
    }

    /// GPT Image's `moderation`; `auto` when left out.
    Moderation {
        /// `auto`: the usual filter.
        Auto = "auto",
        /// `low`: a less strict one.
        Low = "low",
    }

    /// GPT Image's `complexity`: how much planning goes before the drawing.
    Complexity {
        /// `low`.
        Low = "low",
        /// `medium`.
        Medium = "medium",
        /// `high`.
        High = "high",
    }

    /// `input_fidelity` of an edit: how closely faces and features of the input are kept.
    InputFidelity {
        /// `high`.
        High = "high",
        /// `low`: the default.
        Low = "low",
    }

    /// Seedream's `response_format`; `url` when left out.
    ResponseFormat {
        /// `url`: a link that lives for 24 hours.
        Url = "url",
        /// `b64_json`: the picture in the answer itself.
        B64Json = "b64_json",
    }

    /// Seedream's `optimize_prompt_options.mode`; `standard` when left out.
    OptimizePrompt {
        /// `standard`: slower, better.
        Standard = "standard",
        /// `fast`: not of every model.
        Fast = "fast",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_printed() {
        for quality in Quality::ALL {
            assert_eq!(quality.as_str().parse(), Ok(*quality));
            let json = serde_json::to_string(quality).unwrap();
            assert_eq!(serde_json::from_str::<Quality>(&json).unwrap(), *quality);
        }
        let error = "ultra".parse::<Background>().unwrap_err();
        assert_eq!(error.to_string(), "it is one of transparent, opaque, auto");
    }
}
