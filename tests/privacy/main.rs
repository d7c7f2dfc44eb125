//! What never leaves the process but on the wire: keys, prompts, pictures.
//!
//! A binary of its own: what is logged depends on the subscribers of the whole process.

#![allow(clippy::unwrap_used)] // A helper of a test fails the test, as the test itself would.

use std::io::Write;
use std::sync::{Arc, Mutex};

use imagegen::{
    Client, ClientBuilder, GptImage, GptImageModel, ImageInput, Quality, Seedream, SeedreamModel,
    Size,
};
use imagegen_emulator::{Emulator, Fault, Format, Picture};
use tracing::instrument::WithSubscriber as _;

/// A client in the making, with a key.
fn builder(base_url: String) -> ClientBuilder {
    Client::builder().base_url(base_url).api_key("sk-test-key")
}

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const PROMPT: &str = "an unmistakable walrus";

#[tokio::test]
async fn a_trace_of_everything_holds_no_content_and_no_key() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let emulator = Emulator::start().await.unwrap();
    let mut shown = String::new();
    let work = async {
        let client = builder(emulator.base_url()).build().unwrap();
        let image = Picture::new("in", "m", 700, 700).render(Format::Png);
        let gpt = GptImage::new(GptImageModel::GptImage1, PROMPT)
            .size(Size::px(1024, 1024))
            .quality(Quality::Low);
        let seedream = Seedream::new(SeedreamModel::Seedream4_5, PROMPT)
            .size(Size::K2)
            .image(ImageInput::bytes(image));
        for fault in [
            None,
            Some(Fault::ShouldRetry),
            Some(Fault::ErrorIn200),
            Some(Fault::Html200),
            Some(Fault::Truncated),
            Some(Fault::ModerationInput),
        ] {
            if let Some(fault) = fault {
                emulator.fault_next(fault);
            }
            let result = client.generate(gpt.clone()).await;
            shown += &format!("{result:?}");
            if let Err(error) = result {
                shown += &format!("{error} {error:#?}");
            }
        }
        let response = client.generate(seedream.clone()).await.unwrap();
        shown += &format!(
            "{client:?} {response:?} {seedream:?} {:?}",
            builder(emulator.base_url())
        );
    };
    work.with_subscriber(subscriber).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for text in [log.as_str(), &shown] {
        for secret in ["walrus", "sk-test-key", "iVBORw0KGgo", "data:image"] {
            assert!(!text.contains(secret), "{secret} in {text:.2000}");
        }
    }
    for name in [
        "gen_ai.request.model=\"gpt-image-1\"",
        "gen_ai.usage.output_tokens",
        "http.response.status_code=200",
        "http.request.resend_count=1",
        "error.type",
    ] {
        assert!(log.contains(name), "{name} is not in the log");
    }
}
