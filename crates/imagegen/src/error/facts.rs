//! What logs and queues keep of an error.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{ApiError, Error};

/// The facts a program can act on, under stable names; neither the server's own text, which may
/// quote the prompt, nor anything that came.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        map.serialize_entry("message", &self.to_string())?;
        map.serialize_entry("retryable", &self.is_retryable())?;
        map.serialize_entry("may_be_billed", &self.may_be_billed())?;
        map.serialize_entry("timed_out", &self.is_timeout())?;
        if let Some(status) = self.status() {
            map.serialize_entry("status", &status.as_u16())?;
        }
        if let Some(wait) = self.retry_after() {
            map.serialize_entry("retry_after_ms", &(wait.as_millis() as u64))?;
        }
        let api = match self {
            Self::Api(error) => Some(&**error),
            _ => None,
        };
        for (name, value) in [
            ("code", api.and_then(ApiError::code)),
            ("param", api.and_then(ApiError::param)),
            ("request_id", self.request_id()),
            ("client_request_id", self.client_request_id()),
        ] {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}
