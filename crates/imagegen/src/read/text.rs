//! Reads an answer that is no success as the short text it is.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use super::reader::ReadLimits;

/// How long a refusal may pause, whatever a picture may.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What comes of a body, at most `most` bytes of it: up to its end, to a pause that is too long, or
/// to where it breaks.
pub(crate) async fn read_text(opened: &mut Response, most: usize, limits: &ReadLimits) -> Bytes {
    let mut text = BytesMut::new();
    while text.len() < most {
        let pause = limits.idle.unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let until = Instant::now() + pause;
        let until = limits
            .deadline
            .map_or(until, |deadline| deadline.min(until));
        match tokio::time::timeout_at(until.into(), opened.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = most - text.len();
                text.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    text.freeze()
}
