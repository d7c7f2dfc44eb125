//! Pictures to draw, and the threads they are drawn on.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::PAD;
use bytes::Bytes;
use imagegen::Pixels;
use tokio::sync::Semaphore;

use crate::picture::{Format, Picture};

/// Everything a picture follows from, owned: it can be drawn later and gives the same bytes.
#[derive(Clone)]
pub(crate) struct Drawing {
    pub(crate) prompt: Arc<str>,
    pub(crate) model: Arc<str>,
    pub(crate) size: Pixels,
    pub(crate) seed: u64,
    pub(crate) index: u32,
    pub(crate) note: String,
    pub(crate) transparent: bool,
    pub(crate) progress: f32,
    pub(crate) format: Format,
}

impl Drawing {
    fn render(&self) -> Vec<u8> {
        let picture = Picture {
            seed: self.seed,
            index: self.index,
            note: &self.note,
            transparent: self.transparent,
            progress: self.progress,
            ..Picture::new(
                &self.prompt,
                &self.model,
                self.size.width(),
                self.size.height(),
            )
        };
        picture.render(self.format)
    }

    /// The MIME type of its file.
    pub(crate) fn mime(&self) -> &'static str {
        match self.format {
            Format::Png => "image/png",
            Format::Jpeg { .. } => "image/jpeg",
            Format::Webp => "image/webp",
            Format::Gif { .. } => "image/gif",
            Format::Svg => "image/svg+xml",
        }
    }

    /// The vendors' word for its format.
    pub(crate) fn word(&self) -> &'static str {
        match self.format {
            Format::Png => "png",
            Format::Jpeg { .. } => "jpeg",
            Format::Webp => "webp",
            Format::Gif { .. } => "gif",
            Format::Svg => "svg",
        }
    }
}

/// Draws on the threads for blocking work, as many pictures at a time as there are cores.
pub(crate) struct Studio {
    desks: Arc<Semaphore>,
}

impl Studio {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            desks: Arc::new(Semaphore::new(cores)),
        }
    }

    /// A picture's file.
    pub(crate) async fn file(&self, drawing: Drawing) -> Bytes {
        self.work(move || drawing.render().into()).await
    }

    /// A picture's file in base64.
    pub(crate) async fn base64(&self, drawing: Drawing) -> Bytes {
        self.work(move || base64(&drawing.render()).into()).await
    }

    /// Runs something that takes CPU time. A panic in it goes on in the caller.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let desk = Arc::clone(&self.desks)
            .acquire_owned()
            .await
            .expect("it is never closed");
        let result = tokio::task::spawn_blocking(move || {
            let result = job();
            drop(desk);
            result
        });
        match result.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only a runtime that is shutting down cancels blocking work.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn base64(bytes: &[u8]) -> String {
    base64::engine::Simd::standard(PAD).encode(bytes)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn base64(bytes: &[u8]) -> String {
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, PAD).encode(bytes)
}
