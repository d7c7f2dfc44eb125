//! The small closed sets of words that parameters take.

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
            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
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
        /// `xhigh`: from 2.5 on.
        XHigh = "xhigh",
        /// `max`: from 2.5 on.
        Max = "max",
        /// `auto`: the model chooses.
        Auto = "auto",
    }

    /// `background`; `auto` when left out on GPT Image and Seedream 5.5, `opaque` on Seedream 5.0.
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
        /// `webp`: GPT Image only.
        Webp = "webp",
        /// `gif`: GPT Image 2.6 only.
        Gif = "gif",
        /// `svg`: GPT Image 2.6 only.
        Svg = "svg",
    }

    /// GPT Image's `moderation`; `auto` when left out.
    Moderation {
        /// `auto`: the usual filter.
        Auto = "auto",
        /// `low`: a less strict one.
        Low = "low",
    }

    /// GPT Image 2.6's `complexity`: how much planning goes before the drawing.
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
        /// `fast`: 4.0 and 5.0 pro only.
        Fast = "fast",
    }
}
