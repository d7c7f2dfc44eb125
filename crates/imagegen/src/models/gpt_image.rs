//! OpenAI's rows.
//!
//! Sources: the OpenAPI document of OpenAI (2026-08-21), its SDKs (2026-11-17), its reference, model
//! and deprecation pages (2026-11-05 to 11-11), and measurements by third parties where OpenAI gives
//! no figure (pixel range and edge: probes of 2026-04-28; gif frames: 2026-11-09).

use std::borrow::Cow;

use super::id::models;
use super::row::{formula, integer, known_words, listed, parameter, tokens, words};
use super::sizes::{Bounds, PixelRule, Recommended, SizeRule};
use super::spec::{Caution, Family, LifeCycle, ModelSpec, Parameter, ReferenceImages, Values};
use crate::size::{AspectRatio, Pixels, Size};
use crate::time::Date;

models! {
    /// An OpenAI image model.
    GptImageModel {
        /// Retired by OpenAI on 2026-05-12.
        DallE2 = "dall-e-2" => dall_e_2();
        /// Retired by OpenAI on 2026-05-12.
        DallE3 = "dall-e-3" => dall_e_3();
        /// Retired by OpenAI on 2026-10-23; gateways may still map it.
        GptImage1 = "gpt-image-1" => ends(gpt_image_1(), date(2026, 10, 23), "gpt-image-2.5-sunburst");
        /// Ends on 2026-12-01.
        GptImage1Mini = "gpt-image-1-mini" => ends(mini(), date(2026, 12, 1), "gpt-image-2.6-flare");
        /// Ends on 2026-12-01.
        GptImage1_5 = "gpt-image-1.5" => ends(gpt_image_1_5(), date(2026, 12, 1), "gpt-image-2.6-sunburst");
        /// The dated snapshot of 1.5; ends with it.
        GptImage1_5Of20251216 = "gpt-image-1.5-2025-12-16" => ends(gpt_image_1_5(), date(2026, 12, 1), "gpt-image-2.6-sunburst");
        /// Ends on 2026-12-01.
        ChatGptImageLatest = "chatgpt-image-latest" => ends(chatgpt_image(), date(2026, 12, 1), "gpt-image-2.6-sunburst");
        /// Any size within its bounds, up to 4K.
        GptImage2 = "gpt-image-2" => gpt_image_2();
        /// The dated snapshot of 2.
        GptImage2Of20260421 = "gpt-image-2-2026-04-21" => gpt_image_2();
        /// The fast 2.5: qualities up to `max`.
        GptImage2_5Flare = "gpt-image-2.5-flare" => gpt_image_2_5();
        /// The dated snapshot of 2.5 flare.
        GptImage2_5FlareOf20260908 = "gpt-image-2.5-flare-2026-09-08" => gpt_image_2_5();
        /// The thorough 2.5.
        GptImage2_5Sunburst = "gpt-image-2.5-sunburst" => gpt_image_2_5();
        /// The dated snapshot of 2.5 sunburst.
        GptImage2_5SunburstOf20260908 = "gpt-image-2.5-sunburst-2026-09-08" => gpt_image_2_5();
        /// The fast 2.6: `complexity`, gif and svg.
        GptImage2_6Flare = "gpt-image-2.6-flare" => gpt_image_2_6();
        /// The thorough 2.6.
        GptImage2_6Sunburst = "gpt-image-2.6-sunburst" => gpt_image_2_6();
    }
}

const fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day)
}

fn ends(spec: ModelSpec, shutdown: Date, replacement: &'static str) -> ModelSpec {
    ModelSpec {
        life_cycle: LifeCycle {
            shutdown: Some(shutdown),
            replacement: Some(replacement.into()),
            ..spec.life_cycle
        },
        ..spec
    }
}

fn released(spec: ModelSpec, on: Date) -> ModelSpec {
    ModelSpec {
        life_cycle: LifeCycle {
            released: Some(on),
            ..spec.life_cycle
        },
        ..spec
    }
}

fn one_of(sizes: &[(u32, u32)]) -> PixelRule {
    PixelRule::OneOf(
        sizes
            .iter()
            .map(|(width, height)| Pixels::new(*width, *height))
            .collect(),
    )
}

fn recommended(sizes: &[(u32, u32, u32, u32)]) -> Vec<Recommended> {
    sizes
        .iter()
        .map(|(x, y, width, height)| Recommended {
            tier: None,
            ratio: AspectRatio::new(*x, *y),
            size: Pixels::new(*width, *height),
        })
        .collect()
}

fn parameters(qualities: &[&'static str], formats: &[&'static str]) -> Vec<Parameter> {
    vec![
        integer("n", 1, 10),
        words("quality", qualities),
        words("background", &["transparent", "opaque", "auto"]),
        words("output_format", formats),
        integer("output_compression", 0, 100),
        words("moderation", &["auto", "low"]),
        integer("partial_images", 0, 3),
        parameter("user", Values::Text),
        parameter("safety_identifier", Values::Text),
    ]
}

/// Edits: up to 16 images below 50 MB, a PNG mask below 4 MB (OpenAPI of 2026-08-21).
fn edit_images() -> Option<ReferenceImages> {
    Some(ReferenceImages {
        min: 0,
        max: 16,
        formats: ["png", "webp", "jpeg"].map(Cow::Borrowed).to_vec(),
        max_bytes: 50_000_000,
        min_side: None,
        max_pixels: None,
        max_ratio: None,
        mask_max_bytes: Some(4_000_000),
        markup: false,
        layered: None,
    })
}

/// gpt-image-1 and its contemporaries: three sizes.
fn fixed_sizes() -> ModelSpec {
    ModelSpec {
        id: "".into(),
        family: Family::GptImage,
        life_cycle: LifeCycle::default(),
        sizes: SizeRule {
            auto: true,
            pixels: one_of(&[(1024, 1024), (1536, 1024), (1024, 1536)]),
            default: Some(Size::Auto),
            recommended: recommended(&[(1, 1, 1024, 1024), (3, 2, 1536, 1024), (2, 3, 1024, 1536)]),
            ..SizeRule::default()
        },
        parameters: parameters(&["low", "medium", "high", "auto"], &["png", "jpeg", "webp"]),
        edit_parameters: vec![words("input_fidelity", &["high", "low"])],
        default_format: Some("png".into()),
        prompt_limit: Some(32_000),
        streaming: true,
        reference_images: edit_images(),
        group_limit: None,
        layer_limit: None,
        layer_default: None,
        transparent_needs_image: false,
        price: None,
        source: "OpenAI OpenAPI document 2026-08-21; deprecations page 2026-11".into(),
        unread_parts: false,
    }
}

/// The official guide's calculator (2026-11).
const FIXED_TOKENS: [[u64; 3]; 3] = [[272, 408, 400], [1056, 1584, 1568], [4160, 6240, 6208]];

fn gpt_image_1() -> ModelSpec {
    ModelSpec {
        price: tokens(
            [5.0, 10.0, 40.0],
            listed(FIXED_TOKENS),
            "OpenAI's model page, 2026-11",
        ),
        ..fixed_sizes()
    }
}

/// The tokens are those of gpt-image-1: times the rate they are its list of prices.
fn gpt_image_1_5() -> ModelSpec {
    ModelSpec {
        price: tokens(
            [5.0, 8.0, 32.0],
            listed(FIXED_TOKENS),
            "a table that cites OpenAI's price page, 2026-11",
        ),
        ..fixed_sizes()
    }
}

fn chatgpt_image() -> ModelSpec {
    ModelSpec {
        price: tokens(
            [5.0, 8.0, 32.0],
            listed(FIXED_TOKENS),
            "a table that cites OpenAI's price page, 2026-11; the tokens are those of its family",
        ),
        ..fixed_sizes()
    }
}

fn mini() -> ModelSpec {
    ModelSpec {
        edit_parameters: vec![words("input_fidelity", &["low"])],
        // The vendor lists prices, 0.005 to 0.052 dollars; these are the tokens they come to.
        price: tokens(
            [2.0, 2.5, 8.0],
            listed([[625, 750, 750], [1375, 1875, 1875], [4500, 6500, 6500]]),
            "OpenAI's model page, 2026-11",
        ),
        ..fixed_sizes()
    }
}

fn gpt_image_2() -> ModelSpec {
    let mut parameters = parameters(&["low", "medium", "high", "auto"], &["png", "jpeg", "webp"]);
    for parameter in &mut parameters {
        if parameter.name == "background" {
            *parameter = parameter.clone().with_caution(Caution::of_word(
                "transparent",
                "transparency on this model is a preview since 2026-08-20",
            ));
        }
    }
    let any_size = ModelSpec {
        sizes: SizeRule {
            auto: true,
            pixels: PixelRule::Within(Bounds {
                min_pixels: 655_360,
                max_pixels: 8_294_400,
                multiple_of: 16,
                longest_edge: Some(3840),
                max_ratio: Some(3),
                experimental_above: Some(2560 * 1440),
                presumed: false,
                presumed_minimum: false,
            }),
            default: Some(Size::Auto),
            recommended: recommended(&[
                (1, 1, 1024, 1024),
                (1, 1, 2048, 2048),
                (3, 2, 1536, 1024),
                (2, 3, 1024, 1536),
                (16, 9, 2048, 1152),
                (16, 9, 2560, 1440),
                (16, 9, 3840, 2160),
                (9, 16, 1152, 2048),
                (9, 16, 1440, 2560),
                (9, 16, 2160, 3840),
            ]),
            ..SizeRule::default()
        },
        parameters,
        edit_parameters: vec![words("input_fidelity", &["high", "low"]).with_caution(
            Caution::new("the reference says to leave it out for this model"),
        )],
        price: tokens(
            [5.0, 8.0, 30.0],
            formula(&[
                ("low", 16, 1.0, 1.0),
                ("medium", 48, 1.0, 1.0),
                ("high", 96, 1.0, 1.0),
            ]),
            "third parties, 2026",
        ),
        source: "OpenAI OpenAPI document 2026-08-21; pixel range and edge by probes of 2026-04-28"
            .into(),
        ..fixed_sizes()
    };
    released(any_size, date(2026, 4, 21))
}

fn gpt_image_2_5() -> ModelSpec {
    let spec = ModelSpec {
        parameters: parameters(
            &["low", "medium", "high", "xhigh", "max", "auto"],
            &["png", "jpeg", "webp"],
        ),
        price: tokens(
            [5.0, 8.0, 30.0],
            formula(&[
                ("low", 16, 1.0, 1.0),
                ("medium", 24, 1.0, 1.0),
                ("high", 48, 1.0, 1.0),
                ("xhigh", 64, 1.0, 1.0),
                ("max", 96, 1.0, 1.0),
            ]),
            "third parties, 2026-09-09",
        ),
        reference_images: edit_images().map(|images| ReferenceImages {
            markup: true,
            ..images
        }),
        source: "OpenAI SDK 3.57.0 (2026-11-17); reference page 2026-11-11".into(),
        ..gpt_image_2()
    };
    released(spec, date(2026, 9, 8))
}

fn gpt_image_2_6() -> ModelSpec {
    let mut parameters = parameters(
        &["low", "medium", "high", "xhigh", "max", "auto"],
        &["png", "jpeg", "webp", "gif", "svg"],
    );
    parameters.extend([
        words("complexity", &["low", "medium", "high"]),
        integer("frame_count", 2, 16),
        // A longer delay than a gif can say is capped in the file.
        parameter("frame_duration_ms", Values::AtLeast { min: 20 }),
        parameter(
            "svg",
            Values::Object(vec![
                parameter("model", Values::Text),
                parameter(
                    "reasoning",
                    Values::Object(vec![known_words(
                        "effort",
                        &["none", "minimal", "low", "medium", "high", "xhigh", "max"],
                    )]),
                ),
            ]),
        ),
    ]);
    let base = gpt_image_2_5();
    let sizes = SizeRule {
        pixels: match base.sizes.pixels.clone() {
            // OpenAI names free sizes for 2 and 2.5; of 2.6 only third parties do.
            PixelRule::Within(bounds) => PixelRule::Within(Bounds {
                presumed: true,
                presumed_minimum: true,
                ..bounds
            }),
            other => other,
        },
        ..base.sizes.clone()
    };
    let spec = ModelSpec {
        sizes,
        parameters,
        // Low and medium were charged at three to four times the formula, and once at 4.2; the
        // others came near it.
        price: tokens(
            [5.0, 8.0, 30.0],
            formula(&[
                ("low", 16, 3.0, 4.5),
                ("medium", 24, 3.0, 4.5),
                ("high", 48, 0.95, 1.05),
                ("xhigh", 64, 0.95, 1.05),
                ("max", 96, 0.95, 1.05),
            ]),
            "OpenAI's model page, 2026-11; tokens by a reseller, 2026-11-05",
        ),
        source:
            "OpenAI SDK 3.57.0 (2026-11-17), reference 2026-11-11; sizes by third parties, gif \
                 frames measured by them 2026-11-09"
                .into(),
        ..base
    };
    released(spec, date(2026, 11, 4))
}

fn dall_e_2() -> ModelSpec {
    let spec = ModelSpec {
        sizes: SizeRule {
            pixels: one_of(&[(256, 256), (512, 512), (1024, 1024)]),
            default: Some(Size::px(1024, 1024)),
            recommended: recommended(&[(1, 1, 1024, 1024)]),
            ..SizeRule::default()
        },
        parameters: vec![
            integer("n", 1, 10),
            words("response_format", &["url", "b64_json"]),
            words("quality", &["standard"]),
            parameter("user", Values::Text),
        ],
        edit_parameters: Vec::new(),
        prompt_limit: Some(1000),
        streaming: false,
        reference_images: None,
        price: None,
        source: "OpenAI OpenAPI document 2026-08-21".into(),
        ..fixed_sizes()
    };
    ends(spec, date(2026, 5, 12), "gpt-image-2.6-flare")
}

fn dall_e_3() -> ModelSpec {
    ModelSpec {
        sizes: SizeRule {
            pixels: one_of(&[(1024, 1024), (1792, 1024), (1024, 1792)]),
            default: Some(Size::px(1024, 1024)),
            recommended: recommended(&[(1, 1, 1024, 1024), (7, 4, 1792, 1024), (4, 7, 1024, 1792)]),
            ..SizeRule::default()
        },
        parameters: vec![
            integer("n", 1, 1),
            words("response_format", &["url", "b64_json"]),
            words("quality", &["standard", "hd"]),
            words("style", &["vivid", "natural"]),
            parameter("user", Values::Text),
        ],
        prompt_limit: Some(4000),
        ..dall_e_2()
    }
}
