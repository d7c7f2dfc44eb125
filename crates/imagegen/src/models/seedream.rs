//! ByteDance's rows.
//!
//! Sources: the Volcengine image API page (82379/1541523) in its states of early 2026, July,
//! August and October 2026, the vendor's SDKs (2026-08), its price and deprecation notices, and
//! resellers' pages of November 2026 for 5.5, whose official page was not found.

use std::borrow::Cow;

use super::id::models;
use super::price::{Currency, ImageRates, Price};
use super::row::{ANY, boolean, integer, parameter, picture, pictures, steps, words};
use super::sizes::{Bounds, PixelRule, Recommended, SizeRule};
use super::spec::{
    Caution, Family, LayeredImage, LifeCycle, ModelSpec, Parameter, ReferenceImages, Values,
};
use crate::size::{AspectRatio, Pixels, Size, Tier};
use crate::time::Date;

models! {
    /// A ByteDance Doubao Seedream model.
    SeedreamModel {
        /// Text to image, off the vendor's page since July 2026.
        Seedream3_0T2i = "doubao-seedream-3-0-t2i-250415" => seedream_3_0();
        /// Image to image, off the vendor's page since July 2026.
        SeedEdit3_0 = "doubao-seededit-3-0-i2i-250628" => seededit_3_0();
        /// 4.0; ends on 2026-11-24.
        Seedream4_0 = "doubao-seedream-4-0-250828" => ends(seedream_4_0(), "doubao-seedream-4-0-20260415");
        /// The current 4.0: the only group-image model left on Ark after 2026-11-24.
        Seedream4_0Of20260415 = "doubao-seedream-4-0-20260415" => seedream_4_0();
        /// 4.5; ends on 2026-11-24.
        Seedream4_5 = "doubao-seedream-4-5-251128" => ends(seedream_4_5(), "doubao-seedream-5-0-pro-260628");
        /// 5.0 lite; ends on 2026-11-24.
        Seedream5_0 = "doubao-seedream-5-0-260128" => ends(seedream_5_0_lite(), "doubao-seedream-5-0-pro-260628");
        /// 5.0 lite under its longer name; ends on 2026-11-24.
        Seedream5_0Lite = "doubao-seedream-5-0-lite-260128" => ends(seedream_5_0_lite(), "doubao-seedream-5-0-pro-260628");
        /// 5.0 pro: layers and kept transparency.
        Seedream5_0Pro = "doubao-seedream-5-0-pro-260628" => seedream_5_0_pro();
        /// 5.0 flash: the cheapest.
        Seedream5_0Flash = "doubao-seedream-5-0-flash-260915" => seedream_5_0_flash();
        /// 5.5: the newest.
        Seedream5_5 = "doubao-seedream-5-5-261028" => seedream_5_5();
        /// 4.0 on BytePlus.
        Seedream4_0BytePlus = "seedream-4-0-250828" => v4_0_on_byte_plus();
        /// The newer 4.0 on BytePlus.
        Seedream4_0BytePlusOf20260415 = "seedream-4-0-20260415" => v4_0_on_byte_plus();
        /// 4.5 on BytePlus.
        Seedream4_5BytePlus = "seedream-4-5-251128" => v4_5_on_byte_plus();
        /// 5.0 lite on BytePlus.
        Seedream5_0BytePlus = "seedream-5-0-260128" => lite_on_byte_plus();
        /// 5.0 lite on BytePlus under its longer name.
        Seedream5_0LiteBytePlus = "seedream-5-0-lite-260128" => lite_on_byte_plus();
        /// 5.0 pro as gateways name it.
        Seedream5_0ProShort = "seedream-5-0-pro-260628" => pro_on_byte_plus();
        /// 5.0 pro on BytePlus.
        Seedream5_0ProBytePlus = "dola-seedream-5-0-pro-260628" => pro_on_byte_plus();
        /// 5.0 flash on BytePlus.
        Seedream5_0FlashBytePlus = "seedream-5-0-flash-260915" => flash_on_byte_plus();
        /// 5.0 flash as BytePlus's own tools name it.
        Seedream5_0FlashDola = "dola-seedream-5-0-flash-260915" => flash_on_byte_plus();
        /// 5.5 as BytePlus's own tools name it.
        Seedream5_5Dola = "dola-seedream-5-5-261028" => seedream_5_5_on_byte_plus();
        /// 5.5 on BytePlus.
        Seedream5_5BytePlus = "seedream-5-5-261028" => seedream_5_5_on_byte_plus();
    }
}

/// The "tenth batch" of retirements: 2026-11-24 14:00 UTC+8.
fn ends(spec: ModelSpec, replacement: &'static str) -> ModelSpec {
    ModelSpec {
        life_cycle: LifeCycle {
            shutdown: Some(Date::new(2026, 11, 24)),
            replacement: Some(replacement.into()),
            ..spec.life_cycle
        },
        ..spec
    }
}

/// What Ark asks for.
fn yuan(rates: ImageRates) -> Option<Price> {
    pictures(
        Currency::Cny,
        rates,
        "Volcengine price page 82379/1544106, 2026-09-30 and 2026-10",
    )
}

/// The row of a BytePlus id, with what BytePlus asks for; it takes layers from more formats.
fn byte_plus(mut spec: ModelSpec, rates: ImageRates) -> ModelSpec {
    let images = spec.reference_images.as_mut();
    if let Some(layered) = images.and_then(|images| images.layered.as_mut()) {
        let more = ["webp", "bmp", "tiff", "gif"].map(Cow::Borrowed);
        layered.formats.extend(more);
    }
    ModelSpec {
        price: pictures(
            Currency::Usd,
            rates,
            "BytePlus prices, by third parties, 2026-10 and 2026-11",
        ),
        ..spec
    }
}

fn v4_0_on_byte_plus() -> ModelSpec {
    byte_plus(seedream_4_0(), picture(&[(ANY, 0.03)]))
}

fn v4_5_on_byte_plus() -> ModelSpec {
    byte_plus(seedream_4_5(), picture(&[(ANY, 0.04)]))
}

fn lite_on_byte_plus() -> ModelSpec {
    byte_plus(seedream_5_0_lite(), picture(&[(ANY, 0.035)]))
}

/// BytePlus counts the first image that goes in as part of the picture.
fn pro_on_byte_plus() -> ModelSpec {
    let rates = ImageRates {
        layer: steps(&[(2_610_000, 0.0225), (ANY, 0.045)]),
        input: 0.003,
        free_inputs: 1,
        ..picture(&[(2_610_000, 0.045), (ANY, 0.09)])
    };
    byte_plus(seedream_5_0_pro(), rates)
}

fn flash_on_byte_plus() -> ModelSpec {
    byte_plus(seedream_5_0_flash(), picture(&[(ANY, 0.018)]))
}

/// The step is 1536 x 1536 and a twentieth more a side.
fn seedream_5_5_on_byte_plus() -> ModelSpec {
    let rates = ImageRates {
        input: 0.008,
        ..picture(&[(2_601_123, 0.020), (ANY, 0.035)])
    };
    let spec = byte_plus(seedream_5_5(), rates);
    ModelSpec {
        // Announced on 2026-11-09, with early access here.
        life_cycle: LifeCycle {
            released: Some(Date::new(2026, 11, 12)),
            ..LifeCycle::default()
        },
        ..spec
    }
}

fn within(min_pixels: u64, max_pixels: u64) -> Bounds {
    Bounds {
        min_pixels,
        max_pixels,
        multiple_of: 1,
        longest_edge: None,
        max_ratio: Some(16),
        experimental_above: None,
        presumed: false,
        presumed_minimum: false,
    }
}

/// The shapes of every table below, in its column order.
const SHAPES: [(u32, u32); 8] = [
    (1, 1),
    (4, 3),
    (3, 4),
    (16, 9),
    (9, 16),
    (3, 2),
    (2, 3),
    (21, 9),
];

/// The vendor's recommended pixels by tier, in the order of [`SHAPES`].
type TierTable = (Tier, [(u32, u32); 8]);

const PRO_1K: TierTable = (
    Tier::K1,
    [
        (1024, 1024),
        (1152, 864),
        (864, 1152),
        (1424, 800),
        (800, 1424),
        (1248, 832),
        (832, 1248),
        (1568, 672),
    ],
);
const PRO_1_5K: TierTable = (
    Tier::K1_5,
    [
        (1536, 1536),
        (1792, 1344),
        (1344, 1792),
        (2048, 1152),
        (1152, 2048),
        (1872, 1248),
        (1248, 1872),
        (2352, 1008),
    ],
);
const PRO_2K: TierTable = (
    Tier::K2,
    [
        (2048, 2048),
        (2368, 1776),
        (1776, 2368),
        (2816, 1584),
        (1584, 2816),
        (2496, 1664),
        (1664, 2496),
        (3136, 1344),
    ],
);
const V4_1K: TierTable = (
    Tier::K1,
    [
        (1024, 1024),
        (1152, 864),
        (864, 1152),
        (1280, 720),
        (720, 1280),
        (1248, 832),
        (832, 1248),
        (1512, 648),
    ],
);
const V4_2K: TierTable = (
    Tier::K2,
    [
        (2048, 2048),
        (2304, 1728),
        (1728, 2304),
        (2848, 1600),
        (1600, 2848),
        (2496, 1664),
        (1664, 2496),
        (3136, 1344),
    ],
);
const LITE_3K: TierTable = (
    Tier::K3,
    [
        (3072, 3072),
        (3456, 2592),
        (2592, 3456),
        (4096, 2304),
        (2304, 4096),
        (3744, 2496),
        (2496, 3744),
        (4704, 2016),
    ],
);
const V4_4K: TierTable = (
    Tier::K4,
    [
        (4096, 4096),
        (4704, 3520),
        (3520, 4704),
        (5504, 3040),
        (3040, 5504),
        (4992, 3328),
        (3328, 4992),
        (6240, 2656),
    ],
);

fn sizes(bounds: Bounds, default: Size, tables: &[TierTable]) -> SizeRule {
    SizeRule {
        tiers: tables.iter().map(|(tier, _)| *tier).collect(),
        pixels: PixelRule::Within(bounds),
        default: Some(default),
        recommended: tables
            .iter()
            .flat_map(|(tier, sizes)| {
                SHAPES
                    .iter()
                    .zip(sizes)
                    .map(|((x, y), (width, height))| Recommended {
                        tier: Some(*tier),
                        ratio: AspectRatio::new(*x, *y),
                        size: Pixels::new(*width, *height),
                    })
            })
            .collect(),
        ..SizeRule::default()
    }
}

fn response_format() -> Parameter {
    words("response_format", &["url", "b64_json"])
}

fn output_format() -> Parameter {
    words("output_format", &["png", "jpeg"])
}

/// `thinking` is in the vendor's node and SDKs (2026-10), not on its page.
fn optimize_prompt(modes: &[&'static str]) -> Parameter {
    let thinking = words("thinking", &["enabled", "disabled", "auto"]);
    parameter(
        "optimize_prompt_options",
        Values::Object(vec![words("mode", modes), thinking]),
    )
}

/// The vendor's own BytePlus node sends `seed` to 4.0, 4.5 and 5.0, and its SDKs keep it without a
/// word of models (2026-10); its API page has it for 3.0 only.
fn seed() -> Parameter {
    parameter("seed", SEED).with_caution(Caution::new(
        "the vendor's page has it for 3.0 only, its own tools send it here too",
    ))
}

const SEED: Values = Values::Integer {
    min: -1,
    max: 2_147_483_647,
};

/// Group images: `auto` lets the model decide how many, up to 15 (2026-02).
fn group_parameters() -> [Parameter; 2] {
    [
        words("sequential_image_generation", &["auto", "disabled"]),
        parameter(
            "sequential_image_generation_options",
            Values::Object(vec![integer("max_images", 1, 15)]),
        ),
    ]
}

/// Reference images: 30 MB since July 2026, 10 MB before and still on BytePlus.
fn reference_images(max: u32) -> Option<ReferenceImages> {
    Some(ReferenceImages {
        min: 0,
        max,
        formats: ["jpeg", "png", "webp", "bmp", "tiff", "gif", "heic", "heif"]
            .map(Cow::Borrowed)
            .to_vec(),
        max_bytes: 30_000_000,
        min_side: Some(15),
        max_pixels: Some(36_000_000),
        max_ratio: Some(16),
        mask_max_bytes: None,
        markup: false,
        layered: None,
    })
}

fn seedream_4_5() -> ModelSpec {
    let [group, options] = group_parameters();
    ModelSpec {
        id: "".into(),
        family: Family::Seedream,
        life_cycle: LifeCycle::default(),
        sizes: sizes(
            within(3_686_400, 16_777_216),
            Size::px(2048, 2048),
            &[V4_2K, V4_4K],
        ),
        parameters: vec![
            response_format(),
            boolean("watermark"),
            group,
            options,
            optimize_prompt(&["standard"]),
            seed(),
        ],
        edit_parameters: Vec::new(),
        default_format: Some("jpeg".into()),
        prompt_limit: None,
        streaming: true,
        reference_images: reference_images(14),
        group_limit: Some(15),
        layer_limit: None,
        layer_default: None,
        transparent_needs_image: false,
        price: yuan(picture(&[(ANY, 0.25)])),
        source:
            "Volcengine image API page, states of 2026-02 and 2026-10; deprecation notice 2026-10"
                .into(),
        unread_parts: false,
    }
}

fn seedream_4_0() -> ModelSpec {
    let [group, options] = group_parameters();
    ModelSpec {
        sizes: sizes(
            within(921_600, 16_777_216),
            Size::px(2048, 2048),
            &[V4_1K, V4_2K, V4_4K],
        ),
        parameters: vec![
            response_format(),
            boolean("watermark"),
            group,
            options,
            optimize_prompt(&["standard", "fast"]),
            seed(),
        ],
        price: yuan(picture(&[(ANY, 0.20)])),
        ..seedream_4_5()
    }
}

fn seedream_5_0_lite() -> ModelSpec {
    let base = seedream_4_5();
    let mut parameters = base.parameters.clone();
    parameters.extend([
        output_format(),
        parameter(
            "tools",
            Values::Objects(vec![words("type", &["web_search"])]),
        ),
    ]);
    ModelSpec {
        sizes: sizes(
            within(3_686_400, 16_777_216),
            Size::px(2048, 2048),
            &[V4_2K, LITE_3K, V4_4K],
        ),
        parameters,
        // Web searches are charged besides. Third parties also have 0.20 and 0.25.
        price: yuan(picture(&[(ANY, 0.22)])),
        ..base
    }
}

/// The models that take a picture apart into layers. They have no group images and no stream: any
/// value is refused, `disabled` and `false` too (2026-09).
fn layered(modes: &[&'static str], backgrounds: &[&'static str], layers: u32) -> ModelSpec {
    ModelSpec {
        sizes: sizes(
            within(921_600, 4_624_220),
            Size::K2,
            &[PRO_1K, PRO_1_5K, PRO_2K],
        ),
        parameters: vec![
            response_format(),
            output_format(),
            boolean("watermark"),
            optimize_prompt(modes),
            seed(),
            boolean("layer_decomposition"),
            words("background", backgrounds),
        ],
        streaming: false,
        reference_images: reference_images(10).map(|images| ReferenceImages {
            layered: Some(LayeredImage {
                formats: ["png", "jpeg"].map(Cow::Borrowed).to_vec(),
                min_pixels: 262_144,
            }),
            ..images
        }),
        group_limit: None,
        layer_limit: Some(layers),
        transparent_needs_image: true,
        price: None,
        source: "Volcengine image API page and pro/flash tutorial, 2026-10-09".into(),
        ..seedream_4_5()
    }
}

fn seedream_5_0_pro() -> ModelSpec {
    ModelSpec {
        price: yuan(ImageRates {
            layer: steps(&[(2_610_000, 0.15), (ANY, 0.30)]),
            input: 0.02,
            free_inputs: 1,
            ..picture(&[(2_610_000, 0.30), (ANY, 0.60)])
        }),
        ..layered(&["standard", "fast"], &["opaque", "transparent"], 16)
    }
}

fn seedream_5_0_flash() -> ModelSpec {
    let mut spec = ModelSpec {
        price: yuan(picture(&[(ANY, 0.12)])),
        ..layered(&["standard"], &["opaque", "transparent"], 16)
    };
    let doubt = Caution::new("the vendor's own tools send it to every model but this");
    for parameter in &mut spec.parameters {
        if let Values::Object(members) = &mut parameter.values {
            let thinking = members.iter_mut().find(|member| member.name == "thinking");
            thinking
                .into_iter()
                .for_each(|member| member.caution = Some(doubt.clone()));
        }
    }
    spec
}

/// Known from resellers and BytePlus schemas only: the floor is quoted, the maximum and the
/// ratio are those of 5.0 pro, the table of sizes is unknown.
fn seedream_5_5() -> ModelSpec {
    let base = layered(&["standard"], &["opaque", "transparent", "auto"], 99);
    let mut parameters = base.parameters.clone();
    parameters.push(parameter("safety_identifier", Values::Text));
    ModelSpec {
        sizes: SizeRule {
            tiers: vec![Tier::K1, Tier::K1_5, Tier::K2],
            recommended: Vec::new(),
            ..sizes(
                Bounds {
                    presumed: true,
                    ..within(921_600, 4_624_220)
                },
                Size::K2,
                &[],
            )
        },
        parameters,
        life_cycle: LifeCycle {
            released: Some(Date::new(2026, 11, 9)),
            ..LifeCycle::default()
        },
        default_format: Some("png".into()),
        // 2 to 100 pictures with the base, 30 where the request does not say.
        layer_default: Some(29),
        transparent_needs_image: false,
        source: "resellers' pages of 2026-11 and BytePlus schemas; no official page found".into(),
        ..base
    }
}

/// 3.0 left the vendor's page in July 2026; its exact last day was not published.
fn seedream_3_0() -> ModelSpec {
    ModelSpec {
        sizes: SizeRule {
            pixels: PixelRule::Within(Bounds {
                max_ratio: None,
                ..within(262_144, 4_194_304)
            }),
            default: Some(Size::px(1024, 1024)),
            recommended: SHAPES
                .iter()
                .zip(V4_1K.1)
                .map(|((x, y), (width, height))| Recommended {
                    tier: None,
                    ratio: AspectRatio::new(*x, *y),
                    size: Pixels::new(width, height),
                })
                .collect(),
            ..SizeRule::default()
        },
        parameters: vec![
            response_format(),
            boolean("watermark"),
            parameter("seed", SEED),
            parameter(
                "guidance_scale",
                Values::Number {
                    min: 1.0,
                    max: 10.0,
                },
            ),
        ],
        life_cycle: LifeCycle {
            shutdown: Some(Date::new(2026, 7, 31)),
            presumed: true,
            replacement: Some("doubao-seedream-5-0-flash-260915".into()),
            ..LifeCycle::default()
        },
        streaming: false,
        reference_images: None,
        group_limit: None,
        price: None,
        source: "Volcengine image API page, state of 2026-02".into(),
        ..seedream_4_5()
    }
}

fn seededit_3_0() -> ModelSpec {
    ModelSpec {
        sizes: SizeRule {
            adaptive: true,
            default: Some(Size::Adaptive),
            ..SizeRule::default()
        },
        reference_images: Some(ReferenceImages {
            min: 1,
            max: 1,
            formats: ["jpeg", "png"].map(Cow::Borrowed).to_vec(),
            max_bytes: 10_000_000,
            min_side: Some(15),
            max_pixels: Some(36_000_000),
            max_ratio: Some(3),
            mask_max_bytes: None,
            markup: false,
            layered: None,
        }),
        ..seedream_3_0()
    }
}
