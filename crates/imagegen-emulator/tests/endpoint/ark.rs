//! Ark's dialect: answers, sizes, groups, layers, refusals.

use image::ImageFormat;
use imagegen::Date;
use imagegen_emulator::{Dialect, Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{
    ARK, GENERATIONS, bytes, call, client, data_uri, fetch, look, ok, png, post, seedream, send,
    send_with,
};

#[tokio::test]
async fn an_answer_links_to_its_picture() {
    let emulator = Emulator::start().await.unwrap();
    for path in [GENERATIONS, ARK] {
        let request =
            json!({"model": "doubao-seedream-4-5-251128", "prompt": "一只红狐狸", "size": "2K"});
        let body = ok(&emulator, path, request).await;
        assert_eq!(body["model"], "doubao-seedream-4-5-251128");
        assert!(body["created"].is_u64());
        let item = &body["data"][0];
        assert_eq!(item["size"], "2048x2048");
        assert!(item.get("b64_json").is_none() && item.get("output_format").is_none());
        // 2048 * 2048 / 256
        assert_eq!(
            body["usage"],
            json!({"generated_images": 1, "output_tokens": 16384, "total_tokens": 16384})
        );
        let url = item["url"].as_str().unwrap();
        assert!(url.starts_with(&emulator.url()), "{url}");
        let response = fetch(url).await;
        assert_eq!(response.headers()["content-type"], "image/jpeg");
        let file = response.bytes().await.unwrap();
        assert_eq!(look(&file), (ImageFormat::Jpeg, "2048x2048".to_owned()));
        let head = client().head(url).send().await.unwrap();
        assert_eq!(head.status(), 403);
    }
    assert_eq!(emulator.requests()[0].dialect, Some(Dialect::Ark));
}

#[tokio::test]
async fn tiers_and_ratios_come_from_the_vendors_tables() {
    let emulator = Emulator::start().await.unwrap();
    for (model, size, prompt, expected) in [
        (
            "doubao-seedream-5-0-pro-260628",
            Some("1K"),
            "a fox, 3:2",
            "1248x832",
        ),
        (
            "doubao-seedream-5-0-pro-260628",
            None,
            "a 16:9 banner",
            "2816x1584",
        ),
        (
            "doubao-seedream-5-0-flash-260915",
            Some("1.5K"),
            "a fox 9:16",
            "1152x2048",
        ),
        (
            "doubao-seedream-5-0-260128",
            Some("3K"),
            "a fox 4:3",
            "3456x2592",
        ),
        (
            "doubao-seedream-4-0-250828",
            Some("1280x720"),
            "a fox",
            "1280x720",
        ),
    ] {
        let mut request = json!({"model": model, "prompt": prompt});
        if let Some(size) = size {
            request["size"] = json!(size);
        }
        let body = ok(&emulator, ARK, request).await;
        assert_eq!(body["data"][0]["size"], expected, "{model} {prompt}");
        let file = fetch(body["data"][0]["url"].as_str().unwrap())
            .await
            .bytes()
            .await
            .unwrap();
        assert_eq!(look(&file).1, expected);
        let (width, height) = expected.split_once('x').unwrap();
        let area = width.parse::<u64>().unwrap() * height.parse::<u64>().unwrap();
        assert_eq!(body["usage"]["output_tokens"], area / 256);
    }
}

#[tokio::test]
async fn later_models_state_format_and_input() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "doubao-seedream-5-5-261028", "prompt": "a fox", "size": "1K",
        "output_format": "png", "response_format": "b64_json",
        "image": [data_uri("image/png", &png(64, 64, false)), "https://example.com/2.png"],
    });
    let body = ok(&emulator, ARK, request).await;
    let item = &body["data"][0];
    assert_eq!(item["output_format"], "png");
    assert_eq!(item["background"], "opaque");
    assert_eq!(body["usage"]["input_images"], 2);
    assert_eq!(look(&bytes(item)).0, ImageFormat::Png);
}

#[tokio::test]
async fn groups_have_as_many_pictures_as_asked_for() {
    let emulator = Emulator::start().await.unwrap();
    let group = |prompt: &str, max_images: Option<u32>, references: usize| {
        let mut request = seedream();
        request["prompt"] = json!(prompt);
        request["response_format"] = json!("url");
        request["sequential_image_generation"] = json!("auto");
        if let Some(max) = max_images {
            request["sequential_image_generation_options"] = json!({"max_images": max});
        }
        if references > 0 {
            request["image"] = json!(vec!["https://example.com/1.png"; references]);
        }
        request
    };
    for (request, count) in [
        (group("4 pictures of a fox", None, 0), 4),
        (group("a fox", Some(3), 0), 3),
        (group("9 pictures of a fox", Some(3), 0), 3),
        (group("a fox", Some(15), 14), 1),
        (group("a fox", Some(15), 1), 14),
    ] {
        let body = ok(&emulator, ARK, request).await;
        assert_eq!(body["data"].as_array().unwrap().len(), count);
        assert_eq!(body["usage"]["generated_images"], count);
        assert_eq!(body["usage"]["output_tokens"], count * 1024 * 1024 / 256);
    }
}

#[tokio::test]
async fn layers_come_with_their_places() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "doubao-seedream-5-0-pro-260628", "layer_decomposition": true,
        "image": data_uri("image/png", &png(1500, 1000, false)),
    });
    let body = ok(&emulator, ARK, request).await;
    let items = body["data"].as_array().unwrap();
    assert_eq!(items[0]["z_index"], 0);
    assert_eq!(items[0]["size"], "1500x1000");
    assert!(items[0].get("bounding_box").is_none() && items[0].get("name").is_none());
    assert!((2..=17).contains(&items.len()));
    for (index, layer) in items.iter().enumerate().skip(1) {
        assert_eq!(layer["z_index"], index);
        assert_eq!(layer["output_format"], "png");
        let edges = |name: &str| -> Vec<u64> {
            serde_json::from_value(layer["bounding_box"][name].clone()).unwrap()
        };
        let absolute = edges("absolute");
        let size = format!(
            "{}x{}",
            absolute[2] - absolute[0],
            absolute[3] - absolute[1]
        );
        assert_eq!(layer["size"], size.as_str());
        assert!(edges("normalized").iter().all(|edge| *edge <= 1000));
        let file = fetch(layer["url"].as_str().unwrap())
            .await
            .bytes()
            .await
            .unwrap();
        assert_eq!(look(&file), (ImageFormat::Png, size));
    }
    assert_eq!(body["usage"]["generated_images"], items.len());
}

#[tokio::test]
async fn web_search_shows_in_the_usage() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "doubao-seedream-5-0-260128", "prompt": "a fox", "tools": [{"type": "web_search"}],
    });
    let body = ok(&emulator, ARK, request).await;
    assert_eq!(body["usage"]["tool_usage"], json!({"web_search": 1}));
    assert_eq!(body["tools"], json!([{"type": "web_search"}]));
}

#[tokio::test]
async fn foreign_parameters_are_ignored_and_own_ones_refused() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    for (name, value) in [
        ("n", json!(4)),
        ("quality", json!("ultra")),
        ("style", json!("vivid")),
        ("user", json!("me")),
        ("negative_prompt", json!("dogs")),
        ("aspect_ratio", json!("16:9")),
        ("mask", json!("x")),
        ("seed", json!(7)),
        ("guidance_scale", json!(3)),
        ("made_up", json!({})),
    ] {
        request[name] = value;
    }
    let body = ok(&emulator, ARK, request).await;
    assert_eq!(body["data"].as_array().unwrap().len(), 1);

    let pro = "doubao-seedream-5-0-pro-260628";
    let v45 = "doubao-seedream-4-5-251128";
    for (model, extra, code, param) in [
        (
            pro,
            json!({"sequential_image_generation": "disabled"}),
            "InvalidParameter.UnsupportedParameter",
            "sequential_image_generation",
        ),
        (
            pro,
            json!({"stream": true}),
            "InvalidParameter.UnsupportedParameter",
            "stream",
        ),
        (
            pro,
            json!({"tools": [{"type": "web_search"}]}),
            "InvalidParameter.UnsupportedParameter",
            "tools",
        ),
        (pro, json!({"size": "1x1"}), "InvalidParameter", "size"),
        (
            pro,
            json!({"output_format": "webp"}),
            "InvalidParameter",
            "output_format",
        ),
        (
            pro,
            json!({"background": "transparent", "image": data_uri("image/png", &png(64, 64, false))}),
            "InvalidParameter",
            "image",
        ),
        (
            pro,
            json!({"image": vec!["https://example.com/1.png"; 11]}),
            "InvalidParameter",
            "image",
        ),
        (
            v45,
            json!({"size": "1024x1024"}),
            "InvalidParameter",
            "size",
        ),
        (v45, json!({"size": "1K"}), "InvalidParameter", "size"),
        (v45, json!({"size": "16:9"}), "InvalidParameter", "size"),
        (
            v45,
            json!({"image": ""}),
            "InvalidImageURL.EmptyURL",
            "image",
        ),
        (
            v45,
            json!({"image": "data:image/PNG;base64,AAAA"}),
            "InvalidImageURL.InvalidFormat",
            "image",
        ),
        (
            v45,
            json!({"image": "data:image/png;base64,AAAA"}),
            "InvalidParameter",
            "image",
        ),
        (
            v45,
            json!({"image": {"path": "/etc/passwd"}}),
            "InvalidParameter",
            "image",
        ),
        (
            v45,
            json!({"prompt": ""}),
            "MissingParameter.prompt",
            "prompt",
        ),
    ] {
        let mut request = json!({"model": model, "prompt": "a fox"});
        request
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let response = send(&emulator, ARK, &request).await;
        assert_eq!(response.status(), 400, "{request}");
        let id = response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let body: Value = response.json().await.unwrap();
        let error = &body["error"];
        assert_eq!(
            (error["code"].as_str(), error["param"].as_str()),
            (Some(code), Some(param))
        );
        assert!(error["message"].as_str().unwrap().ends_with(&id), "{error}");
    }
    assert_eq!(emulator.accepted(), 1);
}

#[tokio::test]
async fn null_is_the_same_as_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({
        "model": "doubao-seedream-5-0-pro-260628", "prompt": "a fox", "image": null, "size": null,
        "sequential_image_generation": null, "stream": null, "tools": null, "seed": null,
    });
    let body = ok(&emulator, ARK, request).await;
    assert_eq!(body["data"][0]["size"], "2048x2048");
}

#[tokio::test]
async fn ark_serves_dated_seedream_ids_that_are_not_retired() {
    let emulator = Emulator::builder()
        .today(Date::new(2026, 11, 25))
        .start()
        .await
        .unwrap();
    for (model, status) in [
        ("doubao-seedream-5-0-pro-260628", 200),
        ("doubao-seedream-4-0-20260415", 200),
        ("ep-20261101120000-abcde", 200),
        ("doubao-seedream-7-0-270101", 200),
        ("doubao-seedream-4-5-251128", 404),
        ("doubao-seedream-4-0-250828", 404),
        ("doubao-seedream-5-0-260128", 404),
        ("doubao-seedream-3-0-t2i-250415", 404),
        ("doubao-seedream-5-0-pro", 404),
        ("gpt-image-2", 404),
        ("something-else", 404),
    ] {
        let (got, body) = call(&emulator, ARK, json!({"model": model, "prompt": "a fox"})).await;
        assert_eq!(got, status, "{model}");
        if status == 404 {
            assert_eq!(body["error"]["code"], "InvalidEndpointOrModel.NotFound");
        } else {
            assert_eq!(body["model"], model);
        }
    }
    // A gateway may still map them.
    let request = json!({"model": "doubao-seedream-4-5-251128", "prompt": "a fox"});
    ok(&emulator, GENERATIONS, request).await;
}

#[tokio::test]
async fn a_retired_model_is_served_on_every_day_and_said_to_be_retired() {
    let emulator = Emulator::start().await.unwrap();
    for (path, model) in [
        (ARK, "doubao-seedream-4-0-250828"),
        (ARK, "doubao-seedream-4-5-251128"),
        (ARK, "doubao-seedream-3-0-t2i-250415"),
        (GENERATIONS, "dall-e-3"),
    ] {
        let request = json!({"model": model, "prompt": "a fox"});
        let response = send(&emulator, path, &request).await;
        assert_eq!(response.status(), 200, "{model}");
        let said = response.headers()[Emulator::RETIRED_HEADER].to_str();
        let record = emulator.requests().pop().unwrap();
        assert_eq!(
            said.ok().map(str::to_owned),
            record.retired.map(|day| day.to_string())
        );
        assert!(record.retired.is_some() && record.accepted);
    }
    let alive = send(
        &emulator,
        GENERATIONS,
        &json!({"model": "gpt-image-2", "prompt": "a"}),
    )
    .await;
    assert!(alive.headers().get(Emulator::RETIRED_HEADER).is_none());
    assert_eq!(emulator.requests().pop().unwrap().retired, None);
}

#[tokio::test]
async fn a_fault_retires_a_model_on_any_day() {
    let emulator = Emulator::start().await.unwrap();
    for (path, model, code) in [
        (
            ARK,
            "doubao-seedream-4-0-20260415",
            "InvalidEndpointOrModel.NotFound",
        ),
        (GENERATIONS, "gpt-image-2", "model_not_found"),
    ] {
        let request = json!({"model": model, "prompt": "a fox"});
        let response = send_with(&emulator, Fault::ModelRetired, path, &request).await;
        assert_eq!(response.status(), 404);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], code);
        assert!(body["error"]["message"].as_str().unwrap().contains(model));
    }
    assert_eq!(emulator.accepted(), 0);
}

#[tokio::test]
async fn the_clients_request_id_comes_back() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    let mine = post(&emulator, ARK)
        .header("x-client-request-id", "mine-1")
        .json(&request);
    assert_eq!(
        mine.send().await.unwrap().headers()["x-client-request-id"],
        "mine-1"
    );
    let none = send(&emulator, ARK, &request).await;
    let made_up = none.headers()["x-client-request-id"].to_str().unwrap();
    assert!(made_up.starts_with("unknown-"), "{made_up}");
}

#[tokio::test]
async fn links_expire() {
    let emulator = Emulator::builder()
        .url_lifetime(std::time::Duration::ZERO)
        .start()
        .await
        .unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    let body = ok(&emulator, ARK, request).await;
    let response = fetch(body["data"][0]["url"].as_str().unwrap()).await;
    assert_eq!(response.status(), 403);
    assert_eq!(
        fetch(&format!("{}/images/none.png", emulator.url()))
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn model_lists_tell_where_models_stand() {
    let emulator = Emulator::builder()
        .today(Date::new(2026, 11, 20))
        .start()
        .await
        .unwrap();
    let list = async |path: &str| -> Vec<Value> {
        let request = client()
            .get(format!("{}{path}", emulator.url()))
            .bearer_auth("k");
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        serde_json::from_value(body["data"].clone()).unwrap()
    };
    let find = |list: &[Value], id: &str| list.iter().find(|model| model["id"] == id).cloned();
    let gateway = list("/v1/models").await;
    assert_eq!(
        find(&gateway, "gpt-image-1").unwrap()["shutdown_date"],
        "2026-10-23"
    );
    assert!(find(&gateway, "doubao-seedream-4-5-251128").is_some());
    let ark = list("/api/v3/models").await;
    assert_eq!(
        find(&ark, "doubao-seedream-5-0-260128").unwrap()["status"],
        "Retiring"
    );
    assert!(find(&ark, "gpt-image-1").is_none());
}
