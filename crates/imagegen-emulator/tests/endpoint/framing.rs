//! Whole documents in broken framing, cut ones, and odd codings.

use std::io::Read as _;
use std::time::Duration;

use imagegen_emulator::Fault;
use serde_json::{Value, json};

use crate::support::{
    ARK, GENERATIONS, emulator, gpt, group, linked, raw, send_with, stream_of, with_fault,
};

/// What a plain HTTP client gets of a body, and whether it ends well.
async fn body(mut response: reqwest::Response) -> (Vec<u8>, bool) {
    let mut read = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) => return (read, true),
            Err(_) => return (read, false),
        }
    }
}

/// The document in a raw answer, chunks undone.
fn document(answer: &[u8]) -> Value {
    let text = String::from_utf8_lossy(answer);
    let (from, to) = (text.find('{').unwrap(), text.rfind('}').unwrap());
    let lines = text[from..=to].split("\r\n");
    let joined: String = lines
        .filter(|line| usize::from_str_radix(line, 16).is_err() && !line.is_empty())
        .collect();
    serde_json::from_str(&joined).unwrap()
}

#[tokio::test]
async fn d22_a_whole_document_never_ends_well() {
    let emulator = emulator().await;
    for fault in [
        Fault::NoLastChunk,
        Fault::LengthTooLong,
        Fault::ResetAfterAnswer,
    ] {
        let (answer, end) = raw(&emulator, fault, &linked()).await;
        assert!(document(&answer)["data"][0]["url"].is_string(), "{fault}");
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.ends_with("0\r\n\r\n"), "{fault}: {text}");
        assert_eq!(end.is_err(), fault == Fault::ResetAfterAnswer, "{fault}");
        let is_chunked = fault != Fault::LengthTooLong;
        assert_eq!(text.contains("transfer-encoding: chunked"), is_chunked);

        let (_, well) = body(send_with(&emulator, fault, GENERATIONS, &gpt()).await).await;
        assert!(!well, "{fault}");
    }
    for fault in [Fault::NoLastChunk, Fault::ResetAfterAnswer] {
        let stream = stream_of(&emulator, fault, ARK, &linked()).await;
        let (events, well) = body(stream).await;
        assert!(events.ends_with(b"data: [DONE]\n\n") && !well, "{fault}");
    }
    assert_eq!(emulator.accepted(), 8);
}

#[tokio::test]
async fn d22_a_whole_document_is_left_open() {
    let emulator = emulator().await;
    for stream in [false, true] {
        let mut request = linked();
        request["stream"] = json!(stream);
        let mut response = send_with(&emulator, Fault::LeftOpen, ARK, &request).await;
        let mut read = Vec::new();
        let end = if stream { &b"[DONE]\n\n"[..] } else { b"}}" };
        while !read.ends_with(end) {
            read.extend_from_slice(&response.chunk().await.unwrap().expect("more"));
        }
        let more = tokio::time::timeout(Duration::from_millis(300), response.chunk());
        assert!(more.await.is_err(), "it ended");
    }
}

#[tokio::test]
async fn d22_documents_are_cut_at_every_place() {
    let emulator = emulator().await;
    let mut three = gpt();
    three["n"] = json!(3);
    let whole = send_with(&emulator, Fault::CreatedZero, GENERATIONS, &three).await;
    let whole = whole.bytes().await.unwrap();
    for fault in [Fault::CutHead, Fault::CutPicture, Fault::CutTail] {
        let response = send_with(&emulator, fault, GENERATIONS, &three).await;
        let promised = response.content_length().unwrap();
        let (read, well) = body(response).await;
        assert!(!well && promised > read.len() as u64, "{fault}");
        let text = String::from_utf8(read).unwrap();
        let pictures = text.matches("\"b64_json\":\"").count();
        match fault {
            Fault::CutHead => assert_eq!(text.len(), 12),
            Fault::CutPicture => {
                assert_eq!(pictures, 3);
                assert!(text.len() > whole.len() / 2 && text.len() < whole.len() - 1000);
            }
            _ => {
                assert_eq!(pictures, 3);
                assert!(
                    text.contains("\"usage\":") && !text.ends_with('}'),
                    "{fault}"
                );
            }
        }
    }
    for (fault, finished) in [
        (Fault::CutHead, 0),
        (Fault::CutPicture, 1),
        (Fault::CutTail, 2),
    ] {
        let mut two = gpt();
        two["n"] = json!(2);
        let (read, well) = body(stream_of(&emulator, fault, GENERATIONS, &two).await).await;
        let text = String::from_utf8(read).unwrap();
        assert_eq!(text.matches("\n\n").count(), finished, "{fault}");
        assert!(!well && text.starts_with("event: "), "{fault}");
    }
    // Links are small: the cut is in the middle.
    let (read, well) = body(send_with(&emulator, Fault::CutPicture, ARK, &group()).await).await;
    assert!(!well && read.starts_with(b"{"));
}

#[tokio::test]
async fn d25_an_answer_is_packed_unasked() {
    let emulator = emulator().await;
    let response = send_with(&emulator, Fault::GzipUnasked, ARK, &linked()).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_ref())
        .read_to_string(&mut text)
        .unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(answer["data"][0]["url"].is_string());

    let stream = stream_of(&emulator, Fault::GzipUnasked, ARK, &linked()).await;
    assert_eq!(stream.headers()["content-encoding"], "gzip");
    let packed = stream.bytes().await.unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_ref())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn d25_heads_are_odd() {
    let emulator = emulator().await;
    let (answer, _) = raw(&emulator, Fault::ManyHeaders, &linked()).await;
    let text = String::from_utf8(answer).unwrap();
    assert_eq!(text.matches("\r\nx-hop-").count(), 120);
    let (answer, end) = raw(&emulator, Fault::HeaderSpace, &linked()).await;
    let text = String::from_utf8(answer).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200 OK\r\nserver : gateway\r\n"),
        "{text}"
    );
    assert!(end.is_ok());
    let (head, json) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", json.len())));
    assert!(serde_json::from_str::<Value>(json).unwrap()["data"].is_array());
}

#[tokio::test]
async fn d30_nothing_comes() {
    let emulator = emulator().await;
    let waiting = with_fault(&emulator, Fault::Silence, ARK)
        .timeout(Duration::from_millis(300))
        .json(&linked())
        .send();
    assert!(waiting.await.unwrap_err().is_timeout());
    for fault in [Fault::CutWhileWaiting, Fault::CloseBeforeAnswer] {
        let (answer, _) = raw(&emulator, fault, &linked()).await;
        assert!(answer.is_empty());
    }
    assert_eq!(emulator.accepted(), 3);
}
