//! Thirteen answers that are right, or right enough to have been paid for, and that async-openai
//! 0.43.0, the most used Rust client, cannot read: its `ImagesResponse` and `ImageGenStreamEvent`
//! refuse each of these bodies whole. Here they decode.

use futures_util::StreamExt as _;
use imagegen::{CustomImage, Error, Format, ImageData, ImageEvent, ImageResponse, Pixels, Result};

use crate::support::Canned;

/// A picture of one pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP438EAAAQRAYhPXesHAAAAAElFTkSuQmCC";

/// Sends a plain call to a server that answers this.
async fn read(body: &str) -> ImageResponse {
    let server = Canned::json("200 OK", &body.replace("PNG", PNG)).await;
    let request = CustomImage::new("m", "p");
    server.client().generate(request).await.unwrap()
}

/// Sends a streaming call to a server that answers with these events, each named as its `type`.
async fn events(data: &[&str]) -> Vec<Result<ImageEvent>> {
    let mut body = String::new();
    for data in data {
        let kind = data.split('"').nth(3).unwrap();
        body += &format!("event: {kind}\ndata: {}\n\n", data.replace("PNG", PNG));
    }
    let head = "Content-Type: text/event-stream\r\n";
    let server = Canned::start("200 OK", head, body.as_bytes()).await;
    let stream = server
        .client()
        .generate(CustomImage::new("m", "p"))
        .stream()
        .await;
    stream.unwrap().collect().await
}

/// Asserts that a picture came inline and whole.
fn assert_whole(data: &ImageData) {
    let ImageData::Inline(bytes) = data else {
        panic!("{data:?}")
    };
    assert_eq!(Format::sniff(bytes), Some(Format::Png));
    assert_eq!(Format::dimensions(bytes), Some(Pixels::new(1, 1)));
}

/// Asserts that the events are one whole picture and the end, and returns the end.
fn one_picture(events: Vec<Result<ImageEvent>>) -> imagegen::Completion {
    let events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    let [ImageEvent::Image(image), ImageEvent::Completed(completion)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_whole(&image.data);
    completion.clone()
}

// Seedream, plain.

#[tokio::test]
async fn answer_1_seedream_by_link_with_its_usage() {
    let response = read(
        r#"{"model":"doubao-seedream-4-5-251128","created":1763800000,
            "data":[{"url":"http://127.0.0.1:9/a.jpg","size":"2048x2048"}],
            "usage":{"generated_images":1,"output_tokens":16384,"total_tokens":16384}}"#,
    )
    .await;
    let image = &response.images[0];
    assert_eq!(
        image.data,
        ImageData::Url("http://127.0.0.1:9/a.jpg".to_owned())
    );
    assert_eq!(image.size, Some(Pixels::new(2048, 2048)));
    let usage = response.completion.usage.unwrap();
    assert_eq!(
        (usage.generated_images, usage.output_tokens),
        (Some(1), Some(16384))
    );
}

#[tokio::test]
async fn answer_2_seedream_inline_with_its_usage() {
    let response = read(
        r#"{"model":"doubao-seedream-4-5-251128","created":1763800000,
            "data":[{"b64_json":"PNG","size":"2048x2048"}],
            "usage":{"generated_images":1,"output_tokens":16384,"total_tokens":16384}}"#,
    )
    .await;
    assert_whole(&response.images[0].data);
    assert_eq!(response.completion.usage.unwrap().generated_images, Some(1));
}

#[tokio::test]
async fn answer_3_a_group_in_which_one_picture_failed() {
    let response = read(
        r#"{"created":1763800000,"data":[{"b64_json":"PNG","size":"2048x2048"},
            {"error":{"code":"OutputImageSensitiveContentDetected","message":"refused"}},
            {"b64_json":"PNG","size":"2048x2048"}]}"#,
    )
    .await;
    let places: Vec<_> = response.images.iter().map(|image| image.index).collect();
    assert_eq!(places, [0, 2]);
    let [failure] = &response.failures[..] else {
        panic!("{response:?}")
    };
    assert_eq!(failure.index, 1);
    assert_eq!(
        failure.code.as_deref(),
        Some("OutputImageSensitiveContentDetected")
    );
}

// Gateways, plain.

#[tokio::test]
async fn answer_4_without_created() {
    let response = read(r#"{"data":[{"b64_json":"PNG"}]}"#).await;
    assert_whole(&response.images[0].data);
    assert_eq!(response.completion.created, None);
}

#[tokio::test]
async fn answer_5_with_a_new_quality() {
    let response =
        read(r#"{"created":1763800000,"quality":"ultra","data":[{"b64_json":"PNG"}]}"#).await;
    assert_whole(&response.images[0].data);
    assert_eq!(response.completion.quality.as_deref(), Some("ultra"));
}

#[tokio::test]
async fn answer_6_with_usage_without_details() {
    let response = read(
        r#"{"created":1763800000,"data":[{"b64_json":"PNG"}],
            "usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282}}"#,
    )
    .await;
    assert_whole(&response.images[0].data);
    let usage = response.completion.usage.unwrap();
    assert_eq!(
        (usage.total_tokens, usage.input_text_tokens),
        (Some(282), None)
    );
}

// Seedream's stream: the three types of events, each in the stream it belongs to.

const SUCCEEDED: &str = r#"{"type":"image_generation.partial_succeeded","model":"m","created":1763800000,"image_index":1,"b64_json":"PNG","size":"2048x2048"}"#;
const FAILED: &str = r#"{"type":"image_generation.partial_failed","model":"m","created":1763800000,"image_index":0,"error":{"code":"OutputImageSensitiveContentDetected","message":"refused"}}"#;
const COMPLETED: &str = r#"{"type":"image_generation.completed","model":"m","created":1763800000,"usage":{"generated_images":1,"output_tokens":16384,"total_tokens":16384}}"#;

#[tokio::test]
async fn answer_7_partial_succeeded_is_a_finished_picture() {
    let events = events(&[SUCCEEDED, COMPLETED]).await;
    let Some(Ok(ImageEvent::Image(image))) = events.first() else {
        panic!("{events:?}")
    };
    assert_whole(&image.data);
    assert_eq!(
        (image.index, image.size),
        (1, Some(Pixels::new(2048, 2048)))
    );
}

#[tokio::test]
async fn answer_8_partial_failed_ends_nothing() {
    let events = events(&[FAILED, SUCCEEDED, COMPLETED]).await;
    let [
        Ok(ImageEvent::Failed(failure)),
        Ok(ImageEvent::Image(_)),
        Ok(ImageEvent::Completed(_)),
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(failure.index, 0);
    assert_eq!(failure.message.as_deref(), Some("refused"));
}

#[tokio::test]
async fn answer_9_completed_has_usage_and_no_picture() {
    let events = events(&[SUCCEEDED, COMPLETED]).await;
    let Some(Ok(ImageEvent::Completed(completion))) = events.last() else {
        panic!("{events:?}")
    };
    let usage = completion.usage.as_ref().unwrap();
    assert_eq!(
        (usage.generated_images, usage.output_tokens),
        (Some(1), Some(16384))
    );
}

// Events in OpenAI's stream.

#[tokio::test]
async fn answer_10_an_error_event_is_the_servers_error() {
    let events = events(&[
        r#"{"type":"image_generation.partial_image","b64_json":"PNG","created_at":1763800000,"size":"1024x1024","quality":"low","background":"opaque","output_format":"png","partial_image_index":0}"#,
        r#"{"type":"error","error":{"type":"image_generation_user_error","code":"moderation_blocked","message":"refused","param":null}}"#,
    ])
    .await;
    let [Ok(ImageEvent::Partial(_)), Err(Error::Api(error))] = &events[..] else {
        panic!("{events:?}")
    };
    assert!(error.is_in_band());
    assert_eq!(error.code(), Some("moderation_blocked"));
    assert_eq!(error.message(), Some("refused"));
}

#[tokio::test]
async fn answer_11_a_completed_event_without_its_time() {
    let completion = one_picture(
        events(&[r#"{"type":"image_generation.completed","b64_json":"PNG","size":"1024x1024","quality":"low","background":"opaque","output_format":"png","usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282,"input_tokens_details":{"text_tokens":10,"image_tokens":0}}}"#]).await,
    );
    assert_eq!(completion.usage.unwrap().input_text_tokens, Some(10));
}

#[tokio::test]
async fn answer_12_a_completed_event_with_a_new_quality() {
    let completion = one_picture(
        events(&[r#"{"type":"image_generation.completed","b64_json":"PNG","created_at":1763800000,"size":"1024x1024","quality":"ultra","background":"opaque","output_format":"png","usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282,"input_tokens_details":{"text_tokens":10,"image_tokens":0}}}"#]).await,
    );
    assert_eq!(completion.quality.as_deref(), Some("ultra"));
}

#[tokio::test]
async fn answer_13_a_completed_event_with_usage_without_details() {
    let completion = one_picture(
        events(&[r#"{"type":"image_generation.completed","b64_json":"PNG","created_at":1763800000,"size":"1024x1024","quality":"low","background":"opaque","output_format":"png","usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282}}"#]).await,
    );
    let usage = completion.usage.unwrap();
    assert_eq!(
        (usage.total_tokens, usage.input_text_tokens),
        (Some(282), None)
    );
}
