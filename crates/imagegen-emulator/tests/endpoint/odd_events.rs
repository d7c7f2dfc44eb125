//! Streams as gateways make them.

use image::ImageFormat;
use imagegen_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{
    ARK, GENERATIONS, bytes, emulator, events, gpt, group, linked, look, stream_of,
};

async fn text(emulator: &Emulator, fault: Fault, path: &str, request: &Value) -> String {
    let response = stream_of(emulator, fault, path, request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response.text().await.unwrap()
}

fn types(text: &str) -> Vec<String> {
    let name = |data: Value| data["type"].as_str().unwrap_or("-").to_owned();
    events(text)
        .iter()
        .filter(|event| event.data.starts_with('{'))
        .map(|event| name(event.json()))
        .collect()
}

#[tokio::test]
async fn d20_completed_is_said_of_each_picture_or_of_something_else() {
    let emulator = emulator().await;
    let completed = "image_generation.completed";
    let each = text(&emulator, Fault::CompletionPerPicture, ARK, &group()).await;
    assert_eq!(types(&each), [completed; 3]);
    let pictures: Vec<bool> = events(&each)[..3]
        .iter()
        .map(|event| event.json()["url"].is_string())
        .collect();
    assert_eq!(pictures, [true, true, false]);
    let each = text(&emulator, Fault::CompletionPerPicture, GENERATIONS, &gpt()).await;
    assert_eq!(types(&each), [completed; 2]);

    let foreign = text(&emulator, Fault::ForeignCompleted, GENERATIONS, &gpt()).await;
    assert_eq!(types(&foreign), ["moderation.completed", completed]);
}

#[tokio::test]
async fn d20_progress_comes_before_the_pictures() {
    let emulator = emulator().await;
    for (path, request) in [(GENERATIONS, gpt()), (ARK, linked())] {
        let text = text(&emulator, Fault::StreamProgress, path, &request).await;
        assert!(!text.contains("event:") && text.ends_with("data: [DONE]\n\n"));
        let events = events(&text);
        assert_eq!(events.len(), 4);
        assert_eq!(events[0].json()["data"], json!([]));
        let item = &events[2].json()["data"][0];
        match path {
            ARK => assert!(item["url"].as_str().unwrap().starts_with("http")),
            _ => assert_eq!(look(&bytes(item)).0, ImageFormat::Jpeg),
        }
    }
    let words = text(&emulator, Fault::StreamProgressWords, ARK, &linked()).await;
    let events = events(&words);
    assert_eq!(events.len(), 3);
    assert_eq!(events[1].json()["message"], "The request breaks the rules.");
}

#[tokio::test]
async fn d20_the_events_are_those_of_another_api() {
    let emulator = emulator().await;
    for (path, request) in [(GENERATIONS, gpt()), (ARK, linked())] {
        let text = text(&emulator, Fault::StreamResponses, path, &request).await;
        assert_eq!(
            types(&text),
            [
                "response.created",
                "response.output_item.done",
                "response.completed"
            ]
        );
        let item = events(&text)[1].json()["item"].clone();
        assert_eq!(item["type"], "image_generation_call");
        match path {
            ARK => assert!(item["result"].as_str().unwrap().starts_with("http")),
            _ => {
                let file = bytes(&json!({"b64_json": item["result"]}));
                assert_eq!(look(&file).1, "1024x1024");
            }
        }
    }
}

#[tokio::test]
async fn d20_events_come_twice_or_broken_or_too_close() {
    let emulator = emulator().await;
    let twice = text(&emulator, Fault::StreamTwice, ARK, &group()).await;
    let indices: Vec<Value> = events(&twice)
        .iter()
        .filter(|event| event.data.contains("\"url\""))
        .map(|event| event.json()["image_index"].clone())
        .collect();
    assert_eq!(indices, [0, 0, 1, 1]);

    let broken = text(&emulator, Fault::StreamBrokenEvent, ARK, &linked()).await;
    let first = &events(&broken)[0];
    assert!(serde_json::from_str::<Value>(&first.data).is_err());
    assert!(events(&broken)[1].json()["url"].is_string());

    let close = text(&emulator, Fault::SseOneNewline, ARK, &group()).await;
    let lines: Vec<&str> = close.trim_end().lines().collect();
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("data: {") || *line == "data: [DONE]")
    );
    assert_eq!(lines.len(), 4);

    let pings = text(&emulator, Fault::SsePingWords, ARK, &linked()).await;
    assert!(pings.starts_with("event: ping\ndata: ping\n\n"));
    assert_eq!(pings.matches("data: : keep-alive\n\n").count(), 3);
    assert_eq!(types(&pings).len(), 2);
}

#[tokio::test]
async fn d21_d22_streams_end_in_words_or_bring_nothing() {
    let emulator = emulator().await;
    let words = text(&emulator, Fault::StreamErrorWords, ARK, &group()).await;
    assert!(words.ends_with("event: error\ndata: upstream is out of accounts\n\n"));
    assert_eq!(types(&words), ["image_generation.partial_succeeded"; 2]);
    for (path, request) in [(GENERATIONS, gpt()), (ARK, linked())] {
        let nothing = text(&emulator, Fault::StreamOnlyDone, path, &request).await;
        assert_eq!(nothing, "data: [DONE]\n\n");
    }
    assert_eq!(emulator.accepted(), 3);
}
