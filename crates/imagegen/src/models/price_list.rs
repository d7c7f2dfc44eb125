//! Prices as rows write them.

use super::price::{
    Currency, ImageRates, ListedTokens, PictureTokens, Price, PriceStep, QualityFactor, Rates,
    TokenRates,
};

/// Dollars for a million tokens: of the prompt, of images in, of images out.
pub(super) fn tokens(
    [text_in, image_in, image_out]: [f64; 3],
    pictures: PictureTokens,
    source: &'static str,
) -> Option<Price> {
    Some(Price {
        currency: Currency::Usd,
        rates: Rates::Tokens(TokenRates {
            text_in,
            image_in,
            image_out,
            pictures,
        }),
        source: source.into(),
    })
}

/// Tokens at low, medium and high; square, tall and wide.
pub(super) fn listed(tokens: [[u64; 3]; 3]) -> PictureTokens {
    let [low, medium, high] = tokens;
    let of = |(quality, [square, tall, wide]): (&'static str, [u64; 3])| ListedTokens {
        quality: quality.into(),
        square,
        tall,
        wide,
    };
    let all = [("low", low), ("medium", medium), ("high", high)];
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
    let step = |(most, price): &(u64, f64)| PriceStep {
        up_to_pixels: (*most != ANY).then_some(*most),
        price: *price,
    };
    steps.iter().map(step).collect()
}

/// The price of a picture by its pixels, the images that go in being free.
pub(super) fn picture(prices: &[(u64, f64)]) -> ImageRates {
    ImageRates {
        picture: steps(prices),
        layer: Vec::new(),
        input: 0.0,
        free_inputs: 0,
    }
}

/// So much a picture.
pub(super) fn pictures(
    currency: Currency,
    rates: ImageRates,
    source: &'static str,
) -> Option<Price> {
    Some(Price {
        currency,
        rates: Rates::Images(rates),
        source: source.into(),
    })
}
