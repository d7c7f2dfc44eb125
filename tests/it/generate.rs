//! JSON generations end to end.

use imagegen::error::ErrorClass;
use imagegen::{
    Client, CustomImage, Error, Format, GptImage, GptImageModel, ImageData, ImageEvent, Pixels,
    Provider, Quality, ResponseFormat, Seedream, SeedreamModel, Size, ValidationPolicy,
};
use imagegen_emulator::Emulator;
use serde_json::json;

use crate::support::{Canned, builder, client, vendor};

#[tokio::test]
async fn a_gpt_image_comes_inline_in_the_asked_size() {
    let emulator = Emulator::start().await.unwrap();
    let request = GptImage::new(GptImageModel::GptImage1, "Programmer cartoon avatar")
        .size(Size::px(1024, 1536))
        .quality(Quality::Low);
    let response = client(&emulator).generate(request).await.unwrap();

    let [image] = &response.images[..] else {
        panic!("{response:?}")
    };
    assert_eq!(image.format(), Some(Format::Png));
    assert_eq!(
        Format::dimensions(image.bytes().unwrap()),
        Some(Pixels::new(1024, 1536))
    );
    assert_eq!(image.size, Some(Pixels::new(1024, 1536)));
    // Low quality at this size is 408 output tokens by the vendor's table.
    assert_eq!(
        response.completion.usage.as_ref().unwrap().output_tokens,
        Some(408)
    );
    assert!(response.meta.request_id.is_some());
}

#[tokio::test]
async fn the_body_on_the_wire_is_what_was_asked_for_and_nothing_else() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let gpt = GptImage::new(GptImageModel::GptImage1, "p").size(Size::px(1024, 1024));
    client.generate(gpt).await.unwrap();
    let seedream = Seedream::new(SeedreamModel::Seedream4_0Of20260415, "p")
        .size(Size::K1)
        .max_images(2)
        .watermark(false)
        .response_format(ResponseFormat::B64Json);
    client.generate(seedream).await.unwrap();

    let bodies: Vec<_> = emulator
        .requests()
        .iter()
        .map(|request| request.json().cloned())
        .collect();
    assert_eq!(
        bodies,
        [
            Some(json!({"model": "gpt-image-1", "prompt": "p", "size": "1024x1024"})),
            Some(json!({
                "model": "doubao-seedream-4-0-20260415",
                "prompt": "p",
                "size": "1K",
                "sequential_image_generation": "auto",
                "sequential_image_generation_options": {"max_images": 2},
                "watermark": false,
                "response_format": "b64_json",
            })),
        ]
    );
    let request = &emulator.requests()[0];
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(
        request
            .header("x-client-request-id")
            .unwrap()
            .starts_with("imagegen-")
    );
    assert_eq!(request.header("api-version"), None);
}

#[tokio::test]
async fn a_seedream_link_is_downloaded_when_it_is_saved() {
    let emulator = Emulator::start().await.unwrap();
    let request = Seedream::new(SeedreamModel::Seedream4_5, "雪地里的红狐狸").size(Size::K2);
    let response = client(&emulator).generate(request).await.unwrap();
    assert!(matches!(response.images[0].data, ImageData::Url(_)));
    assert_eq!(
        response.completion.usage.as_ref().unwrap().generated_images,
        Some(1)
    );

    let folder = tempfile::tempdir().unwrap();
    let saved = response.save_all(folder.path().join("new")).await.unwrap();
    assert_eq!(
        saved[0].path,
        folder.path().join("new").join("雪地里的红狐狸-1.jpg")
    );
    assert_eq!(saved[0].size, Some(Pixels::new(2048, 2048)));
    assert_eq!(saved[0].format, Some(Format::Jpeg));
    assert_eq!(
        saved[0].bytes,
        std::fs::metadata(&saved[0].path).unwrap().len()
    );
    // The key goes to the API only.
    let download = emulator
        .requests()
        .into_iter()
        .find(|request| request.method == "GET")
        .unwrap();
    assert_eq!(download.header("authorization"), None);
}

#[tokio::test]
async fn pictures_go_straight_into_a_folder() {
    let emulator = Emulator::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "a red fox")
        .size(Size::px(2048, 2048))
        .n(3);
    let response = client(&emulator)
        .generate(request)
        .to(folder.path())
        .await
        .unwrap();

    for (at, image) in response.images.iter().enumerate() {
        let ImageData::File(saved) = &image.data else {
            panic!("{image:?}")
        };
        assert_eq!(
            saved.path,
            folder.path().join(format!("a-red-fox-{}.png", at + 1))
        );
        let bytes = std::fs::read(&saved.path).unwrap();
        assert_eq!(saved.bytes, bytes.len() as u64);
        assert_eq!(saved.size, Some(Pixels::new(2048, 2048)));
        assert_eq!(Format::dimensions(&bytes), saved.size);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[tokio::test]
async fn a_wrong_size_is_refused_before_anything_is_sent() {
    let emulator = Emulator::start().await.unwrap();
    let request = || Seedream::new(SeedreamModel::Seedream4_5, "p").size(Size::px(1024, 1024));
    let error = client(&emulator).generate(request()).await.unwrap_err();
    insta::assert_snapshot!(error, @"size 1024x1024 is not valid for doubao-seedream-4-5-251128: 1048576 pixels are below the minimum of 3686400; the nearest size it takes is 1920x1920");
    assert!(emulator.requests().is_empty());

    // Whoever knows better sends it all the same, and hears the vendor's own refusal.
    let error = client(&emulator)
        .generate(request().build_unchecked())
        .await
        .unwrap_err();
    let Error::Api(error) = error else {
        panic!("{error}")
    };
    assert_eq!(
        (error.class(), error.status().as_u16()),
        (ErrorClass::InvalidParameter, 400)
    );

    let warn = builder(emulator.base_url())
        .validation(ValidationPolicy::Warn)
        .build()
        .unwrap();
    assert!(matches!(
        warn.generate(request()).await.unwrap_err(),
        Error::Api(_)
    ));
    assert_eq!(emulator.requests().len(), 2);
}

#[tokio::test]
async fn refusals_name_the_parameter_the_rule_and_what_would_work() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator);
    let mut refusals = String::new();
    for (model, parameter, value) in [
        ("gpt-image-1", "size", json!("1920x1080")),
        ("gpt-image-2", "size", json!("1000x1000")),
        ("gpt-image-2", "size", json!("16:9")),
        ("gpt-image-2", "quality", json!("max")),
        ("gpt-image-2", "n", json!(11)),
        ("gpt-image-2", "watermark", json!(false)),
        ("gpt-image-2", "response_format", json!("url")),
        ("gpt-image-2", "output_compression", json!(50)),
        ("gpt-image-2", "stream", json!(true)),
        ("doubao-seedream-4-5-251128", "size", json!("3K")),
        ("doubao-seedream-4-5-251128", "n", json!(2)),
        ("doubao-seedream-4-5-251128", "quality", json!("high")),
        (
            "doubao-seedream-5-0-pro-260628",
            "sequential_image_generation",
            json!("disabled"),
        ),
        (
            "doubao-seedream-5-0-pro-260628",
            "optimize_prompt_options",
            json!({"mode": "slow"}),
        ),
    ] {
        let request = CustomImage::new(model, "p").param(parameter, value);
        let error = client.generate(request).await.unwrap_err();
        refusals.push_str(&format!("{error}\n"));
    }
    insta::assert_snapshot!(refusals, @r#"
    size 1920x1080 is not valid for gpt-image-1: accepted: auto, 1024x1024, 1536x1024, 1024x1536; the nearest size it takes is 1536x1024
    size 1000x1000 is not valid for gpt-image-2: width is not a multiple of 16; the nearest size it takes is 992x992
    size "16:9" is not valid for gpt-image-2: a size is WIDTHxHEIGHT in pixels, a tier (1K, 1.5K, 2K, 3K, 4K) or auto
    quality "max" is not valid for gpt-image-2: one of low, medium, high, auto
    n 11 is not valid for gpt-image-2: a whole number from 1 to 10
    watermark is not a parameter of gpt-image-2: leave it out
    response_format is not a parameter of gpt-image-2: it always answers with b64_json
    output_compression 50 is not valid for gpt-image-2: png is not compressed by degree; set output_format to jpeg or webp
    stream: streaming is asked for by the call, not by a parameter
    size 3K is not valid for doubao-seedream-4-5-251128: accepted: 2K, 4K, WxH of 3686400 to 16777216 pixels, ratio 1:16 to 16:1; the nearest size it takes is 2K
    n is not a parameter of doubao-seedream-4-5-251128: ask for a group with sequential_image_generation and its max_images instead
    quality is not a parameter of doubao-seedream-4-5-251128: leave it out
    sequential_image_generation is not a parameter of doubao-seedream-5-0-pro-260628: leave it out
    optimize_prompt_options.mode "slow" is not valid for doubao-seedream-5-0-pro-260628: one of standard, fast
    "#);
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn a_retired_model_is_refused_by_its_vendor_and_tried_at_a_gateway() {
    let emulator = Emulator::start().await.unwrap();
    let request = || GptImage::new(GptImageModel::GptImage1, "p");
    let itself = imagegen::Client::openai("k").unwrap();
    let error = itself.check(&request().into()).unwrap_err();
    insta::assert_snapshot!(error, @"model gpt-image-1: its vendor shut it down on 2026-10-23; its successor is gpt-image-2.5-sunburst");
    // Its API at another address (Azure) may have it longer.
    let elsewhere = vendor(&emulator, Provider::OpenAi);
    let response = elsewhere.generate(request()).await.unwrap();
    insta::assert_snapshot!(response.warnings[0], @"model gpt-image-1: its vendor shut it down on 2026-10-23; it may live longer here; its successor is gpt-image-2.5-sunburst");
    let response = client(&emulator).generate(request()).await.unwrap();
    insta::assert_snapshot!(response.warnings[0], @"model gpt-image-1: its vendor shut it down on 2026-10-23; the gateway may map it to another model; its successor is gpt-image-2.5-sunburst");
}

#[tokio::test]
async fn an_unknown_model_passes_with_a_warning() {
    let emulator = Emulator::start().await.unwrap();
    let request = CustomImage::new("bytedance/seedream-6", "p").param("zzz_new", 1);
    let response = client(&emulator).generate(request).await.unwrap();
    assert_eq!(response.warnings.len(), 1);
    assert_eq!(emulator.requests()[0].json().unwrap()["zzz_new"], 1);
}

#[tokio::test]
async fn ark_is_spoken_to_under_its_own_path() {
    let emulator = Emulator::start().await.unwrap();
    let request = Seedream::new(SeedreamModel::Seedream5_0Pro, "p").size(Size::K1);
    vendor(&emulator, Provider::Ark)
        .generate(request)
        .await
        .unwrap();
    assert_eq!(emulator.requests()[0].path, "/api/v3/images/generations");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let client = builder("http://127.0.0.1:1/v1".to_owned()).build().unwrap();
    let error = client
        .generate(CustomImage::new("m", "p"))
        .await
        .unwrap_err();
    assert!(error.is_retryable());
    insta::assert_snapshot!(error, @"cannot connect to 127.0.0.1; nothing was sent");
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_handed_over_whole() {
    for (body, reason) in [
        ("<html><title>Welcome</title></html>", "it is an HTML page"),
        ("OK", "it is no JSON"),
        ("", "it is empty"),
        ("[1, 2]", "the answer is JSON, but no object"),
        ("{\"data\": nonsense}", "it is broken JSON"),
    ] {
        let server = Canned::json("200 OK", body).await;
        let error = server
            .client()
            .generate(CustomImage::new("m", "p"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(reason), "{body}: {error}");
        let Error::Decode(error) = error else {
            panic!("{error}")
        };
        assert_eq!(&error.body()[..], body.as_bytes());
        assert_eq!(server.hits(), 1);
    }
}

#[tokio::test]
async fn a_key_is_needed_and_never_shown() {
    let error = Client::gateway("https://gateway.example", "").unwrap_err();
    insta::assert_snapshot!(error, @"the API key is empty");
    let client = Client::openai("sk-secret").unwrap();
    assert!(!format!("{client:?}").contains("secret"));
}

/// A gateway that drops parameters without a word, and a request it does that to.
async fn a_request_half_dropped() -> (Emulator, GptImage) {
    let emulator = Emulator::builder()
        .fault(imagegen_emulator::Fault::FieldsDropped)
        .start()
        .await
        .unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "p")
        .size(Size::px(816, 816))
        .output_format(imagegen::OutputFormat::Webp);
    (emulator, request)
}

#[tokio::test]
async fn what_a_gateway_dropped_without_a_word_is_a_warning() {
    let (emulator, request) = a_request_half_dropped().await;
    let response = client(&emulator).generate(request).await.unwrap();
    insta::assert_snapshot!(response.warnings[0], @"output_format webp on the server: the answer has png");
}

#[tokio::test]
async fn other_pixels_or_more_pictures_than_asked_for_are_a_warning() {
    let body =
        r#"{"data":[{"url":"https://e.com/1"},{"url":"https://e.com/2"}],"size":"1536x1024"}"#;
    let server = Canned::json("200 OK", body).await;
    let request = GptImage::new(GptImageModel::GptImage2, "p").size(Size::px(1024, 1024));
    let warnings = server.client().generate(request).await.unwrap().warnings;
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(warnings.join("\n"), @"
    n 1 on the server: the answer has 2
    size 1024x1024 on the server: the answer has 1536x1024
    ");
    // What the model chooses is no difference.
    let request = GptImage::new(GptImageModel::GptImage2, "p").n(2);
    let response = server.client().generate(request).await.unwrap();
    assert_eq!(response.warnings, []);
}

#[tokio::test]
async fn a_tier_goes_out_in_the_documented_case() {
    let emulator = Emulator::start().await.unwrap();
    let request = CustomImage::new("doubao-seedream-5-0-pro-260628", "p").param("size", "1k");
    client(&emulator).generate(request).await.unwrap();
    assert_eq!(emulator.requests()[0].json().unwrap()["size"], "1K");
}

#[tokio::test]
async fn a_stream_warns_of_what_was_dropped_once_it_has_ended() {
    let (emulator, request) = a_request_half_dropped().await;
    let mut events = client(&emulator).generate(request).stream().await.unwrap();
    assert!(events.warnings().is_empty());
    let mut warnings = Vec::new();
    while let Some(event) = events.next().await {
        if let ImageEvent::Completed(completion) = event.unwrap() {
            warnings = completion.warnings;
        }
    }
    insta::assert_snapshot!(warnings[0], @"output_format webp on the server: the answer has png");
}

#[tokio::test]
async fn what_was_polled_before_the_rest_was_awaited_counts_as_answered() {
    let emulator = Emulator::builder().start().await.unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "p").n(2);
    let mut events = client(&emulator).generate(request).stream().await.unwrap();
    let first = events.next().await.unwrap().unwrap();
    assert!(matches!(first, ImageEvent::Image(_)));
    let rest = events.finish().await.unwrap();
    assert_eq!(rest.images.len(), 1);
    assert_eq!(rest.warnings, []);
}

#[tokio::test]
async fn a_picture_in_an_unknown_place_is_handed_over() {
    let text = "iVBORw0KGgo".to_owned() + &"A".repeat(100_005) + "SUVORK5CYII=";
    let body = format!("{{\"images\":[{{\"b64_json\":\"{text}\"}}]}}");
    let server = Canned::json("200 OK", &body).await;
    let response = server
        .client()
        .generate(CustomImage::new("m", "p"))
        .await
        .unwrap();
    assert_eq!(response.images[0].format(), Some(Format::Png));
    let warnings: Vec<_> = response.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("a picture stood at images[0].b64_json")),
        "{warnings:?}"
    );
}
