//! Edits: forms and JSON.

use imagegen_emulator::{Emulator, RecordedBody};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{EDITS, bytes, call, data_uri, events, look, ok, png, post};

fn file(bytes: Vec<u8>, mime: &str) -> Part {
    Part::bytes(bytes)
        .file_name("input")
        .mime_str(mime)
        .unwrap()
}

fn form() -> Form {
    Form::new()
        .text("model", "gpt-image-1")
        .text("prompt", "add a hat")
        .text("quality", "low")
}

async fn edit(emulator: &Emulator, form: Form) -> (u16, Value) {
    let response = post(emulator, EDITS).multipart(form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn one_image_and_a_mask_are_edited() {
    let emulator = Emulator::start().await.unwrap();
    let form = form()
        .part("image", file(png(256, 128, false), "image/png"))
        .part("mask", file(png(256, 128, true), "image/png"))
        .text("n", "2")
        .text("size", "1536x1024")
        .text("output_format", "jpeg")
        .text("output_compression", "80");
    let (status, body) = edit(&emulator, form).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    assert_eq!(look(&bytes(&body["data"][0])).1, "1536x1024");
    let usage = &body["usage"];
    assert!(
        usage["input_tokens_details"]["image_tokens"]
            .as_u64()
            .unwrap()
            > 0
    );
    assert_eq!(usage["output_tokens"], 800);

    let records = emulator.requests();
    assert!(records[0].accepted);
    let names: Vec<_> = records[0]
        .parts()
        .iter()
        .map(|part| part.name.as_str())
        .collect();
    assert!(names.contains(&"image") && names.contains(&"mask"));
    assert_eq!(records[0].parts()[1].text(), Some("add a hat"));
}

#[tokio::test]
async fn another_input_is_another_picture() {
    let emulator = Emulator::start().await.unwrap();
    let mut pictures = Vec::new();
    for width in [64, 80] {
        let form = form().part("image", file(png(width, 64, false), "image/png"));
        let (_, body) = edit(&emulator, form).await;
        pictures.push(bytes(&body["data"][0]));
    }
    assert_ne!(pictures[0], pictures[1]);
}

#[tokio::test]
async fn several_images_are_sent_as_a_list() {
    let emulator = Emulator::start().await.unwrap();
    let mut list = form();
    for _ in 0..16 {
        list = list.part("image[]", file(png(64, 64, false), "image/png"));
    }
    let (status, _) = edit(&emulator, list).await;
    assert_eq!(status, 200);
    let mut too_many = form();
    for _ in 0..17 {
        too_many = too_many.part("image[]", file(png(64, 64, false), "image/png"));
    }
    let (status, body) = edit(&emulator, too_many).await;
    assert_eq!(
        (status, body["error"]["param"].as_str()),
        (400, Some("image"))
    );
    let repeated = form()
        .part("image", file(png(64, 64, false), "image/png"))
        .part("image", file(png(64, 64, false), "image/png"));
    assert_eq!(edit(&emulator, repeated).await.0, 400);
}

#[tokio::test]
async fn wrong_files_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    let good = || file(png(64, 64, false), "image/png");
    let mask = |bytes: Vec<u8>| {
        form()
            .part("image", good())
            .part("mask", file(bytes, "image/png"))
    };
    let jpeg = imagegen_emulator::Picture::new("x", "m", 64, 64)
        .render(imagegen_emulator::Format::Jpeg { quality: 80 });
    let octets = |form: Form, name: &'static str| {
        form.part(name, file(png(64, 64, false), "application/octet-stream"))
    };
    for (form, code, param) in [
        (
            octets(form(), "image"),
            "unsupported_file_mimetype",
            "image",
        ),
        (
            form().part("image", Part::bytes(png(64, 64, false)).file_name("a.png")),
            "unsupported_file_mimetype",
            "image",
        ),
        (
            octets(form(), "image[]").part("image[]", good()),
            "unsupported_file_mimetype",
            "image[0]",
        ),
        (
            form().part("image", file(b"not an image".to_vec(), "image/png")),
            "invalid_image_file",
            "image",
        ),
        (mask(png(64, 64, false)), "invalid_image_file", "mask"),
        (mask(png(64, 80, true)), "invalid_image_file", "mask"),
        (mask(jpeg), "invalid_image_file", "mask"),
        (form(), "missing_required_parameter", "image"),
        (
            form().part("image", good()).text("n", "11"),
            "invalid_value",
            "n",
        ),
        (
            form().part("image", good()).text("watermark", "true"),
            "unknown_parameter",
            "watermark",
        ),
        (
            Form::new()
                .text("model", "gpt-image-1")
                .part("image", good()),
            "missing_required_parameter",
            "prompt",
        ),
        (
            Form::new().text("prompt", "x").part("image", good()),
            "missing_required_parameter",
            "model",
        ),
    ] {
        let (status, body) = edit(&emulator, form).await;
        let error = &body["error"];
        assert_eq!(status, 400, "{code} {param}");
        assert_eq!(
            (error["code"].as_str(), error["param"].as_str()),
            (Some(code), Some(param)),
            "{error}"
        );
    }
    assert_eq!(emulator.accepted(), 0);
}

#[tokio::test]
async fn edits_stream_their_own_events() {
    let emulator = Emulator::start().await.unwrap();
    let form = form()
        .part("image", file(png(64, 64, false), "image/png"))
        .text("stream", "true")
        .text("partial_images", "1");
    let text = post(&emulator, EDITS)
        .multipart(form)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let names: Vec<_> = events(&text)
        .into_iter()
        .map(|event| event.name.unwrap())
        .collect();
    assert_eq!(names, ["image_edit.partial_image", "image_edit.completed"]);
}

#[tokio::test]
async fn json_refers_to_images() {
    let emulator = Emulator::start().await.unwrap();
    let body = json!({
        "model": "gpt-image-2", "prompt": "add a hat", "quality": "low",
        "images": [
            {"image_url": data_uri("image/png", &png(64, 64, false))},
            {"image_url": "https://example.com/1.png"},
            {"file_id": "file-123"},
        ],
        "mask": {"image_url": data_uri("image/png", &png(64, 64, true))},
    });
    let answer = ok(&emulator, EDITS, body.clone()).await;
    assert_eq!(look(&bytes(&answer["data"][0])).1, "1024x1024");
    assert!(matches!(emulator.requests()[0].body, RecordedBody::Json(_)));
    for (images, param) in [
        (
            json!([{"image_url": "https://example.com/1.png", "file_id": "x"}]),
            "images[0]",
        ),
        (json!([{}]), "images[0]"),
        (json!([{"image_url": "ftp://example.com"}]), "images[0]"),
        (
            json!([{"image_url": data_uri("image/png", b"not an image")}]),
            "images[0]",
        ),
        (json!("https://example.com/1.png"), "images"),
        (json!([]), "image"),
    ] {
        let mut wrong = body.clone();
        wrong["images"] = images;
        let (status, answer) = call(&emulator, EDITS, wrong).await;
        assert_eq!(
            (status, answer["error"]["param"].as_str()),
            (400, Some(param)),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn seedream_has_no_edits() {
    let emulator = Emulator::start().await.unwrap();
    let body = json!({"model": "doubao-seedream-4-0-20260415", "prompt": "x", "images": []});
    let (status, answer) = call(&emulator, EDITS, body).await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (404, Some("InvalidEndpointOrModel.NotFound"))
    );
}
