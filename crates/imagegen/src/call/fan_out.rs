//! Several pictures of a model that makes one a call.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::request::ImageRequest;
use crate::response::{ImageData, ImageFailure, ImageResponse, Usage};
use crate::save::{Place, Target};

/// How many calls are out at a time: the vendors count pictures a minute, and a handful never
/// reaches their limits.
const CONCURRENT: usize = 4;

impl Client {
    /// Asks for `n` pictures: by the parameter `n` where the model has one, else by `n` calls, a
    /// few at a time.
    ///
    /// The pictures come in the order of the calls. A call that fails is a failure beside the
    /// pictures of the others, and never discards them.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), if no call brought a picture: the first error after which
    /// one may have been billed, else the first.
    pub async fn generate_n(
        &self,
        request: impl Into<ImageRequest>,
        n: u32,
    ) -> Result<ImageResponse> {
        self.fan_out(request.into(), n, Place::Memory).await
    }

    /// Asks for `n` pictures as [`generate_n`](Self::generate_n) does, and writes them to a
    /// [`Target`] while they arrive.
    ///
    /// # Errors
    ///
    /// As [`generate_n`](Self::generate_n).
    pub async fn generate_n_to(
        &self,
        request: impl Into<ImageRequest>,
        n: u32,
        target: impl Into<Target>,
    ) -> Result<ImageResponse> {
        self.fan_out(request.into(), n, Place::Files(target.into()))
            .await
    }

    async fn fan_out(
        &self,
        mut request: ImageRequest,
        n: u32,
        place: Place,
    ) -> Result<ImageResponse> {
        let started = Instant::now();
        let counts = self.models().get(request.model()).is_some_and(|spec| {
            let edit = request.operation() == crate::Operation::Edit;
            spec.parameter("n", edit).is_some()
        });
        if counts || n <= 1 {
            if counts && n > 1 {
                request.set("n", n);
            }
            return self.gather(request, place).await;
        }
        let calls = (0..n).map(|_| self.gather(request.clone(), place.clone()));
        let results: Vec<_> = stream::iter(calls).buffered(CONCURRENT).collect().await;
        let mut merged = merge(results)?;
        merged.meta.elapsed = started.elapsed();
        Ok(merged)
    }
}

/// One response of many: pictures and failures in the order of the calls, usage added up.
///
/// # Errors
///
/// If no call brought a picture: the first error that may have been billed, else the first.
fn merge(results: Vec<Result<ImageResponse>>) -> Result<ImageResponse> {
    let mut merged: Option<ImageResponse> = None;
    let mut errors = Vec::new();
    let mut index = 0;
    for result in results {
        let (response, error) = match result {
            Ok(response) => (Some(response), None),
            // What had arrived before a call broke off is paid for like the others.
            Err(error) => (error.partial().cloned(), Some(error)),
        };
        if let Some(mut response) = response {
            index += renumber(&mut response, index);
            match &mut merged {
                None => merged = Some(response),
                Some(merged) => append(merged, response),
            }
        }
        if let Some(error) = error {
            errors.push((index, error));
            index += 1;
        }
    }
    let Some(mut merged) = merged else {
        let gravest = errors
            .iter()
            .position(|(_, error)| error.may_be_billed())
            .unwrap_or(0);
        return Err(errors.swap_remove(gravest).1);
    };
    merged.failures.extend(
        errors
            .into_iter()
            .map(|(index, error)| failure(index, &error)),
    );
    merged.failures.sort_by_key(|failure| failure.index);
    Ok(merged)
}

/// Moves the places in a response behind those before it; how many there are.
fn renumber(response: &mut ImageResponse, by: u32) -> u32 {
    for image in &mut response.images {
        image.index += by;
        if let ImageData::File(saved) = &mut image.data {
            saved.index = image.index;
        }
    }
    for failure in &mut response.failures {
        failure.index += by;
    }
    (response.images.len() + response.failures.len()) as u32
}

fn append(merged: &mut ImageResponse, mut next: ImageResponse) {
    merged.images.append(&mut next.images);
    merged.failures.append(&mut next.failures);
    let usage = merged.completion.usage.take();
    merged.completion.usage = Usage::sum(usage, next.completion.usage);
}

/// A call that failed, beside others that did not.
fn failure(index: u32, error: &Error) -> ImageFailure {
    let (code, message, raw) = match error {
        Error::Api(error) => (error.code(), error.message(), None),
        // It was paid for, and nobody else has it.
        Error::Decode(error) => (None, None, Some(error.body().clone())),
        _ => (None, None, None),
    };
    ImageFailure {
        index,
        code: Some(code.unwrap_or(error.kind()).to_owned()),
        message: Some(message.map_or_else(|| error.to_string(), str::to_owned)),
        raw: raw.filter(|body| !body.is_empty()),
    }
}
