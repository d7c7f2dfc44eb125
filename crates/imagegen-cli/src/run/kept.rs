//! Keeps what a server answered with and nobody could read: it may have been paid for.

use std::path::PathBuf;

use imagegen::Error;

use crate::destination::Destination;
use crate::output::Output;

/// Keeps the answer of a call that could not be read, under the id the server gave it, else the
/// client's; `None` where there is nothing to keep.
pub(crate) fn keep_unread(
    error: &Error,
    client_request_id: &str,
    destination: &Destination,
    output: &Output,
) -> Option<Result<PathBuf, String>> {
    let (body, content_type) = match error {
        Error::Decode(answer) => (answer.body(), answer.content_type()),
        Error::Api(refused) => (refused.body(), None),
        _ => return None,
    };
    if body.is_empty() {
        return None;
    }
    // A server can put anything into its id, the key as well.
    let id = output.masked(error.request_id().unwrap_or(client_request_id));
    Some(destination.keep_answer(&id, content_type, body))
}
