//! The server itself: records, limits, its end.

use std::time::{Duration, Instant};

use imagegen_emulator::{Emulator, Fault, RecordedBody};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{ARK, GENERATIONS, call, client, gpt, ok, post, seedream};

#[tokio::test]
async fn requests_are_recorded_without_credentials() {
    let emulator = Emulator::start().await.unwrap();
    post(&emulator, GENERATIONS)
        .header("x-api-key", "sk-other")
        .json(&gpt())
        .send()
        .await
        .unwrap();
    client()
        .get(format!("{}/nowhere?x=1", emulator.url()))
        .send()
        .await
        .unwrap();
    let records = emulator.requests();
    assert_eq!(records.len(), 2);
    assert_eq!(
        (records[0].method.as_str(), records[0].path.as_str()),
        ("POST", GENERATIONS)
    );
    assert_eq!(
        records[0].header("authorization"),
        Some("Bearer [redacted]")
    );
    assert_eq!(records[0].json(), Some(&gpt()));
    assert!(records[0].accepted);
    assert_eq!(records[1].path, "/nowhere?x=1");
    assert!(records[1].dialect.is_none() && !records[1].accepted);
    let debug = format!("{records:?} {emulator:?}");
    for secret in ["sk-secret", "sk-other", "red fox"] {
        assert!(!debug.contains(secret), "{debug}");
    }
}

#[tokio::test]
async fn only_the_latest_requests_are_kept() {
    let emulator = Emulator::builder().keep_requests(2).start().await.unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    for number in 0..4 {
        request["prompt"] = json!(format!("fox {number}"));
        ok(&emulator, ARK, request.clone()).await;
    }
    let prompts: Vec<_> = emulator
        .requests()
        .iter()
        .map(|record| {
            record.json().unwrap()["prompt"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(prompts, ["fox 2", "fox 3"]);
    assert_eq!(emulator.accepted(), 4);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let emulator = Emulator::builder().body_limit(1000).start().await.unwrap();
    let mut request = gpt();
    ok(&emulator, GENERATIONS, request.clone()).await;
    request["user"] = json!("x".repeat(1000));
    let response = post(&emulator, GENERATIONS)
        .json(&request)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
    assert!(matches!(emulator.requests()[1].body, RecordedBody::Empty));
    assert_eq!(emulator.accepted(), 1);
}

#[tokio::test]
async fn every_route_is_there() {
    let emulator = Emulator::start().await.unwrap();
    for (route, about) in Emulator::ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let url = format!("{}{path}", emulator.url());
        let request = client().request(method.parse().unwrap(), url);
        let text = request.send().await.unwrap().text().await.unwrap();
        assert!(!text.contains("there is no"), "{route}: {text}");
        assert!(!about.is_empty());
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_404() {
    let emulator = Emulator::start().await.unwrap();
    for path in [
        "/v1/images/variations",
        "/api/v3/images/edits",
        "/images/generations",
    ] {
        let (status, body) = call(&emulator, path, gpt()).await;
        assert_eq!(
            (status, body["error"]["type"].as_str()),
            (404, Some("invalid_request_error"))
        );
    }
    let get = client()
        .get(format!("{}{GENERATIONS}", emulator.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(get.status(), 404);
}

#[tokio::test]
async fn links_name_the_host_that_was_asked() {
    let emulator = Emulator::builder()
        .image_host("localhost")
        .start()
        .await
        .unwrap();
    let mut request = seedream();
    request["response_format"] = json!("url");
    let body = ok(&emulator, ARK, request).await;
    let url = body["data"][0]["url"].as_str().unwrap();
    let expected = format!("http://localhost:{}/images/", emulator.address().port());
    assert!(url.starts_with(&expected), "{url}");
}

#[tokio::test]
async fn a_large_picture_is_quick_in_release() {
    let emulator = Emulator::start().await.unwrap();
    let mut request = seedream();
    request["size"] = json!("4K");
    let start = Instant::now();
    let body = ok(&emulator, ARK, request).await;
    assert_eq!(body["data"][0]["size"], "4096x4096");
    if !cfg!(debug_assertions) {
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn stopping_lets_requests_end_and_closes_the_rest() {
    let emulator = Emulator::builder()
        .latency(Duration::from_millis(300))
        .start()
        .await
        .unwrap();
    let url = emulator.url();
    let under_way = tokio::spawn(post(&emulator, GENERATIONS).json(&gpt()).send());
    let mut idle = tokio::net::TcpStream::connect(emulator.address())
        .await
        .unwrap();
    while emulator.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    emulator.stop().await;
    assert_eq!(under_way.await.unwrap().unwrap().status(), 200);
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap_or(0), 0);
    assert!(client().get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn stopping_does_not_wait_for_what_never_ends() {
    let emulator = Emulator::builder()
        .fault(Fault::Silence)
        .start()
        .await
        .unwrap();
    let hanging = tokio::spawn(post(&emulator, GENERATIONS).json(&gpt()).send());
    while emulator.accepted() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let start = Instant::now();
    emulator.stop().await;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn dropping_closes_everything() {
    let emulator = Emulator::start().await.unwrap();
    let mut connection = tokio::net::TcpStream::connect(emulator.address())
        .await
        .unwrap();
    connection
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 15];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    drop(emulator);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), connection.read_to_end(&mut rest));
    // An end or a reset: the connection is gone either way.
    let _ = ended.await.expect("the connection closes");
}
