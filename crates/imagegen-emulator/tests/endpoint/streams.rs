//! Streams of both dialects.

use std::time::{Duration, Instant};

use imagegen_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::{
    ARK, Event, GENERATIONS, bytes, decode, events, fetch, gpt, look, ok, seedream, send,
};

async fn stream(emulator: &Emulator, path: &str, request: &Value) -> Vec<Event> {
    let mut request = request.clone();
    request["stream"] = json!(true);
    let response = send(emulator, path, &request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    events(&response.text().await.unwrap())
}

#[tokio::test]
async fn openai_sends_previews_and_then_the_picture() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = gpt();
    request["partial_images"] = json!(2);
    request["output_format"] = json!("png");
    let events = stream(&emulator, GENERATIONS, &request).await;
    let names: Vec<_> = events
        .iter()
        .map(|event| event.name.clone().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "image_generation.partial_image",
            "image_generation.partial_image",
            "image_generation.completed"
        ]
    );
    let mut files = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let data = event.json();
        assert_eq!(data["type"], names[index].as_str());
        for name in [
            "created_at",
            "size",
            "quality",
            "background",
            "output_format",
            "b64_json",
        ] {
            assert!(data.get(name).is_some(), "{name}");
        }
        files.push(bytes(&data));
        assert_eq!(look(&files[index]).1, "1024x1024");
    }
    assert_eq!(events[0].json()["partial_image_index"], 0);
    assert_eq!(events[1].json()["partial_image_index"], 1);
    let last = events[2].json();
    assert!(last.get("partial_image_index").is_none());
    // 272 for a square at low quality, and 100 for each preview.
    assert_eq!(last["usage"]["output_tokens"], 472);
    assert!(files[0] != files[1] && files[1] != files[2]);

    // The finished picture is the one of the plain call, and previews come nearer to it.
    request.as_object_mut().unwrap().remove("partial_images");
    let plain = ok(&emulator, GENERATIONS, request).await;
    assert_eq!(bytes(&plain["data"][0]), files[2]);
    let finished = decode(&files[2]).to_rgb8();
    let distance = |file: &[u8]| -> u64 {
        let image = decode(file).to_rgb8();
        let pairs = image.as_raw().iter().zip(finished.as_raw());
        pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
    };
    assert!(distance(&files[0]) > distance(&files[1]));
}

#[tokio::test]
async fn openai_ends_without_done_and_completes_each_picture() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = gpt();
    request["n"] = json!(2);
    request["stream"] = json!(true);
    let text = send(&emulator, GENERATIONS, &request)
        .await
        .text()
        .await
        .unwrap();
    assert!(!text.contains("[DONE]"));
    let events = events(&text);
    assert_eq!(events.len(), 2);
    let tokens = |event: &Event| event.json()["usage"]["output_tokens"].as_u64().unwrap();
    assert_eq!((tokens(&events[0]), tokens(&events[1])), (272, 272));
    assert_eq!(emulator.accepted(), 1);
}

#[tokio::test]
async fn seedream_sends_each_picture_and_then_the_usage() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = seedream();
    request["sequential_image_generation"] = json!("auto");
    request["sequential_image_generation_options"] = json!({"max_images": 2});
    let events = stream(&emulator, ARK, &request).await;
    let names: Vec<_> = events.iter().map(|event| event.name.as_deref()).collect();
    assert_eq!(
        names,
        [
            Some("image_generation.partial_succeeded"),
            Some("image_generation.partial_succeeded"),
            Some("image_generation.completed"),
            None
        ]
    );
    for (index, event) in events[..2].iter().enumerate() {
        let data = event.json();
        assert_eq!(data["type"], "image_generation.partial_succeeded");
        assert_eq!(data["image_index"], index);
        assert_eq!(data["size"], "1024x1024");
        assert_eq!(data["model"], request["model"]);
        assert!(data["created"].is_u64() && data.get("usage").is_none());
        assert_eq!(look(&bytes(&data)).1, "1024x1024");
    }
    let last = events[2].json();
    assert_eq!(
        last["usage"],
        json!({"generated_images": 2, "output_tokens": 8192, "total_tokens": 8192})
    );
    assert_eq!(events[3].data, "[DONE]");
}

#[tokio::test]
async fn seedream_streams_links_too() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    let events = stream(&emulator, ARK, &request).await;
    assert_eq!(events.len(), 3);
    let file = fetch(events[0].json()["url"].as_str().unwrap())
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(look(&file).1, "1024x1024");
}

#[tokio::test]
async fn a_wrong_request_is_refused_before_any_event() {
    let emulator = Emulator::start().await.unwrap();
    let request = json!({"model": "gpt-image-1", "prompt": "a fox", "size": "1x1", "stream": true});
    let response = send(&emulator, GENERATIONS, &request).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "application/json");
    let gif = json!({
        "model": "gpt-image-2.6-flare", "prompt": "a fox", "output_format": "gif", "stream": true,
    });
    assert_eq!(send(&emulator, GENERATIONS, &gif).await.status(), 400);
}

#[tokio::test]
async fn events_come_one_after_the_other() {
    let latency = Duration::from_millis(150);
    let emulator = Emulator::builder()
        .latency(latency)
        .event_latency(latency)
        .start()
        .await
        .unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    request["stream"] = json!(true);
    let start = Instant::now();
    let mut response = send(&emulator, ARK, &request).await;
    assert!(start.elapsed() >= latency);
    let mut arrivals = Vec::new();
    while response.chunk().await.unwrap().is_some() {
        arrivals.push(start.elapsed());
    }
    assert!(
        *arrivals.last().unwrap() - arrivals[0] >= latency * 3 / 4,
        "{arrivals:?}"
    );
}
