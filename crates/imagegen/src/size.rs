//! What `size` can say, in the wire's spelling.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A width and a height in pixels, neither of them zero; printed as `1536x1024`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pixels {
    width: NonZeroU32,
    height: NonZeroU32,
}

impl Pixels {
    /// Creates a pixel size.
    ///
    /// # Panics
    ///
    /// If a side is zero. [`Pixels::checked`] is the twin for numbers that come from outside.
    pub const fn new(width: u32, height: u32) -> Self {
        match Self::checked(width, height) {
            Some(pixels) => pixels,
            None => panic!("a picture has at least one pixel a side"),
        }
    }

    /// Creates a pixel size, or `None` if a side is zero.
    pub const fn checked(width: u32, height: u32) -> Option<Self> {
        match (NonZeroU32::new(width), NonZeroU32::new(height)) {
            (Some(width), Some(height)) => Some(Self { width, height }),
            _ => None,
        }
    }

    /// The width in pixels.
    pub const fn width(self) -> u32 {
        self.width.get()
    }

    /// The height in pixels.
    pub const fn height(self) -> u32 {
        self.height.get()
    }

    /// Width times height.
    pub const fn area(self) -> u64 {
        self.width() as u64 * self.height() as u64
    }

    /// The longer side in pixels.
    pub fn longest_edge(self) -> u32 {
        self.width().max(self.height())
    }
}

impl fmt::Display for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.print(&mut [0; MOST_DIGITS]))
    }
}

/// Two sides of ten digits and the `x` between them.
const MOST_DIGITS: usize = 21;

impl Pixels {
    /// Prints into a buffer: every request does, and through `write!` it costs six times as much.
    fn print(self, buffer: &mut [u8; MOST_DIGITS]) -> &str {
        let mut start = buffer.len();
        let mut put = |byte| {
            start -= 1;
            buffer[start] = byte;
        };
        for (mut rest, before) in [(self.height(), Some(b'x')), (self.width(), None)] {
            while rest > 0 {
                put(b'0' + (rest % 10) as u8);
                rest /= 10;
            }
            before.into_iter().for_each(&mut put);
        }
        str::from_utf8(&buffer[start..]).unwrap_or_default()
    }
}

impl FromStr for Pixels {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        side(text.as_bytes())
            .and_then(|(width, rest)| {
                let (height, end) = side(rest.strip_prefix(b"x")?)?;
                Self::checked(width, height).filter(|_| end.is_empty())
            })
            .ok_or(InvalidSize(()))
    }
}

/// A number of at most six digits, and what follows it; no sign, which `u32::from_str` takes.
fn side(text: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0;
    let mut digits = 0;
    while let Some(digit @ b'0'..=b'9') = text.get(digits) {
        if digits == 6 {
            return None;
        }
        number = number * 10 + u32::from(digit - b'0');
        digits += 1;
    }
    (digits > 0).then(|| (number, &text[digits..]))
}

/// A named resolution: the vendor chooses the pixels, near this many thousand a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// `1K`, about one million pixels.
    K1,
    /// `1.5K`, about 2.4 million pixels.
    K1_5,
    /// `2K`, about 4.2 million pixels.
    K2,
    /// `3K`, about 9.4 million pixels.
    K3,
    /// `4K`, about 16.7 million pixels.
    K4,
}

impl Tier {
    const ALL: [Self; 5] = [Self::K1, Self::K1_5, Self::K2, Self::K3, Self::K4];

    /// The tier as the wire spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::K1 => "1K",
            Self::K1_5 => "1.5K",
            Self::K2 => "2K",
            Self::K3 => "3K",
            Self::K4 => "4K",
        }
    }

    /// The side of the tier's square picture in pixels.
    pub const fn side(self) -> u32 {
        match self {
            Self::K1 => 1024,
            Self::K1_5 => 1536,
            Self::K2 => 2048,
            Self::K3 => 3072,
            Self::K4 => 4096,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = InvalidSize;

    /// Reads a tier in either case; it is always sent in upper case, as it is documented.
    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str().eq_ignore_ascii_case(text))
            .ok_or(InvalidSize(()))
    }
}

/// A value of the `size` parameter, of either dialect.
///
/// It parses from the wire's spelling and prints as it. Which of these a model takes is in the
/// model's row: [`SizeRule`](crate::models::SizeRule).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Size {
    /// `auto`: the model chooses.
    Auto,
    /// `adaptive`: as the reference image (SeedEdit 3.0 only).
    Adaptive,
    /// A resolution tier such as `2K`.
    Tier(Tier),
    /// Exact pixels such as `1536x1024`.
    Pixels(Pixels),
}

impl Size {
    /// The `1K` tier.
    pub const K1: Self = Self::Tier(Tier::K1);
    /// The `1.5K` tier.
    pub const K1_5: Self = Self::Tier(Tier::K1_5);
    /// The `2K` tier.
    pub const K2: Self = Self::Tier(Tier::K2);
    /// The `3K` tier.
    pub const K3: Self = Self::Tier(Tier::K3);
    /// The `4K` tier.
    pub const K4: Self = Self::Tier(Tier::K4);

    /// Exact pixels.
    ///
    /// # Panics
    ///
    /// If a side is zero; parse the text `WxH` where the numbers come from outside.
    pub const fn px(width: u32, height: u32) -> Self {
        Self::Pixels(Pixels::new(width, height))
    }

    /// The text of the parameter.
    pub(crate) fn to_param(self) -> String {
        match self {
            Self::Pixels(pixels) => pixels.print(&mut [0; MOST_DIGITS]).to_owned(),
            other => other.to_string(),
        }
    }

    /// The exact pixels, if the size is given in pixels.
    pub const fn pixels(self) -> Option<Pixels> {
        match self {
            Self::Pixels(pixels) => Some(pixels),
            _ => None,
        }
    }
}

impl From<Pixels> for Size {
    fn from(pixels: Pixels) -> Self {
        Self::Pixels(pixels)
    }
}

impl From<Tier> for Size {
    fn from(tier: Tier) -> Self {
        Self::Tier(tier)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Adaptive => f.write_str("adaptive"),
            Self::Tier(tier) => tier.fmt(f),
            Self::Pixels(pixels) => pixels.fmt(f),
        }
    }
}

impl FromStr for Size {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        match text {
            "auto" => Ok(Self::Auto),
            "adaptive" => Ok(Self::Adaptive),
            _ => text
                .parse()
                .map(Self::Pixels)
                .or_else(|_| text.parse().map(Self::Tier)),
        }
    }
}

/// A width-to-height ratio such as `16:9`, kept as the two whole numbers it is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AspectRatio {
    width: NonZeroU32,
    height: NonZeroU32,
}

impl AspectRatio {
    /// `1:1`.
    pub const SQUARE: Self = Self::new(1, 1);

    /// Creates a ratio.
    ///
    /// # Panics
    ///
    /// If a part is zero.
    pub const fn new(width: u32, height: u32) -> Self {
        match (NonZeroU32::new(width), NonZeroU32::new(height)) {
            (Some(width), Some(height)) => Self { width, height },
            _ => panic!("a ratio has no zero part"),
        }
    }

    /// Whether both name the same shape, `2:1` and `4:2` alike.
    pub fn is_same_shape(self, other: Self) -> bool {
        u64::from(self.width.get()) * u64::from(other.height.get())
            == u64::from(self.height.get()) * u64::from(other.width.get())
    }
}

impl fmt::Display for AspectRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

impl FromStr for AspectRatio {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        text.split_once(':')
            .and_then(|(width, height)| {
                Some(Self {
                    width: width.parse().ok()?,
                    height: height.parse().ok()?,
                })
            })
            .ok_or(InvalidSize(()))
    }
}

/// A text that is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSize(());

impl InvalidSize {
    /// What a size looks like.
    pub(crate) const EXPECTED: &'static str =
        "a size is WIDTHxHEIGHT in pixels, a tier (1K, 1.5K, 2K, 3K, 4K) or auto";
}

impl fmt::Display for InvalidSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::EXPECTED)
    }
}

impl std::error::Error for InvalidSize {}

/// Implements serde by way of the wire's spelling.
macro_rules! serde_as_text {
    ($($type:ident = $pattern:literal),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse()
                    .map_err(|error| serde::de::Error::custom(format_args!("{text:?}: {error}")))
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )*};
}

serde_as_text!(
    Pixels = "^[1-9][0-9]*x[1-9][0-9]*$",
    Tier = "^(1|1\\.5|2|3|4)K$",
    Size = "^(auto|adaptive|(1|1\\.5|2|3|4)K|[1-9][0-9]*x[1-9][0-9]*)$",
    AspectRatio = "^[1-9][0-9]*:[1-9][0-9]*$"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_read_and_print_the_wires_spelling() {
        for text in [
            "auto",
            "adaptive",
            "1K",
            "1.5K",
            "2K",
            "3K",
            "4K",
            "1024x1536",
        ] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        assert_eq!("2k".parse::<Size>().unwrap(), Size::K2);
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in [
            "",
            "1024",
            "x1024",
            "1024x",
            "0x1024",
            "1024x0",
            "+5x5",
            "-1x5",
            "1024X1024",
            "1024×1024",
            "16:9",
            "5K",
            " 2K",
            "1024x1024 ",
            "99999999999x1",
            "AUTO",
        ] {
            assert!(text.parse::<Size>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn pixels_survive_a_round_trip(width in 1u32..=999_999, height in 1u32..=999_999) {
            let size = Size::px(width, height);
            prop_assert_eq!(size.to_string().parse::<Size>().unwrap(), size);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Size>();
            let _ = text.parse::<AspectRatio>();
        }
    }
}
