//! Links that do not lead to a picture, or not at once.

use std::io::Read as _;
use std::time::{Duration, Instant};

use image::ImageFormat;
use imagegen_emulator::{Emulator, Fault};
use reqwest::Response;

use crate::support::{
    ARK, GENERATIONS, emulator, events, fetch, gpt, json_of, linked, look, stream_of,
};

/// The link of an answer to a request for bytes.
async fn link(emulator: &Emulator, fault: Fault) -> String {
    let answer = json_of(emulator, fault, GENERATIONS, &gpt()).await;
    answer["data"][0]["url"].as_str().unwrap().to_owned()
}

async fn follow(emulator: &Emulator, fault: Fault) -> Response {
    fetch(&link(emulator, fault).await).await
}

#[tokio::test]
async fn d28_a_link_leads_to_something_else() {
    let emulator = emulator().await;
    for (fault, status, content_type, beginning) in [
        (Fault::LinkHtml, 200, "text/html", "<html>"),
        (Fault::LinkJson, 200, "application/json", "{\"error\""),
        (Fault::LinkEmpty, 200, "image/jpeg", ""),
    ] {
        let response = follow(&emulator, fault).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["content-type"], content_type);
        let text = response.text().await.unwrap();
        assert!(text.starts_with(beginning), "{fault}: {text}");
        assert_eq!(text.is_empty(), fault == Fault::LinkEmpty);
    }
    let nothing = follow(&emulator, Fault::LinkNoContent).await;
    assert_eq!(nothing.status(), 204);
}

#[tokio::test]
async fn d28_a_link_leads_to_a_part_of_the_picture() {
    let emulator = emulator().await;
    let part = follow(&emulator, Fault::LinkPart).await;
    assert_eq!(part.status(), 206);
    let range = part.headers()["content-range"].to_str().unwrap().to_owned();
    assert!(range.starts_with("bytes 0-39/"), "{range}");
    assert_eq!(part.bytes().await.unwrap().len(), 40);
    for (fault, format) in [
        (Fault::LinkHalfPng, ImageFormat::Png),
        (Fault::LinkHalfJpeg, ImageFormat::Jpeg),
        (Fault::LinkHalfWebp, ImageFormat::WebP),
    ] {
        let response = follow(&emulator, fault).await;
        let promised = response.content_length();
        let half = response.bytes().await.unwrap();
        assert_eq!(
            promised,
            Some(half.len() as u64),
            "{fault}: as if that were all"
        );
        assert_eq!(image::guess_format(&half).unwrap(), format);
        let ends = match format {
            ImageFormat::Png => half.ends_with(b"IEND\xaeB`\x82"),
            ImageFormat::Jpeg => half.ends_with(b"\xff\xd9"),
            // A WebP says its length at its beginning.
            _ => u32::from_le_bytes(half[4..8].try_into().unwrap()) as usize + 8 == half.len(),
        };
        assert!(!ends, "{fault}");
    }
}

#[tokio::test]
async fn d28_a_link_is_late_packed_relative_or_slow() {
    let emulator = emulator().await;
    let url = link(&emulator, Fault::LinkLate).await;
    for status in [202, 202, 200] {
        assert_eq!(fetch(&url).await.status().as_u16(), status);
    }
    let start = Instant::now();
    let late = follow(&emulator, Fault::LinkDelay).await;
    assert!(start.elapsed() >= Duration::from_millis(40));
    assert_eq!(look(&late.bytes().await.unwrap()).1, "1024x1024");
    let packed = follow(&emulator, Fault::LinkGzip).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let mut file = Vec::new();
    flate2::read::GzDecoder::new(packed.bytes().await.unwrap().as_ref())
        .read_to_end(&mut file)
        .unwrap();
    assert_eq!(look(&file), (ImageFormat::Jpeg, "1024x1024".to_owned()));

    let path = link(&emulator, Fault::LinkRelative).await;
    assert!(path.starts_with("/images/"), "{path}");
    assert_eq!(
        fetch(&format!("{}{path}", emulator.url())).await.status(),
        200
    );
    let inside = link(&emulator, Fault::LinkInside).await;
    assert!(inside.starts_with("http://169.254.169.254/"), "{inside}");
    let stream = stream_of(&emulator, Fault::LinkRelative, ARK, &linked()).await;
    let event = events(&stream.text().await.unwrap())[0].json();
    assert!(event["url"].as_str().unwrap().starts_with("/images/"));

    let mut slow = follow(&emulator, Fault::LinkDrip).await;
    for _ in 0..3 {
        assert_eq!(slow.chunk().await.unwrap().unwrap().len(), 1);
    }
}
