//! When a call is made again: only if the one before it surely was not accepted.

use std::time::{Duration, Instant};

use crate::client::CallOptions;
use crate::error::Error;
use crate::id;

/// The first wait's upper end; each later one doubles it.
const BASE: Duration = Duration::from_millis(500);
/// The longest wait of our own choice.
const CAP: Duration = Duration::from_secs(8);
/// The longest wait a server may ask for; beyond it the caller is told instead.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// How long to wait before a call is made again; `None` if it must not be.
///
/// `retries` is how often it was made again already. A wait that does not end before the
/// deadline is not begun.
pub(super) fn wait(
    options: &CallOptions,
    error: &Error,
    retries: u32,
    deadline: Option<Instant>,
) -> Option<Duration> {
    let may = error.is_retryable() || (options.may_bill_twice && is_doubtful(error));
    if retries >= options.max_retries || !may {
        return None;
    }
    let wait = match error.retry_after() {
        Some(asked) if asked > LONGEST_ASKED => return None,
        Some(asked) => asked,
        None => full_jitter(BASE.saturating_mul(1 << retries.min(16)).min(CAP)),
    };
    deadline
        .is_none_or(|deadline| Instant::now() + wait < deadline)
        .then_some(wait)
}

/// Whether the call may or may not have been carried out.
fn is_doubtful(error: &Error) -> bool {
    match error {
        Error::OutcomeUnknown(_) => true,
        Error::Api(error) => error.status().is_server_error(),
        _ => false,
    }
}

/// Anything up to the limit, so that clients that failed together do not come back together.
fn full_jitter(limit: Duration) -> Duration {
    limit.mul_f64(id::random() as f64 / u64::MAX as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ApiError;
    use crate::error::Envelope;
    use reqwest::StatusCode;

    fn once() -> CallOptions {
        CallOptions {
            max_retries: 1,
            ..CallOptions::default()
        }
    }

    fn wait_once(error: &Error, retries: u32, deadline: Option<Instant>) -> Option<Duration> {
        wait(&once(), error, retries, deadline)
    }

    fn api(status: u16, code: &str, change: impl Fn(&mut ApiError)) -> Error {
        let envelope = Envelope {
            code: Some(code.to_owned()),
            ..Envelope::default()
        };
        let mut error = ApiError::new(StatusCode::from_u16(status).unwrap(), envelope);
        change(&mut error);
        error.into()
    }

    #[test]
    fn only_what_was_surely_not_accepted_is_sent_again() {
        let plain = |_: &mut ApiError| {};
        let page = |error: &mut ApiError| {
            error.prompt = true;
            error.of_a_proxy = true;
        };
        for (error, again) in [
            (api(429, "rate_limit_exceeded", plain), true),
            (api(429, "", plain), true),
            (api(429, "insufficient_quota", plain), false),
            (api(429, "QuotaExceeded", plain), false),
            (api(429, "SetLimitExceeded", plain), false),
            (api(503, "", |error| error.prompt = true), true),
            (api(503, "", plain), false),
            (api(503, "", page), false),
            (
                api(503, "upstream_error", |error| error.prompt = true),
                false,
            ),
            (api(503, "model_not_found", plain), false),
            (api(500, "", plain), false),
            (api(500, "rate_limit_exceeded", plain), false),
            (api(502, "", plain), false),
            (api(408, "", plain), false),
            (api(409, "", plain), false),
            (api(400, "moderation_blocked", plain), false),
            (api(500, "", |error| error.should_retry = Some(true)), true),
            (
                api(429, "", |error| error.should_retry = Some(false)),
                false,
            ),
            (api(200, "rate_limit_exceeded", plain), false),
        ] {
            assert_eq!(wait_once(&error, 0, None).is_some(), again, "{error}");
        }
    }

    #[test]
    fn waits_follow_the_server_within_reason() {
        let asked = |seconds| {
            api(429, "", move |error| {
                error.retry_after = Some(Duration::from_secs(seconds));
            })
        };
        assert_eq!(wait_once(&asked(7), 0, None), Some(Duration::from_secs(7)));
        assert_eq!(wait_once(&asked(61), 0, None), None);
        assert_eq!(wait_once(&asked(1), 1, None), None);
        let soon = Some(Instant::now() + Duration::from_secs(5));
        assert_eq!(wait_once(&asked(7), 0, soon), None);
        for _ in 0..100 {
            let many = CallOptions {
                max_retries: 99,
                ..CallOptions::default()
            };
            assert!(wait(&many, &api(429, "", |_| {}), 50, None).unwrap() <= CAP);
        }
    }
}
