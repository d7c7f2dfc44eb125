//! What a request will cost by its row, and what an answer did.

use serde::Serialize;
use serde_json::Value;

use crate::check::Frames;
use crate::endpoint::Delivery;
use crate::models::price::{
    Amount, Currency, ImageRates, ListedTokens, PictureTokens, QualityFactor, Rates, TokenRates,
};
use crate::models::{ModelSpec, ModelTable, PixelRule, SizeRule};
use crate::request::ImageRequest;
use crate::response::{Image, ImageResponse, Usage};
use crate::size::{Pixels, Size};

/// What a request will cost at its vendor's list prices; a gateway may charge otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// What the amounts are in.
    pub currency: Currency,
    /// The least it can cost, if all pictures come out.
    pub least: Amount,
    /// The most it can cost. Web searches and the author of an svg are charged besides.
    pub most: Amount,
    /// The fewest pictures that are an answer to it.
    pub fewest_images: u64,
    /// The most pictures.
    pub most_images: u64,
}

/// The tokens one partial image adds (third parties, 2026-11).
const PARTIAL_IMAGE: u64 = 100;
/// The most tokens of an image that goes in: the patches an estimator of third parties stops at.
const INPUT_IMAGE: u64 = 1536;

impl ModelTable {
    /// What a request will cost; `None` where the table has no price for its model.
    ///
    /// A stream's previews cost as well.
    pub fn estimate(&self, request: &ImageRequest, delivery: Delivery) -> Option<Estimate> {
        self.get(request.model())?.estimate(request, delivery)
    }

    /// What an answer cost, as far as it says; `None` where the table has no price for its model
    /// or the answer does not say what it consumed.
    pub fn cost(&self, request: &ImageRequest, response: &ImageResponse) -> Option<Amount> {
        let usage = response.completion.usage.as_ref();
        self.get(request.model())?
            .cost(request, &response.images, usage)
    }

    /// Whether [`cost`](Self::cost) is the whole cost of an answer. The model that writes an svg is
    /// charged besides, by tokens that the answer counts in `svg_usage` and no row has a price for.
    pub fn is_cost_whole(&self, response: &ImageResponse) -> bool {
        let svg = response.completion.extra.get("svg_usage");
        svg.is_none_or(Value::is_null)
    }
}

impl ModelSpec {
    fn estimate(&self, request: &ImageRequest, delivery: Delivery) -> Option<Estimate> {
        let price = self.price.as_ref()?;
        let images = self.count(request);
        let (least, most) = match &price.rates {
            Rates::Tokens(rates) => {
                let tokens = rates.pictures.of(&self.sizes, request);
                let partials = if delivery == Delivery::Stream {
                    integer(request, "partial_images").unwrap_or(0)
                } else {
                    0
                };
                let least = images.0.saturating_mul(tokens.0);
                let partials = partials.saturating_mul(PARTIAL_IMAGE);
                let most = images.1.saturating_mul(tokens.1.saturating_add(partials));
                // A token is a byte of the prompt at least.
                let prompt = request.prompt().len() as u64;
                let inputs = inputs(request) * INPUT_IMAGE;
                (rates.cost(0, 0, least), rates.cost(prompt, inputs, most))
            }
            Rates::Images(rates) => {
                let area = self.area(request);
                let input = rates.of_inputs(inputs(request));
                let picture = rates.of_picture(area);
                let more = if request.is_layered() {
                    rates.of_layer(area)
                } else {
                    picture
                };
                let least = images.0 as f64 * picture.min(more) + input;
                let most = picture.max(more) + (images.1 - 1) as f64 * more + input;
                (Amount::from_units(least), Amount::from_units(most))
            }
        };
        Some(Estimate {
            currency: price.currency,
            least,
            most,
            fewest_images: images.0,
            most_images: images.1,
        })
    }

    fn cost(
        &self,
        request: &ImageRequest,
        images: &[Image],
        usage: Option<&Usage>,
    ) -> Option<Amount> {
        match &self.price.as_ref()?.rates {
            // LiteLLM fills in zeros where it was told nothing: no picture takes no tokens.
            Rates::Tokens(_) if !images.is_empty() && usage?.output_tokens == Some(0) => None,
            Rates::Tokens(rates) => rates.of_usage(usage?, inputs(request) > 0),
            // Nothing came, and nothing says what was made.
            Rates::Images(_) if images.is_empty() && usage.is_none() => None,
            Rates::Images(rates) => {
                let inputs = usage.and_then(|usage| usage.input_images);
                let input = rates.of_inputs(inputs.unwrap_or_else(|| self::inputs(request)));
                let asked = self.area(request);
                let came: f64 = images.iter().map(|i| rates.of_image(i, asked)).sum();
                // Pictures that were made and did not arrive are charged like the others.
                let made = usage.and_then(|usage| usage.generated_images).unwrap_or(0);
                let lost = made.saturating_sub(images.len() as u64);
                let lost = lost as f64 * rates.of_picture(asked);
                Some(Amount::from_units(came + lost + input))
            }
        }
    }

    /// The fewest and the most pictures that answer a request.
    fn count(&self, request: &ImageRequest) -> (u64, u64) {
        if let Some(limit) = self.layer_limit.filter(|_| request.is_layered()) {
            // Resellers call the option `max_images`; it counts the base.
            let asked = integer(request, "max_images").map(|most| most.min(u64::from(limit) + 1));
            let unsaid = u64::from(self.layer_default.unwrap_or(limit)) + 1;
            return (1, asked.unwrap_or(unsaid).max(1));
        }
        let group = request.param("sequential_image_generation");
        if let Some(limit) = self.group_limit
            && group.and_then(Value::as_str) == Some("auto")
        {
            let limit = u64::from(limit);
            let asked = request
                .param("sequential_image_generation_options")
                .and_then(|options| options.get("max_images")?.as_u64());
            let most = asked.unwrap_or(limit);
            return (1, most.min(limit.saturating_sub(inputs(request))).max(1));
        }
        let n = integer(request, "n").unwrap_or(1).max(1);
        (n, n)
    }

    /// The pixels of a picture, width times height; where the vendor chooses among several, more
    /// than any step.
    fn area(&self, request: &ImageRequest) -> u64 {
        match request.size().or(self.sizes.default) {
            Some(Size::Pixels(pixels)) => pixels.area(),
            Some(Size::Tier(tier)) => u64::from(tier.side()).pow(2),
            Some(Size::Auto | Size::Adaptive) | None => u64::MAX,
        }
    }
}

impl TokenRates {
    fn cost(&self, text: u64, images: u64, out: u64) -> Amount {
        // Prices are for a million tokens.
        let millions = |tokens: u64| tokens as f64 / 1e6;
        Amount::from_units(
            self.text_in * millions(text)
                + self.image_in * millions(images)
                + self.image_out * millions(out),
        )
    }

    /// What was consumed; where the kinds of the input's tokens are not told apart, those of a
    /// request with images count as images, which cost more.
    fn of_usage(&self, usage: &Usage, with_images: bool) -> Option<Amount> {
        let out = usage.output_tokens.or(usage.output_image_tokens)?;
        let (text, images) = match (usage.input_text_tokens, usage.input_image_tokens) {
            (None, None) if with_images => (0, usage.input_tokens.unwrap_or(0)),
            (None, None) => (usage.input_tokens.unwrap_or(0), 0),
            (text, images) => (text.unwrap_or(0), images.unwrap_or(0)),
        };
        Some(self.cost(text, images, out))
    }
}

impl ImageRates {
    fn of_image(&self, image: &Image, asked: u64) -> f64 {
        let area = image.known_size().map_or(asked, Pixels::area);
        match &image.layer {
            Some(layer) if layer.z_index > 0 => self.of_layer(area),
            _ => self.of_picture(area),
        }
    }
}

impl PictureTokens {
    /// The least and the most tokens of one picture.
    fn of(&self, sizes: &SizeRule, request: &ImageRequest) -> (u64, u64) {
        let quality = request.param("quality").and_then(Value::as_str);
        let size = request.size().and_then(Size::pixels);
        match self {
            Self::Listed(list) => {
                span(chosen(list, quality, |listed| &listed.quality).map(|listed| listed.of(size)))
            }
            Self::Formula(factors) => {
                let frames = Frames::of(request);
                let sheet = frames.map_or((1, 1), |f| (f.columns.into(), f.rows.into()));
                span(
                    chosen(factors, quality, |factor| &factor.quality)
                        .map(|factor| factor.of(size, &sizes.pixels, sheet)),
                )
            }
        }
    }
}

/// The entry of a quality; all of them where it is left to the vendor.
fn chosen<'a, T>(
    list: &'a [T],
    quality: Option<&str>,
    of: impl Fn(&T) -> &str,
) -> impl Iterator<Item = &'a T> {
    let one = quality.and_then(|quality| list.iter().position(|entry| of(entry) == quality));
    let range = one.map_or(0..list.len(), |at| at..at + 1);
    list[range].iter()
}

fn span(ranges: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    ranges
        .reduce(|(least, most), range| (least.min(range.0), most.max(range.1)))
        .unwrap_or((0, 0))
}

impl ListedTokens {
    fn of(&self, size: Option<Pixels>) -> (u64, u64) {
        let all = [self.square, self.tall, self.wide];
        let one = |tokens| (tokens, tokens);
        match size.map(|size| size.width().cmp(&size.height())) {
            Some(std::cmp::Ordering::Equal) => one(self.square),
            Some(std::cmp::Ordering::Less) => one(self.tall),
            Some(std::cmp::Ordering::Greater) => one(self.wide),
            None => span(all.map(one).into_iter()),
        }
    }
}

impl QualityFactor {
    fn of(&self, size: Option<Pixels>, rule: &PixelRule, sheet: (u64, u64)) -> (u64, u64) {
        let (least, most) = match (size, rule) {
            (Some(size), _) => {
                let (across, down) = sheet;
                let sides = (
                    u64::from(size.width()) * across,
                    u64::from(size.height()) * down,
                );
                let tokens = self.tokens(sides);
                (tokens, tokens)
            }
            (None, PixelRule::Within(bounds)) => {
                // The longest of the smallest pictures is the cheapest, the largest square the
                // dearest.
                let ratio = f64::from(bounds.max_ratio.unwrap_or(1));
                let short = (bounds.min_pixels as f64 / ratio).sqrt();
                let smallest = ((short * ratio) as u64, short as u64);
                let side = (bounds.max_pixels as f64).sqrt().ceil() as u64;
                (self.tokens(smallest), self.tokens((side, side)))
            }
            (None, _) => (0, 0),
        };
        (
            (least as f64 * self.least).floor() as u64,
            (most as f64 * self.most).ceil() as u64,
        )
    }

    /// The official calculator's formula, as two public repositories have it (2026-11); it gives
    /// all sixteen counts that were published or measured.
    fn tokens(&self, (width, height): (u64, u64)) -> u64 {
        let (long, short) = (width.max(height), width.min(height).max(1));
        let factor = u64::from(self.factor);
        // Halves are rounded up.
        let shorter = (2 * factor * short + long) / (2 * long);
        (factor * shorter * (2_000_000 + width * height)).div_ceil(4_000_000)
    }
}

fn inputs(request: &ImageRequest) -> u64 {
    let others = request.mask().iter().count() + request.markup().iter().count();
    (request.images().len() + others) as u64
}

fn integer(request: &ImageRequest, name: &str) -> Option<u64> {
    request.param(name).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn request(body: Value) -> ImageRequest {
        serde_json::from_value(body).unwrap()
    }

    fn cost(body: Value, usage: Value, sizes: &[&str]) -> Option<String> {
        let image = |size: &&str| json!({ "url": "https://example.com/1.png", "size": size });
        let data: Vec<_> = sizes.iter().map(image).collect();
        let answer = json!({ "data": data, "usage": usage }).to_string();
        let answer = crate::wire::read_answer(answer.as_bytes(), &mut Default::default()).unwrap();
        let (images, usage) = match answer {
            Ok(answer) => {
                let url = || crate::ImageData::Url(String::new());
                let images = answer.images.into_iter();
                let images: Vec<_> = images.map(|found| found.about.image(url())).collect();
                (images, answer.completion.usage)
            }
            Err(_) => (Vec::new(), None),
        };
        let request = request(body);
        let row = ModelTable::builtin().get(request.model()).unwrap();
        let cost = row.cost(&request, &images, usage.as_ref());
        cost.map(|amount| amount.to_string())
    }

    /// Worked out from the vendors' rates by hand.
    #[test]
    fn an_answer_costs_what_it_says_it_consumed() {
        let gpt = json!({"model": "gpt-image-2", "prompt": "p"});
        let usage = json!({"input_tokens": 523, "output_tokens": 196, "total_tokens": 719,
            "input_tokens_details": {"text_tokens": 11, "image_tokens": 512}});
        // 11 x 5 + 512 x 8 + 196 x 30 millionths.
        assert_eq!(cost(gpt.clone(), usage, &[""]).as_deref(), Some("0.010031"));
        let plain = json!({"input_tokens": 11, "output_tokens": 196});
        assert_eq!(cost(gpt.clone(), plain, &[""]).as_deref(), Some("0.005935"));
        let zeros = json!({"input_tokens": 0, "output_tokens": 0, "total_tokens": 0});
        assert_eq!(cost(gpt.clone(), zeros, &[""]), None);
        assert_eq!(cost(gpt, json!({}), &[""]), None);

        let pro = json!({"model": "doubao-seedream-5-0-pro-260628", "prompt": "p", "size": "2K",
            "image": ["https://example.com/1.png", "https://example.com/2.png"]});
        let none = json!({});
        assert_eq!(
            cost(pro.clone(), none, &["1024x1024"]).as_deref(),
            Some("0.32")
        );
        let usage = json!({"generated_images": 2, "input_images": 3});
        // One of two arrived: 0.30, 0.60 as asked for, and two inputs of three.
        assert_eq!(cost(pro, usage, &["1024x1024"]).as_deref(), Some("0.94"));
        let flash = json!({"model": "doubao-seedream-5-0-flash-260915", "prompt": "p"});
        assert_eq!(cost(flash, json!({}), &[]), None);
        let unknown = json!({"model": "doubao-seedream-5-5-261028", "prompt": "p"});
        assert_eq!(cost(unknown, json!({}), &["1024x1024"]), None);
    }

    /// Measured tokens of 2.6 (a reseller, 2026-11-05) at 30 dollars a million.
    #[test]
    fn what_was_measured_lies_within_the_estimate() {
        for (size, quality, tokens) in [
            ("1536x1024", "low", 664),
            ("1536x1024", "high", 1353),
            ("3840x2160", "high", 3337),
        ] {
            let body = json!({"model": "gpt-image-2.6-flare", "size": size, "quality": quality});
            let estimate = ModelTable::builtin()
                .estimate(&request(body), Delivery::Whole)
                .unwrap();
            let measured = Amount::from_millionths(tokens * 30);
            assert!(
                estimate.least <= measured && measured <= estimate.most,
                "{size} {quality}: {estimate:?}"
            );
        }
    }

    #[test]
    fn a_gif_is_charged_as_the_sheet_of_its_frames() {
        let tokens = |frames: u64, size: &str| {
            let body = json!({"model": "gpt-image-2.5-flare", "output_format": "gif", "size": size,
                "quality": "high", "frame_count": frames});
            ModelTable::builtin()
                .estimate(&request(body), Delivery::Whole)
                .unwrap()
        };
        for (frames, sheet) in [
            (2, "1920x960"),
            (9, "1440x1440"),
            (12, "1920x1440"),
            (16, "1920x1920"),
        ] {
            let body = json!({"model": "gpt-image-2.5-flare", "size": sheet, "quality": "high"});
            let expected = ModelTable::builtin().estimate(&request(body), Delivery::Whole);
            assert_eq!(Some(tokens(frames, "480x480")), expected, "{frames}");
        }
    }

    proptest! {
        #[test]
        fn no_request_has_less_as_the_most(
            row in 0..ModelTable::builtin().models().len(),
            n in any::<u64>(),
            width in any::<u32>(),
            height in any::<u32>(),
            partial_images in any::<u64>(),
            max_images in any::<u64>(),
            quality in "low|medium|high|xhigh|max|auto|other",
            auto in any::<bool>(),
            stream in prop_oneof![Just(Delivery::Whole), Just(Delivery::Stream)],
            layers in any::<bool>(),
        ) {
            let size = if auto { "auto".to_owned() } else { format!("{width}x{height}") };
            let request = request(json!({
                "model": ModelTable::builtin().models()[row].id, "n": n, "size": size,
                "quality": quality, "partial_images": partial_images,
                "sequential_image_generation": "auto", "layer_decomposition": layers,
                "sequential_image_generation_options": {"max_images": max_images},
            }));
            if let Some(estimate) = ModelTable::builtin().estimate(&request, stream) {
                prop_assert!(estimate.least <= estimate.most, "{estimate:?}");
                prop_assert!(estimate.fewest_images <= estimate.most_images);
            }
        }
    }
}
