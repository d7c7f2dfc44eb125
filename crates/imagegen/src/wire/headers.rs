//! What the headers of an answer say: ids, rate limits, how long to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{AsHeaderName, HeaderMap, HeaderValue, RETRY_AFTER};

use crate::response::RateLimits;
use crate::time::http_date;

/// The headers that carry a request's id: OpenAI's and Ark's own first, then the gateways'.
const REQUEST_ID_HEADERS: [&str; 5] = [
    "x-request-id",
    "x-oneapi-request-id",
    "x-litellm-call-id",
    "x-portkey-trace-id",
    "cf-ray",
];

/// The longest id or word taken from a header.
const LONGEST: usize = 200;

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    text_of(headers.get(name)?).map(str::to_owned)
}

fn text_of(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}

/// The server's id of the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    // Most answers have few headers: looking through them costs less than looking five up.
    let ids = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let rank = REQUEST_ID_HEADERS.iter().position(|known| *known == name)?;
        Some((rank, text_of(value)?))
    });
    ids.min_by_key(|(rank, _)| *rank)
        .map(|(_, id)| id.to_owned())
}

/// The id that new-api and one-api append to their messages: `... (request id: 2026..)`.
pub(crate) fn request_id_in(message: &str) -> Option<String> {
    let at = message.to_ascii_lowercase().rfind("request id: ")?;
    let id = message.get(at + "request id: ".len()..)?;
    let id: String = id
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(LONGEST)
        .collect();
    (!id.is_empty()).then_some(id)
}

/// The `x-ratelimit-*` headers.
pub(crate) fn rate_limits(headers: &HeaderMap) -> RateLimits {
    // Most servers send none: one look is cheaper than six searches.
    let mut names = headers.keys();
    if !names.any(|name| name.as_str().starts_with("x-ratelimit-")) {
        return RateLimits::default();
    }
    let number = |name| text(headers, name)?.parse().ok();
    RateLimits {
        limit_requests: number("x-ratelimit-limit-requests"),
        remaining_requests: number("x-ratelimit-remaining-requests"),
        limit_tokens: number("x-ratelimit-limit-tokens"),
        remaining_tokens: number("x-ratelimit-remaining-tokens"),
        reset_requests: text(headers, "x-ratelimit-reset-requests"),
        reset_tokens: text(headers, "x-ratelimit-reset-tokens"),
    }
}

/// `retry-after-ms`, else `Retry-After` in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(milliseconds) =
        text(headers, "retry-after-ms").and_then(|ms| ms.parse::<f64>().ok())
    {
        return seconds(milliseconds / 1000.0);
    }
    let value = text(headers, RETRY_AFTER)?;
    match value.parse::<f64>() {
        Ok(number) => seconds(number),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
            let then = http_date(&value)?;
            Some(Duration::from_secs(then.saturating_sub(now)))
        }
    }
}

/// `x-should-retry`, which OpenAI's own clients obey.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    text(headers, "x-should-retry")?.parse().ok()
}

fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn the_vendors_id_goes_before_the_proxys() {
        let both = headers(&[("cf-ray", "ray"), ("x-request-id", "req_1")]);
        assert_eq!(request_id(&both).as_deref(), Some("req_1"));
        assert_eq!(
            request_id(&headers(&[("cf-ray", "ray")])).as_deref(),
            Some("ray")
        );
        assert_eq!(request_id(&HeaderMap::new()), None);
    }

    #[test]
    fn an_id_at_the_end_of_a_message_is_found() {
        for (message, id) in [
            ("bad size (request id: 20261122x)", Some("20261122x")),
            ("something. Request id: 02176a-b", Some("02176a-b")),
            ("no id here", None),
        ] {
            assert_eq!(request_id_in(message).as_deref(), id, "{message}");
        }
    }

    #[test]
    fn waits_come_in_three_spellings() {
        let wait = |pairs: &[(&'static str, &str)]| retry_after(&headers(pairs));
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(
            wait(&[("retry-after", "7"), ("retry-after-ms", "1500")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            wait(&[("retry-after", "Sun, 22 Nov 2020 18:00:00 GMT")]),
            Some(Duration::ZERO)
        );
        for odd in ["-1", "soon", "NaN", "99 Xxx 2026"] {
            assert_eq!(wait(&[("retry-after", odd)]), None, "{odd}");
        }
        assert_eq!(
            http_date("Sun, 22 Nov 2026 18:00:00 GMT"),
            Some(1_795_370_400)
        );
    }
}
