//! The words in which the rows are written.

use std::borrow::Cow;

use super::price::{
    Currency, ImageRates, ListedTokens, PictureTokens, Price, PriceStep, QualityFactor, Rates,
    TokenRates,
};
use super::spec::{Parameter, Values};

pub(super) fn parameter(name: &'static str, values: Values) -> Parameter {
    Parameter::new(name, values)
}

pub(super) fn words(name: &'static str, words: &[&'static str]) -> Parameter {
    let words = words.iter().map(|word| Cow::Borrowed(*word)).collect();
    parameter(name, Values::Words(words))
}

/// Words that are documented, without a promise that there are no others.
pub(super) fn known_words(name: &'static str, words: &[&'static str]) -> Parameter {
    let words = words.iter().map(|word| Cow::Borrowed(*word)).collect();
    parameter(name, Values::KnownWords(words))
}

pub(super) fn integer(name: &'static str, min: i64, max: i64) -> Parameter {
    parameter(name, Values::Integer { min, max })
}

pub(super) fn boolean(name: &'static str) -> Parameter {
    parameter(name, Values::Boolean)
}

/// Dollars for a million tokens: of the prompt, of images in, of images out.
pub(super) fn tokens(
    [text_in, image_in, image_out]: [f64; 3],
    pictures: PictureTokens,
    source: &'static str,
) -> Option<Price> {
    let rates = TokenRates::new(text_in, image_in, image_out, pictures);
    Some(Price::new(Currency::Usd, Rates::Tokens(rates), source))
}

/// Tokens at low, medium and high; square, tall and wide.
pub(super) fn listed(tokens: [[u64; 3]; 3]) -> PictureTokens {
    let [low, medium, high] = tokens;
    let all = [("low", low), ("medium", medium), ("high", high)];
    let of = |(quality, tokens)| ListedTokens::new(quality, tokens);
    PictureTokens::Listed(all.map(of).into())
}

/// Qualities by their factors in OpenAI's formula, with the least and the most of it that was
/// charged.
pub(super) fn formula(factors: &[(&'static str, u32, f64, f64)]) -> PictureTokens {
    let of = |(quality, factor, least, most): &(&'static str, u32, f64, f64)| QualityFactor {
        quality: (*quality).into(),
        factor: *factor,
        least: *least,
        most: *most,
    };
    PictureTokens::Formula(factors.iter().map(of).collect())
}

/// In the steps of a price: the rest.
pub(super) const ANY: u64 = u64::MAX;

/// Prices by the most pixels they hold for.
pub(super) fn steps(steps: &[(u64, f64)]) -> Vec<PriceStep> {
    let step = |(most, price): &(u64, f64)| {
        let up_to_pixels = (*most != ANY).then_some(*most);
        PriceStep::new(up_to_pixels, *price)
    };
    steps.iter().map(step).collect()
}

/// The price of a picture by its pixels, the images that go in being free.
pub(super) fn picture(prices: &[(u64, f64)]) -> ImageRates {
    ImageRates::new(steps(prices))
}

/// So much a picture.
pub(super) fn pictures(
    currency: Currency,
    rates: ImageRates,
    source: &'static str,
) -> Option<Price> {
    Some(Price::new(currency, Rates::Images(rates), source))
}
