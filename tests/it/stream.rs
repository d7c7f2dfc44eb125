//! Streams of both dialects.

use imagegen::{
    Error, Format, GptImage, GptImageModel, ImageData, ImageEvent, Pixels, ResponseFormat,
    Seedream, SeedreamModel, Size,
};
use imagegen_emulator::Emulator;

use crate::support::{Canned, client};

/// What happened, a word an event.
async fn events(mut stream: imagegen::ImageStream) -> Vec<String> {
    let mut words = Vec::new();
    while let Some(event) = stream.next().await {
        words.push(match event {
            Ok(ImageEvent::Partial(partial)) => format!("partial {}", partial.partial_index),
            Ok(ImageEvent::Image(image)) => format!("image {}", image.index),
            Ok(ImageEvent::Failed(failure)) => format!("failed {}", failure.index),
            Ok(ImageEvent::Completed(_)) => "completed".to_owned(),
            Ok(ImageEvent::Unknown { kind, .. }) => format!("unknown {kind}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => format!("error {}", error.kind()),
        });
    }
    words
}

fn fox() -> GptImage {
    GptImage::new(GptImageModel::GptImage2, "a red fox")
        .size(Size::px(1024, 1024))
        .partial_images(2)
}

#[tokio::test]
async fn openais_previews_are_kept_apart_from_the_picture() {
    let emulator = Emulator::start().await.unwrap();
    let mut stream = client(&emulator).generate(fox()).stream().await.unwrap();
    let mut previews = Vec::new();
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            ImageEvent::Partial(partial) => previews.push(partial),
            ImageEvent::Image(image) => {
                assert_eq!(
                    Format::dimensions(image.bytes().unwrap()),
                    Some(Pixels::new(1024, 1024))
                );
            }
            _ => {}
        }
    }
    assert_eq!(previews.len(), 2);
    let Some(ImageData::Inline(bytes)) = &previews[0].data else {
        panic!()
    };
    assert_eq!(Format::sniff(bytes), Some(Format::Png));

    let words = events(client(&emulator).generate(fox()).stream().await.unwrap()).await;
    assert_eq!(words, ["partial 0", "partial 1", "image 0", "completed"]);
}

#[tokio::test]
async fn seedreams_group_comes_picture_by_picture() {
    let emulator = Emulator::start().await.unwrap();
    let request = Seedream::new(SeedreamModel::Seedream4_0Of20260415, "3 red foxes")
        .size(Size::K1)
        .max_images(3)
        .response_format(ResponseFormat::B64Json);
    let words = events(
        client(&emulator)
            .generate(request.clone())
            .stream()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(words, ["image 0", "image 1", "image 2", "completed"]);

    let response = client(&emulator)
        .generate(request)
        .stream()
        .await
        .unwrap()
        .finish()
        .await
        .unwrap();
    assert_eq!(response.completion.usage.unwrap().generated_images, Some(3));
    assert_eq!(emulator.requests()[0].json().unwrap()["stream"], true);
}

#[tokio::test]
async fn a_stream_goes_straight_into_a_folder() {
    let emulator = Emulator::start().await.unwrap();
    for (previews, files) in [(false, 1), (true, 3)] {
        let folder = tempfile::tempdir().unwrap();
        let target = imagegen::Target::folder(folder.path()).previews(previews);
        let stream = client(&emulator)
            .generate(fox())
            .to(target)
            .stream()
            .await
            .unwrap();
        let response = stream.finish().await.unwrap();
        let ImageData::File(saved) = &response.images[0].data else {
            panic!()
        };
        assert_eq!(saved.path, folder.path().join("a-red-fox-1.png"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), files);
    }
}

#[tokio::test]
async fn a_dropped_stream_leaves_nothing_behind() {
    let emulator = Emulator::builder()
        .event_latency(std::time::Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = imagegen::Target::folder(folder.path());
    let mut stream = client(&emulator)
        .generate(fox())
        .to(target)
        .stream()
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A PNG's signature.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP438EAAAQRAYhPXesHAAAAAElFTkSuQmCC";

/// Streams as raw bytes: every way to write and to end one.
#[tokio::test]
async fn every_spelling_of_a_stream_gives_its_events() {
    let preview = format!(
        r#"{{"type":"image_generation.partial_image","partial_image_index":0,"b64_json":"{PNG}"}}"#
    );
    let done = format!(
        r#"{{"type":"image_generation.completed","b64_json":"{PNG}","usage":{{"total_tokens":3}}}}"#
    );
    let ark_image = r#"{"type":"image_generation.partial_succeeded","image_index":1,"url":"https://example.com/1"}"#;
    let ark_failed = r#"{"type":"image_generation.partial_failed","image_index":0,"error":{"code":"X","message":"m"}}"#;
    let ark_done = r#"{"type":"image_generation.completed","usage":{"generated_images":1}}"#;
    for (body, expected) in [
        (
            format!("data: {preview}\n\ndata: {done}\n\n"),
            vec!["partial 0", "image 0", "completed"],
        ),
        (
            format!("event: x\r\ndata: {done}\r\n\r\ndata: [DONE]\r\n\r\n"),
            vec!["image 0", "completed"],
        ),
        (
            format!(": ping\n\ndata: {done}"),
            vec!["image 0", "completed"],
        ),
        (
            format!(
                "data: {ark_failed}\n\ndata: {ark_image}\n\ndata: {ark_done}\n\ndata: [DONE]\n\n"
            ),
            vec!["failed 0", "image 1", "completed"],
        ),
        (
            format!("data: {ark_image}\n\ndata: [DONE]\n\n"),
            vec!["image 1", "completed"],
        ),
        // All that was asked for has come: nothing is lost with the completion.
        (
            format!("data: {ark_image}\n\n"),
            vec!["image 1", "completed"],
        ),
        (
            format!("data: {preview}\n\n"),
            vec!["partial 0", "error outcome_unknown"],
        ),
        (
            "data: {\"type\":\"new.event\",\"x\":1}\n\ndata: [DONE]\n\n".to_owned(),
            vec!["unknown new.event", "error no_images"],
        ),
        (
            "event: error\ndata: {\"message\":\"m\"}\n\n".to_owned(),
            vec!["error other"],
        ),
        // The type within is the kind of error.
        (
            "event: error\ndata: {\"type\":\"server_error\",\"message\":\"m\"}\n\n".to_owned(),
            vec!["error server"],
        ),
        (
            format!(
                "data: {ark_image}\n\ndata: {{\"error\":{{\"code\":\"InternalServiceError\"}}}}\n\n"
            ),
            vec!["image 1", "error server"],
        ),
        (
            format!("{{\"data\":[{{\"b64_json\":\"{PNG}\"}}]}}"),
            vec!["image 0", "completed"],
        ),
        (
            format!("data: {{\"created\":1,\"data\":[{{\"b64_json\":\"{PNG}\"}}]}}\n\n"),
            vec!["image 0", "completed"],
        ),
    ] {
        let server = Canned::start(
            "200 OK",
            "Content-Type: text/event-stream\r\n",
            body.as_bytes(),
        )
        .await;
        let stream = server
            .client()
            .generate(imagegen::CustomImage::new("m", "p"))
            .stream()
            .await
            .unwrap();
        assert_eq!(events(stream).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_group_without_its_completion_was_cut() {
    let body = "data: {\"type\":\"image_generation.partial_succeeded\",\"url\":\"https://example.com/1\"}\n\n";
    let server = Canned::start("200 OK", "", body.as_bytes()).await;
    let group = imagegen::CustomImage::new("m", "p").param("sequential_image_generation", "auto");
    let stream = server.client().generate(group).stream().await.unwrap();
    assert_eq!(
        events(stream).await,
        ["image 0", "error outcome_unknown"],
        "how many were to come only the completion says"
    );
}

#[tokio::test]
async fn the_usage_of_a_stream_is_that_of_all_its_pictures() {
    let body = format!(
        "data: {{\"type\":\"image_generation.completed\",\"b64_json\":\"{PNG}\",\"usage\":{{\"output_tokens\":3}}}}\n\n"
    )
    .repeat(2);
    let server = Canned::start("200 OK", "", body.as_bytes()).await;
    let request = imagegen::CustomImage::new("m", "p").param("n", 2);
    let response = server.client().generate(request).stream().await.unwrap();
    let response = response.finish().await.unwrap();
    let usage = response.completion.usage.unwrap();
    assert_eq!((response.images.len(), usage.output_tokens), (2, Some(6)));
}

#[tokio::test]
async fn an_error_in_a_stream_does_not_discard_its_pictures() {
    let body = "data: {\"type\":\"image_generation.partial_succeeded\",\"url\":\"https://example.com/1\"}\n\n\
                event: error\ndata: {\"error\":{\"code\":\"InternalServiceError\",\"message\":\"m\"}}\n\n";
    let server = Canned::start("200 OK", "", body.as_bytes()).await;
    let client = server.client();
    let stream = client
        .generate(imagegen::CustomImage::new("m", "p"))
        .stream()
        .await
        .unwrap();
    let response = stream.finish().await.unwrap();
    assert_eq!((response.images.len(), response.failures.len()), (1, 1));
    assert_eq!(
        response.failures[0].code.as_deref(),
        Some("InternalServiceError")
    );
}

#[tokio::test]
async fn a_picture_over_the_limit_is_an_error_of_its_own() {
    let text = "A".repeat(400_000);
    let body = format!("data: {{\"b64_json\":\"{text}\"}}\n\n");
    let server = Canned::start("200 OK", "", body.as_bytes()).await;
    let client = crate::support::builder(server.base_url.clone())
        .max_image(100_000)
        .build()
        .unwrap();
    let stream = client
        .generate(imagegen::CustomImage::new("m", "p"))
        .stream()
        .await
        .unwrap();
    let error = stream.finish().await.unwrap_err();
    let Error::Decode(_) = &error else {
        panic!("{error}")
    };
    assert!(
        error
            .to_string()
            .contains("a picture in it is larger than 100000 bytes"),
        "{error}"
    );
}
