//! What a row says of prices.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What the vendor asks for a model's pictures; a gateway may ask otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Price {
    /// What it is paid in.
    pub currency: Currency,
    /// What is charged for.
    pub rates: Rates,
    /// Where the prices were read and when.
    pub source: Cow<'static, str>,
}

/// What a vendor charges for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rates {
    /// Tokens, in and out (OpenAI).
    Tokens(TokenRates),
    /// Pictures that came out (Seedream).
    Images(ImageRates),
}

/// Prices of a million tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenRates {
    /// Of the prompt.
    pub text_in: f64,
    /// Of the images that go in.
    pub image_in: f64,
    /// Of the pictures.
    pub image_out: f64,
    /// How many tokens a picture is.
    pub pictures: PictureTokens,
}

/// How many tokens a picture is, by its size and `quality`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PictureTokens {
    /// One of a list: by quality, for the square, the tall and the wide size.
    Listed(Vec<ListedTokens>),
    /// By OpenAI's formula, with a factor for each quality.
    Formula(Vec<QualityFactor>),
}

/// The tokens of one quality at the three fixed sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ListedTokens {
    /// The quality.
    pub quality: Cow<'static, str>,
    /// At 1024x1024.
    pub square: u64,
    /// At 1024x1536.
    pub tall: u64,
    /// At 1536x1024.
    pub wide: u64,
}

/// One quality in OpenAI's formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct QualityFactor {
    /// The quality.
    pub quality: Cow<'static, str>,
    /// Its factor.
    pub factor: u32,
    /// The least a picture was seen to cost, as a multiple of the formula.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub least: f64,
    /// The most, likewise.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub most: f64,
}

/// Prices of pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ImageRates {
    /// Of a picture, by its area: the first step it fits counts.
    pub picture: Vec<PriceStep>,
    /// Of a layer of a decomposition; empty where it is a picture like any other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layer: Vec<PriceStep>,
    /// Of an image that goes in.
    #[serde(default)]
    pub input: f64,
    /// How many images go in for nothing.
    #[serde(default)]
    pub free_inputs: u32,
}

/// A price that holds up to an area.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PriceStep {
    /// The most pixels, width times height; without it any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_pixels: Option<u64>,
    /// The price.
    pub price: f64,
}

fn one() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::float_cmp)] // serde's signature; written as 1
fn is_one(number: &f64) -> bool {
    *number == 1.0
}

impl Price {
    /// A price, with where it was read and when.
    pub fn new(currency: Currency, rates: Rates, source: impl Into<Cow<'static, str>>) -> Self {
        Self {
            currency,
            rates,
            source: source.into(),
        }
    }
}

impl TokenRates {
    /// Prices of a million tokens: of the prompt, of images that go in, of pictures.
    pub const fn new(text_in: f64, image_in: f64, image_out: f64, pictures: PictureTokens) -> Self {
        Self {
            text_in,
            image_in,
            image_out,
            pictures,
        }
    }
}

impl ListedTokens {
    /// The tokens of a quality for the square, the tall and the wide size.
    pub fn new(quality: impl Into<Cow<'static, str>>, [square, tall, wide]: [u64; 3]) -> Self {
        Self {
            quality: quality.into(),
            square,
            tall,
            wide,
        }
    }
}

impl QualityFactor {
    /// A quality that costs what the formula says.
    pub fn new(quality: impl Into<Cow<'static, str>>, factor: u32) -> Self {
        Self {
            quality: quality.into(),
            factor,
            least: 1.0,
            most: 1.0,
        }
    }
}

impl PriceStep {
    /// A price that holds for so many pixels at most, or for any number.
    pub const fn new(up_to_pixels: Option<u64>, price: f64) -> Self {
        Self {
            up_to_pixels,
            price,
        }
    }
}

impl ImageRates {
    /// Prices by area, images that go in being free.
    pub const fn new(picture: Vec<PriceStep>) -> Self {
        Self {
            picture,
            layer: Vec::new(),
            input: 0.0,
            free_inputs: 0,
        }
    }

    /// The price of a picture of so many pixels.
    pub(crate) fn of_picture(&self, area: u64) -> f64 {
        price_at(&self.picture, area)
    }

    /// The price of a layer of so many pixels.
    pub(crate) fn of_layer(&self, area: u64) -> f64 {
        match self.layer.as_slice() {
            [] => self.of_picture(area),
            steps => price_at(steps, area),
        }
    }

    /// The price of the images that go in.
    pub(crate) fn of_inputs(&self, count: u64) -> f64 {
        self.input * count.saturating_sub(self.free_inputs.into()) as f64
    }
}

/// The price at an area; beyond every step it is the last one's.
fn price_at(steps: &[PriceStep], area: u64) -> f64 {
    steps
        .iter()
        .find(|step| step.up_to_pixels.is_none_or(|most| area <= most))
        .or(steps.last())
        .map_or(0.0, |step| step.price)
}

/// A currency that vendors charge in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Currency {
    /// US dollars.
    Usd,
    /// Chinese yuan.
    Cny,
}

impl Currency {
    /// The code of ISO 4217.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Cny => "CNY",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of money, kept in millionths of the currency's unit.
///
/// Printed with at least two decimals and no more than it has: `0.25`, `0.005878`. Serialized as
/// a number of units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many millionths.
    pub const fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// How many millionths it is.
    pub const fn millionths(self) -> u64 {
        self.0
    }

    /// An amount of so many units, parts of a millionth rounded up: an estimate must not come out
    /// below what is charged.
    pub(crate) fn from_units(units: f64) -> Self {
        // A hair less, for figures such as 0.1 + 0.2 not to end in a millionth more.
        Self((units * 1e6 - 1e-6).ceil().max(0.0) as u64)
    }

    /// The rest after taking `other` off; `None` where there is less.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Mul<u64> for Amount {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, parts) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let decimals = format!("{parts:06}");
        let shown = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{units}.{}", &decimals[..shown])
    }
}

/// A text that is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAmount(());

impl fmt::Display for InvalidAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount is a number such as 2.50, of at most six decimals")
    }
}

impl std::error::Error for InvalidAmount {}

impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        let (units, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| {
            let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            all.then(|| text.parse::<u64>().ok()).flatten()
        };
        let parts = (decimals.len() <= 6)
            .then(|| digits(decimals))
            .flatten()
            .map(|parts| parts * 10_u64.pow(6 - decimals.len() as u32));
        digits(units)
            .zip(parts)
            .and_then(|(units, parts)| units.checked_mul(1_000_000)?.checked_add(parts))
            .map(Self)
            .ok_or(InvalidAmount(()))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let units = f64::deserialize(deserializer)?;
        if units.is_finite() && units >= 0.0 {
            Ok(Self((units * 1e6).round() as u64))
        } else {
            Err(serde::de::Error::custom(InvalidAmount(())))
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_short() {
        for (units, shown) in [
            (0.0, "0.00"),
            (0.25, "0.25"),
            (0.005_88, "0.00588"),
            (0.1 + 0.2, "0.30"),
            (1_234.5, "1234.50"),
            (0.000_000_1, "0.000001"),
        ] {
            assert_eq!(Amount::from_units(units).to_string(), shown);
        }
        let sum: Amount = [0.1, 0.2].map(Amount::from_units).into_iter().sum();
        assert_eq!(serde_json::to_string(&sum).unwrap(), "0.3");
    }

    #[test]
    fn amounts_are_read_as_they_are_printed() {
        for millionths in [0, 1, 250_000, 2_500_000, 123_456_789, u64::MAX] {
            let amount = Amount::from_millionths(millionths);
            assert_eq!(amount.to_string().parse(), Ok(amount));
        }
        assert_eq!("5".parse(), Ok(Amount::from_millionths(5_000_000)));
        let json = serde_json::to_string(&Amount::from_millionths(5_890)).unwrap();
        assert_eq!(
            serde_json::from_str::<Amount>(&json).unwrap().millionths(),
            5_890
        );
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "0.0000001",
            "1,5",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_step_that_fits_is_the_price() {
        let steps = [
            PriceStep {
                up_to_pixels: Some(100),
                price: 1.0,
            },
            PriceStep {
                up_to_pixels: None,
                price: 2.0,
            },
        ];
        for (area, price) in [(1, 1.0), (100, 1.0), (101, 2.0)] {
            assert!((price_at(&steps, area) - price).abs() < 1e-9);
        }
    }
}
