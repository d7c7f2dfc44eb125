//! Pictures that go to writers of the caller's own.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use imagegen::{
    Error, Format, GptImage, GptImageModel, ImageData, ImageEvent, ImageResponse, Pixels, Seedream,
    SeedreamModel, Size, WrittenImage,
};
use imagegen_emulator::Emulator;
use tokio::io::AsyncWrite;

use crate::support::{Canned, client};

/// What the writers of a call were given.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<Given>>>);

#[derive(Clone, Default)]
struct Given {
    bytes: Vec<u8>,
    shut_down: bool,
}

/// A writer that takes a few bytes at a time.
struct Writer {
    all: Written,
    number: usize,
    /// Whether it fails after 10,000 bytes.
    fails: bool,
}

impl Written {
    /// Opens writers, some of which fail half-way.
    fn opener(&self, failing: &[u32]) -> impl FnMut(u32) -> Writer + Send + 'static {
        let (all, failing) = (self.clone(), failing.to_vec());
        move |number| {
            let mut given = all.0.lock().unwrap();
            assert_eq!(given.len() as u32, number, "writers are asked for in order");
            given.push(Given::default());
            Writer {
                all: all.clone(),
                number: number as usize,
                fails: failing.contains(&number),
            }
        }
    }

    fn given(&self) -> Vec<Given> {
        self.0.lock().unwrap().clone()
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut all = self.all.0.lock().unwrap();
        let given = &mut all[self.number];
        if self.fails && given.bytes.len() >= 10_000 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(5000);
        given.bytes.extend_from_slice(&bytes[..count]);
        // A slow writer is waited for.
        cx.waker().wake_by_ref();
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.all.0.lock().unwrap()[self.number].shut_down = true;
        Poll::Ready(Ok(()))
    }
}

fn written(data: &ImageData) -> &WrittenImage {
    match data {
        ImageData::Written(written) => written,
        other => panic!("{other:?}"),
    }
}

/// Holds what the response says of its pictures against what the writers were given.
fn assert_given(response: &ImageResponse, given: &[Given], format: Format, size: Pixels) {
    for image in &response.images {
        let written = written(&image.data);
        let given = &given[written.writer as usize];
        assert!(given.shut_down);
        assert_eq!(written.bytes, given.bytes.len() as u64);
        assert_eq!(Format::sniff(&given.bytes), Some(format));
        assert_eq!(
            (image.format(), written.format),
            (Some(format), Some(format))
        );
        assert_eq!(Format::dimensions(&given.bytes), Some(size));
        assert_eq!(written.size, Some(size));
    }
}

#[tokio::test]
async fn every_picture_has_a_writer() {
    let emulator = Emulator::start().await.unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "a red fox").size(Size::px(1024, 1024));
    let inline = client(&emulator)
        .generate(request.clone().n(2))
        .await
        .unwrap();
    let all = Written::default();
    let response = client(&emulator)
        .generate(request.n(2))
        .into_writers(all.opener(&[]))
        .await
        .unwrap();
    let given = all.given();
    assert_eq!((response.images.len(), given.len()), (2, 2));
    assert_given(&response, &given, Format::Png, Pixels::new(1024, 1024));
    for (image, inline) in response.images.iter().zip(&inline.images) {
        let writer = written(&image.data).writer as usize;
        assert_eq!(inline.bytes().unwrap(), &given[writer].bytes);
    }
    // What a writer has is nobody else's.
    let error = response.bytes(&response.images[1]).await.unwrap_err();
    insta::assert_snapshot!(error, @"cannot read back from writer 1");
}

#[tokio::test]
async fn links_are_fetched_into_writers() {
    let emulator = Emulator::start().await.unwrap();
    let request =
        Seedream::new(SeedreamModel::Seedream4_0Of20260415, "a red fox").size(Size::px(1024, 1024));
    let all = Written::default();
    let response = client(&emulator)
        .generate(request)
        .into_writers(all.opener(&[]))
        .await
        .unwrap();
    assert_given(
        &response,
        &all.given(),
        Format::Jpeg,
        Pixels::new(1024, 1024),
    );
}

#[tokio::test]
async fn a_link_is_not_read_on_for_a_writer_that_failed() {
    // It never sends the rest; whoever waited for it would begin again, with another writer.
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n";
    let pictures = Canned::raw([&head[..], &[7; 500_000]].concat()).await;
    let link = format!("{}/p.png", pictures.base_url);
    let answer = format!(r#"{{"data":[{{"url":"{link}"}}]}}"#);
    let server = Canned::json("200 OK", &answer).await;
    let all = Written::default();
    let request = GptImage::new(GptImageModel::GptImage2, "p");
    let response = server
        .client()
        .generate(request)
        .into_writers(all.opener(&[0]))
        .await
        .unwrap();
    assert_eq!(response.images[0].data, ImageData::Url(link));
    assert_eq!((pictures.hits(), all.given().len()), (1, 1));
}

#[tokio::test]
async fn previews_of_a_stream_have_writers_too() {
    let emulator = Emulator::start().await.unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "a red fox")
        .size(Size::px(1024, 1024))
        .partial_images(2);
    let all = Written::default();
    let mut stream = client(&emulator)
        .generate(request)
        .into_writers(all.opener(&[]))
        .stream()
        .await
        .unwrap();
    let (mut response, mut previews) = (stream.response(), Vec::new());
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            ImageEvent::Partial(preview) => {
                previews.push(written(preview.data.as_ref().unwrap()).writer);
            }
            event => response.take(event),
        }
    }
    assert_eq!(previews, [0, 1]);
    assert_eq!(written(&response.images[0].data).writer, 2);
    let given = all.given();
    assert!(given.iter().all(|given| given.shut_down));
    assert_given(&response, &given, Format::Png, Pixels::new(1024, 1024));
}

#[tokio::test]
async fn small_and_damaged_pictures_are_told_apart() {
    // Both ways an answer is read: whole, and as it arrives.
    for bytes in [300, 300_000] {
        let text = STANDARD.encode(vec![7; bytes]);
        let damaged = text.replacen('B', "*", 1);
        let body = format!(r#"{{"data":[{{"b64_json":"{text}"}},{{"b64_json":"{damaged}"}}]}}"#);
        let server = Canned::json("200 OK", &body).await;
        let all = Written::default();
        let request = GptImage::new(GptImageModel::GptImage2, "p").n(2);
        let response = server
            .client()
            .generate(request)
            .into_writers(all.opener(&[]))
            .await
            .unwrap();
        assert_eq!((response.images.len(), response.failures.len()), (1, 1));
        let failure = response.failures[0].code.as_deref();
        assert_eq!(failure, Some("undecodable_image"));
        let given = all.given();
        assert!(given[0].shut_down && given[0].bytes == vec![7; bytes]);
        assert!(given[1..].iter().all(|given| !given.shut_down));
    }
}

/// A server of three pictures, of so many bytes each, as one document or as events.
async fn three_pictures(bytes: usize, events: bool) -> Canned {
    let picture = STANDARD.encode(vec![7; bytes]);
    let body = if events {
        let event = format!(
            "event: image_generation.completed\n\
             data: {{\"type\":\"image_generation.completed\",\"b64_json\":\"{picture}\"}}\n\n"
        );
        event.repeat(3)
    } else {
        let item = format!(r#"{{"b64_json":"{picture}"}}"#);
        format!(r#"{{"data":[{item},{item},{item}]}}"#)
    };
    Canned::start("200 OK", "", body.as_bytes()).await
}

#[tokio::test]
async fn a_picture_that_cannot_be_kept_costs_none_of_the_others() {
    // Whole before the first is written, and while they arrive.
    for bytes in [15_000, 500_000] {
        for events in [false, true] {
            let server = three_pictures(bytes, events).await;
            for failing in 0..3 {
                let all = Written::default();
                let request = GptImage::new(GptImageModel::GptImage2, "p").n(3);
                let response = server
                    .client()
                    .generate(request)
                    .into_writers(all.opener(&[failing]))
                    .await
                    .unwrap();
                let kept: Vec<u32> = response.images.iter().map(|image| image.index).collect();
                let others: Vec<u32> = (0..3).filter(|index| *index != failing).collect();
                assert_eq!(kept, others, "{bytes} {events}");
                let [failure] = &response.failures[..] else {
                    panic!("{:?}", response.failures)
                };
                assert_eq!(
                    (failure.index, failure.code.as_deref()),
                    (failing, Some("not_saved"))
                );
                assert_eq!(
                    failure.message.as_deref(),
                    Some(&*format!("cannot write to writer {failing}: broken pipe"))
                );
                for (number, given) in all.given().iter().enumerate() {
                    let fails = number as u32 == failing;
                    assert_eq!(given.shut_down, !fails, "{bytes} {events}");
                    assert!(fails || given.bytes == vec![7; bytes]);
                }
            }
        }
    }
}

#[tokio::test]
async fn only_where_no_picture_can_be_kept_the_call_fails() {
    for bytes in [15_000, 500_000] {
        for events in [false, true] {
            let server = three_pictures(bytes, events).await;
            let request = || GptImage::new(GptImageModel::GptImage2, "p").n(3);
            let open = Written::default().opener(&[0, 1, 2]);
            let error = server
                .client()
                .generate(request())
                .into_writers(open)
                .await
                .unwrap_err();
            assert!(matches!(error, Error::File(_)));
            assert_eq!(error.to_string(), "cannot write to writer 0");

            // By hand every failure is an event.
            let open = Written::default().opener(&[0, 1, 2]);
            let stream = server
                .client()
                .generate(request())
                .into_writers(open)
                .stream()
                .await
                .unwrap();
            let events: Vec<_> = stream.collect().await;
            let failed = |event: &_| matches!(event, Ok(ImageEvent::Failed(_)));
            assert_eq!(events.iter().filter(|event| failed(event)).count(), 3);
            assert!(matches!(events.last(), Some(Err(Error::File(_)))));
            assert_eq!(events.len(), 4);
        }
    }
}

#[tokio::test]
async fn a_preview_that_cannot_be_kept_is_no_loss() {
    let emulator = Emulator::start().await.unwrap();
    let request = GptImage::new(GptImageModel::GptImage2, "a red fox")
        .size(Size::px(1024, 1024))
        .partial_images(2);
    let all = Written::default();
    let stream = client(&emulator)
        .generate(request)
        .into_writers(all.opener(&[0]))
        .stream()
        .await
        .unwrap();
    let events: Vec<_> = stream.map(Result::unwrap).collect().await;
    let previews: Vec<bool> = events
        .iter()
        .filter_map(|event| match event {
            ImageEvent::Partial(preview) => Some(preview.data.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(previews, [false, true]);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, ImageEvent::Image(_)))
    );
    assert!(matches!(events.last(), Some(ImageEvent::Completed(_))));
}
