//! OpenAI's dialect: answers, usage, refusals.

use image::ImageFormat;
use imagegen_emulator::{Dialect, Emulator};
use serde_json::{Value, json};

use crate::support::{GENERATIONS, bytes, call, client, decode, fetch, look, ok, post, send};

#[tokio::test]
async fn an_answer_has_the_documented_members() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "gpt-image-1", "prompt": "Programmer cartoon avatar",
        "size": "1024x1536", "quality": "high", "background": "opaque", "n": 2,
    });
    let body = ok(&emulator, GENERATIONS, request).await;
    assert!(body["created"].as_u64().unwrap() > 1_700_000_000);
    for (name, value) in [
        ("background", "opaque"),
        ("output_format", "png"),
        ("quality", "high"),
        ("size", "1024x1536"),
    ] {
        assert_eq!(body[name], value);
    }
    let items = body["data"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let files: Vec<_> = items.iter().map(bytes).collect();
    assert_ne!(files[0], files[1]);
    for (item, file) in items.iter().zip(&files) {
        assert_eq!(item.as_object().unwrap().len(), 1, "only b64_json");
        assert_eq!(look(file), (ImageFormat::Png, "1024x1536".to_owned()));
    }
    // 6240 output tokens for a portrait at high quality, twice.
    let usage = &body["usage"];
    assert_eq!(usage["output_tokens"], 12480);
    let input = usage["input_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], input + 12480);
    assert_eq!(
        usage["input_tokens_details"],
        json!({"text_tokens": input, "image_tokens": 0})
    );
    assert_eq!(usage["output_tokens_details"]["image_tokens"], 12480);
    assert_eq!(emulator.accepted(), 1);
}

#[tokio::test]
async fn the_same_request_gets_the_same_bytes() {
    let (one, two) = (
        Emulator::start().await.unwrap(),
        Emulator::start().await.unwrap(),
    );
    let request = json!({"model": "gpt-image-1", "prompt": "a red fox", "output_format": "webp"});
    let first = ok(&one, GENERATIONS, request.clone()).await;
    let second = ok(&two, GENERATIONS, request).await;
    assert_eq!(first["data"], second["data"]);
    assert_eq!(look(&bytes(&first["data"][0])).0, ImageFormat::WebP);
}

#[tokio::test]
async fn sizes_formats_and_tokens_follow_the_request() {
    let emulator = Emulator::start().await.unwrap();
    for (request, size, format, tokens) in [
        (
            json!({"model": "gpt-image-1", "quality": "low"}),
            "1024x1024",
            ImageFormat::Png,
            272,
        ),
        (
            json!({"model": "gpt-image-1.5", "size": "1536x1024", "quality": "medium", "output_format": "jpeg", "output_compression": 60}),
            "1536x1024",
            ImageFormat::Jpeg,
            1568,
        ),
        (
            json!({"model": "gpt-image-2", "size": "1792x1024", "quality": "high", "output_format": "jpeg"}),
            "1792x1024",
            ImageFormat::Jpeg,
            5063,
        ),
        (
            json!({"model": "gpt-image-2.5-flare", "size": "1536x1024", "quality": "xhigh"}),
            "1536x1024",
            ImageFormat::Png,
            2459,
        ),
        (
            json!({"model": "gpt-image-2.6-flare", "size": "1536x1024", "quality": "high"}),
            "1536x1024",
            ImageFormat::Png,
            1372,
        ),
        (
            json!({"model": "gpt-image-2.6-flare", "size": "816x816", "quality": "high", "output_format": "gif", "frame_count": 2}),
            "816x816",
            ImageFormat::Gif,
            0,
        ),
    ] {
        let mut request = request;
        request["prompt"] = json!("a red fox in snow");
        let body = ok(&emulator, GENERATIONS, request.clone()).await;
        let file = bytes(&body["data"][0]);
        assert_eq!(look(&file), (format, size.to_owned()), "{request}");
        assert_eq!(body["size"], size);
        if tokens > 0 {
            assert_eq!(body["usage"]["output_tokens"], tokens, "{request}");
        }
    }
}

#[tokio::test]
async fn what_is_left_open_is_resolved() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "gpt-image-2", "prompt": "a fox, 3:2", "size": "auto",
        "quality": "auto", "background": "auto",
    });
    let body = ok(&emulator, GENERATIONS, request).await;
    assert_eq!(body["size"], "1536x1024");
    assert_eq!(body["quality"], "low");
    assert_eq!(body["background"], "opaque");
}

#[tokio::test]
async fn a_transparent_picture_has_transparent_pixels() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "gpt-image-1", "prompt": "a red fox", "quality": "low", "background": "transparent",
    });
    let body = ok(&emulator, GENERATIONS, request).await;
    assert_eq!(body["background"], "transparent");
    let image = decode(&bytes(&body["data"][0])).to_rgba8();
    assert!(image.pixels().any(|pixel| pixel.0[3] == 0));
}

#[tokio::test]
async fn svg_is_text() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "gpt-image-2.6-sunburst", "prompt": "a red fox", "output_format": "svg", "quality": "low",
    });
    let body = ok(&emulator, GENERATIONS, request).await;
    let file = bytes(&body["data"][0]);
    assert!(String::from_utf8(file).unwrap().contains("<svg"));
    assert_eq!(body["output_format"], "svg");
}

#[tokio::test]
async fn retired_models_still_work_behind_a_gateway() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({"model": "dall-e-3", "prompt": "a red fox", "size": "1024x1024"});
    let body = ok(&emulator, GENERATIONS, request).await;
    assert!(body.get("usage").is_none());
    let url = body["data"][0]["url"].as_str().unwrap();
    let file = fetch(url).await.bytes().await.unwrap();
    assert_eq!(look(&file).1, "1024x1024");
}

#[tokio::test]
async fn refusals_come_in_openais_envelope() {
    let emulator = Emulator::start().await.unwrap();
    for (request, kind, code, param) in [
        (
            json!({"model": "gpt-image-1", "response_format": "url"}),
            "invalid_request_error",
            "unknown_parameter",
            "response_format",
        ),
        (
            json!({"model": "gpt-image-1", "watermark": true}),
            "invalid_request_error",
            "unknown_parameter",
            "watermark",
        ),
        (
            json!({"model": "gpt-image-1", "image": "https://example.com/1.png"}),
            "invalid_request_error",
            "unknown_parameter",
            "image",
        ),
        (
            json!({"model": "gpt-image-1", "size": "1000x1000"}),
            "image_generation_user_error",
            "invalid_value",
            "size",
        ),
        (
            json!({"model": "gpt-image-2", "size": "800x800"}),
            "image_generation_user_error",
            "invalid_value",
            "size",
        ),
        (
            json!({"model": "gpt-image-2", "size": "3008x3008"}),
            "image_generation_user_error",
            "invalid_value",
            "size",
        ),
        (
            json!({"model": "gpt-image-2", "quality": "xhigh"}),
            "image_generation_user_error",
            "invalid_value",
            "quality",
        ),
        (
            json!({"model": "gpt-image-1", "n": 11}),
            "image_generation_user_error",
            "invalid_value",
            "n",
        ),
        (
            json!({"model": "gpt-image-1", "stream": "yes"}),
            "image_generation_user_error",
            "invalid_value",
            "stream",
        ),
    ] {
        let mut request = request;
        request["prompt"] = json!("a red fox");
        let (status, body) = call(&emulator, GENERATIONS, request.clone()).await;
        assert_eq!(status, 400, "{request}");
        let error = body["error"].as_object().unwrap();
        assert_eq!(error.len(), 4);
        assert_eq!(error["type"], kind, "{request}");
        assert_eq!(error["code"], code, "{request}");
        assert_eq!(error["param"], param, "{request}");
        assert!(error["message"].as_str().unwrap().contains(param));
    }
    assert_eq!(emulator.accepted(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let response = post(&emulator, GENERATIONS)
        .body("{\"model\": ")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert_eq!(body["error"]["code"], Value::Null);
    for (request, param) in [
        (json!({"prompt": "a red fox"}), "model"),
        (json!({"model": "gpt-image-1"}), "prompt"),
        (json!({"model": "gpt-image-1", "prompt": " "}), "prompt"),
    ] {
        let (status, body) = call(&emulator, GENERATIONS, request).await;
        assert_eq!(
            (status, body["error"]["param"].as_str()),
            (400, Some(param))
        );
    }
    let (status, _) = call(&emulator, GENERATIONS, json!([])).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_key_must_be_there() {
    let emulator = Emulator::start().await.unwrap();
    for (path, code) in [
        (GENERATIONS, "invalid_api_key"),
        (crate::support::EDITS, "invalid_api_key"),
        (crate::support::ARK, "AuthenticationError"),
    ] {
        let url = format!("{}{path}", emulator.url());
        for request in [client().post(&url), client().post(&url).bearer_auth(" ")] {
            let response = request.body("{}").send().await.unwrap();
            assert_eq!(response.status(), 401);
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["error"]["code"], code);
        }
    }
}

#[tokio::test]
async fn headers_carry_ids_and_limits() {
    let emulator = Emulator::start().await.unwrap();
    let good = send(&emulator, GENERATIONS, &crate::support::gpt()).await;
    let bad = send(&emulator, GENERATIONS, &json!({"model": "gpt-image-1"})).await;
    for response in [&good, &bad] {
        for name in [
            "x-request-id",
            "openai-processing-ms",
            "x-ratelimit-remaining-requests",
        ] {
            assert!(response.headers().contains_key(name), "{name}");
        }
    }
    assert_ne!(
        good.headers()["x-request-id"],
        bad.headers()["x-request-id"]
    );
    let records = emulator.requests();
    assert_eq!(records[0].dialect, Some(Dialect::OpenAi));
    assert_eq!(
        good.headers()["x-request-id"].to_str().unwrap(),
        format!("req_{}", records[0].request_id)
    );
    assert!(records[0].accepted && !records[1].accepted);
}

#[tokio::test]
async fn unknown_ids_are_served_in_the_dialect_they_look_like() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({"model": "my-painter", "prompt": "a red fox", "size": "640x480", "x": 1});
    let body = ok(&emulator, GENERATIONS, request).await;
    assert_eq!(look(&bytes(&body["data"][0])).1, "640x480");
    let request = json!({"model": "bytedance/seedream-9", "prompt": "a red fox", "size": "1K"});
    let body = ok(&emulator, GENERATIONS, request.clone()).await;
    assert_eq!(body["usage"]["generated_images"], 1);

    let strict = Emulator::builder().strict(true).start().await.unwrap();
    let (status, body) = call(&strict, GENERATIONS, request).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (404, &json!("InvalidEndpointOrModel.NotFound"))
    );
    let request = json!({"model": "my-painter", "prompt": "a red fox"});
    let (status, body) = call(&strict, GENERATIONS, request).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (404, &json!("model_not_found"))
    );
}

#[tokio::test]
async fn a_picture_too_large_for_anybody_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({"model": "my-painter", "prompt": "a red fox", "size": "99999x99999"});
    let (status, body) = call(&emulator, GENERATIONS, request).await;
    assert_eq!(
        (status, body["error"]["param"].as_str()),
        (400, Some("size"))
    );
}
