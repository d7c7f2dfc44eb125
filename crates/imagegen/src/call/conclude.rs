//! What a call comes to that ended with an error.

use crate::error::{Error, Result};
use crate::response::{ImageFailure, ImageResponse};

impl ImageResponse {
    /// What an error leaves: a response, if it is the server's about pictures that never came
    /// beside some that did; else the error, with those in it.
    pub(super) fn or_partial(mut self: Box<Self>, error: Error) -> Result<Box<Self>> {
        self.meta.elapsed = self.started.elapsed();
        if self.images.is_empty() && self.failures.is_empty() {
            return Err(error);
        }
        match error {
            Error::Api(error) if !self.images.is_empty() => {
                self.failures.push(ImageFailure {
                    index: (self.images.len() + self.failures.len()) as u32,
                    code: error.code().map(str::to_owned),
                    message: error.message().map(str::to_owned),
                    raw: None,
                });
                Ok(self)
            }
            Error::OutcomeUnknown(mut error) => {
                self.gather(error.partial.take());
                error.partial = Some(self);
                Err(Error::OutcomeUnknown(error))
            }
            Error::Decode(mut error) => {
                self.gather(error.partial.take());
                error.partial = Some(self);
                Err(Error::Decode(error))
            }
            other => Err(other),
        }
    }

    fn gather(&mut self, more: Option<Box<Self>>) {
        if let Some(more) = more {
            self.images.extend(more.images);
            self.failures.extend(more.failures);
        }
    }
}
