//! The pictures, as programs that had no part in writing them see them.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, ColorType, DynamicImage, ImageFormat, RgbaImage};
use imagegen_emulator::{Format, MARK, Picture};
use proptest::prelude::*;

const JPEG: Format = Format::Jpeg { quality: 90 };
const GIF: Format = Format::Gif {
    frames: 3,
    frame_duration_ms: 120,
};

fn lighthouse<'a>(width: u32, height: u32) -> Picture<'a> {
    Picture::new("A lighthouse at dawn", "gpt-image-1", width, height)
}

fn decode(bytes: &[u8], format: Format) -> DynamicImage {
    let format = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg { .. } => ImageFormat::Jpeg,
        Format::Webp => ImageFormat::WebP,
        Format::Gif { .. } => ImageFormat::Gif,
        other => panic!("no decoder for {other:?}"),
    };
    image::load_from_memory_with_format(bytes, format).expect("a picture")
}

fn pixels(picture: &Picture<'_>) -> RgbaImage {
    decode(&picture.render(Format::Png), Format::Png).to_rgba8()
}

/// How far two pictures are apart, from 0 to 255.
fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let apart = a
        .iter()
        .zip(b.iter())
        .map(|(&a, &b)| f64::from(a.abs_diff(b)));
    apart.sum::<f64>() / a.len() as f64
}

#[test]
fn every_format_has_the_size_asked_for() {
    for (width, height) in [(1, 1), (16, 16), (64, 48), (400, 25), (25, 400), (321, 257)] {
        for format in [Format::Png, JPEG, Format::Webp, GIF] {
            for transparent in [false, true] {
                let picture = Picture {
                    transparent,
                    ..lighthouse(width, height)
                };
                let decoded = decode(&picture.render(format), format);
                let size = (decoded.width(), decoded.height());
                assert_eq!(
                    size,
                    (width, height),
                    "{format:?} transparent: {transparent}"
                );
            }
        }
    }
}

#[test]
fn the_same_request_gets_the_same_bytes() {
    for format in [Format::Png, JPEG, Format::Webp, GIF, Format::Svg] {
        assert_eq!(
            lighthouse(160, 120).render(format),
            lighthouse(160, 120).render(format)
        );
    }
}

/// A change of these is a change of every poster: whoever means it writes them anew.
#[test]
fn every_machine_draws_the_same_bytes() {
    let posters = [
        ("A lighthouse at dawn", Format::Png),
        ("一只橘猫坐在窗台上看雨", Format::Webp),
        ("منارة عند الفجر", GIF),
        ("מגדלור עם שחר (2026)", JPEG),
        ("समुद्र 🐱 Ж", Format::Svg),
    ];
    let hashes = posters.map(|(prompt, format)| {
        let hash = (0..6).fold(0xcbf2_9ce4_8422_2325_u64, |hash, index| {
            let picture = Picture {
                prompt,
                index,
                transparent: index == 4,
                progress: if index == 5 { 0.4 } else { 1.0 },
                ..lighthouse(320, 240)
            };
            // FNV-1a, which no release of anything changes.
            picture.render(format).iter().fold(hash, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
        });
        format!("{hash:016x}")
    });
    assert_eq!(
        hashes,
        [
            "a7740525e4039087",
            "888ae88ae08c31f0",
            "273dc6d14a0e9c8b",
            "4c4f7dcec18384b9",
            "d1487dd3b5376d26",
        ]
    );
}

#[test]
fn another_request_gets_a_picture_that_looks_different() {
    let picture = lighthouse(256, 256);
    let seen = pixels(&picture);
    let others = [
        Picture {
            prompt: "A lighthouse at dusk",
            ..picture
        },
        Picture {
            model: "gpt-image-1-mini",
            ..picture
        },
        Picture { seed: 7, ..picture },
        Picture {
            index: 1,
            ..picture
        },
        Picture {
            index: 2,
            ..picture
        },
    ];
    for other in others {
        let apart = difference(&seen, &pixels(&other));
        assert!(apart > 8.0, "{other:?} is only {apart} apart");
    }
}

#[test]
fn lossless_formats_agree_and_jpeg_is_close() {
    let picture = Picture {
        prompt: "一只橘猫坐在窗台上看雨",
        ..lighthouse(256, 192)
    };
    let png = pixels(&picture);
    let webp = decode(&picture.render(Format::Webp), Format::Webp).to_rgba8();
    assert_eq!(png, webp);
    let jpeg = decode(&picture.render(JPEG), JPEG).to_rgba8();
    assert!(difference(&png, &jpeg) < 3.0);
    let gif = decode(&picture.render(GIF), GIF).to_rgba8();
    assert!(difference(&png, &gif) < 4.0);
}

#[test]
fn only_a_transparent_picture_has_alpha() {
    let opaque = lighthouse(200, 200);
    let transparent = Picture {
        transparent: true,
        ..opaque
    };
    for format in [Format::Png, Format::Webp] {
        assert_eq!(
            decode(&opaque.render(format), format).color(),
            ColorType::Rgb8
        );
        let decoded = decode(&transparent.render(format), format);
        assert_eq!(decoded.color(), ColorType::Rgba8);
        let decoded = decoded.to_rgba8();
        assert_eq!(
            decoded.get_pixel(0, 0).0[3],
            0,
            "the corner is outside the poster"
        );
        assert_eq!(decoded.get_pixel(100, 180).0[3], 255, "the panel is solid");
    }
    assert_eq!(opaque.render(JPEG), transparent.render(JPEG));
}

#[test]
fn a_preview_is_coarser_and_comes_closer() {
    for transparent in [false, true] {
        let finished = Picture {
            transparent,
            ..lighthouse(320, 320)
        };
        let seen = pixels(&finished);
        let apart = [0.1, 0.4, 0.8].map(|progress| {
            let preview = pixels(&Picture {
                progress,
                ..finished
            });
            assert_eq!(preview.dimensions(), (320, 320));
            difference(&seen, &preview)
        });
        assert!(
            apart[0] > apart[1] && apart[1] > apart[2] && apart[2] > 0.0,
            "{apart:?}"
        );
        let bytes = Picture {
            progress: 0.3,
            ..finished
        }
        .render(Format::Png)
        .len();
        assert!(bytes < finished.render(Format::Png).len());
    }
}

#[test]
fn a_gif_moves() {
    for index in 0..6 {
        let format = Format::Gif {
            frames: 16,
            frame_duration_ms: 130,
        };
        let bytes = Picture {
            index,
            ..lighthouse(96, 96)
        }
        .render(format);
        let decoder = GifDecoder::new(Cursor::new(bytes)).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        assert_eq!(frames.len(), 16);
        assert!(
            frames
                .iter()
                .all(|frame| frame.delay().numer_denom_ms() == (130, 1))
        );
        let moves = difference(frames[0].buffer(), frames[5].buffer());
        assert!(moves > 0.1, "picture {index} stands still");
    }
}

#[test]
fn an_svg_is_well_formed_and_says_what_it_shows() {
    let prompt = "A <b>\"cat\"</b> & a 猫\u{1}\u{ffff}";
    let picture = Picture {
        prompt,
        note: "high",
        transparent: true,
        ..lighthouse(800, 600)
    };
    for progress in [0.5, 1.0] {
        let svg = Picture {
            progress,
            ..picture
        }
        .render(Format::Svg);
        let svg = String::from_utf8(svg).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().attribute("width"), Some("800"));
        let written = |name| {
            let nodes = document
                .descendants()
                .filter(move |node| node.has_tag_name(name));
            nodes
                .filter_map(|node| node.text())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(written("title"), "A <b>\"cat\"</b> & a 猫");
        assert_eq!(written("desc"), MARK);
        let words = written("text");
        for wanted in [
            "A <b>\"cat\"</b> & a 猫",
            "gpt-image-1",
            "800×600",
            "high",
            MARK,
        ] {
            assert!(words.contains(wanted), "{wanted} is not in {words}");
        }
    }
}

#[test]
fn a_picture_is_a_small_file() {
    for index in 0..6 {
        let bytes = Picture {
            index,
            ..lighthouse(1024, 1024)
        }
        .render(Format::Png);
        assert!(bytes.len() < 400_000, "{} bytes", bytes.len());
    }
}

fn format() -> impl Strategy<Value = Format> {
    prop_oneof![
        Just(Format::Png),
        (0_u8..=120).prop_map(|quality| Format::Jpeg { quality }),
        Just(Format::Webp),
        (0_u32..=3, any::<u32>()).prop_map(|(frames, frame_duration_ms)| Format::Gif {
            frames,
            frame_duration_ms
        }),
    ]
}

fn size() -> impl Strategy<Value = (u32, u32)> {
    prop_oneof![
        (1_u32..200, 1_u32..200),
        (1_u32..20, 1_u32..1_500),
        (1_u32..1_500, 1_u32..20)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn anything_asked_for_is_drawn(
        prompt in any::<String>(),
        model in "\\PC{0,40}",
        note in "\\PC{0,12}",
        (width, height) in size(),
        format in format(),
        (seed, index, transparent) in (any::<u64>(), any::<u32>(), any::<bool>()),
        progress in prop_oneof![Just(1.0), any::<f32>()],
    ) {
        let picture = Picture {
            prompt: &prompt,
            model: &model,
            width,
            height,
            seed,
            index,
            note: &note,
            transparent,
            progress,
        };
        let decoded = decode(&picture.render(format), format);
        prop_assert_eq!((decoded.width(), decoded.height()), (width, height));
        let svg = String::from_utf8(picture.render(Format::Svg)).unwrap();
        prop_assert!(roxmltree::Document::parse(&svg).is_ok(), "{}", svg);
    }
}
