//! The pace of all calls together: a server that says "too many" to one means all.

use std::time::Duration;

use imagegen::error::ErrorClass;
use imagegen::{Error, RateLimits};
use tokio::time::Instant;

/// The pause after the first refusal that names none; each further one doubles it.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause of our own choice.
const LONGEST: Duration = Duration::from_secs(30);

/// When the next call may go out, and how many at a time.
#[derive(Debug)]
pub(super) struct Pace {
    /// Nothing goes out before.
    until: Option<Instant>,
    /// How many calls may be out: one after a refusal, one more with each answer.
    width: usize,
    widest: usize,
    /// Refusals since the last answer; those of one burst count once.
    refusals: u32,
    /// When the last of them came.
    refused: Option<Instant>,
}

impl Pace {
    pub(super) fn new(widest: usize) -> Self {
        Self {
            until: None,
            width: widest,
            widest,
            refusals: 0,
            refused: None,
        }
    }

    /// Whether another call may go out beside those that are out.
    pub(super) fn has_room(&self, out: usize, now: Instant) -> bool {
        out < self.width && self.until.is_none_or(|until| until <= now)
    }

    /// When the pause ends, if there is one.
    pub(super) fn pause(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// A call that went out at `sent` was refused for being one too many. Returns the pause that
    /// begins with it; `None` within one that is going on.
    pub(super) fn refused(&mut self, error: &Error, sent: Instant) -> Option<Duration> {
        let now = Instant::now();
        let asked = asked(error);
        let burst = self.refused.is_some_and(|last| sent <= last);
        if !burst {
            self.refusals += 1;
            self.width = 1;
        }
        self.refused = Some(now);
        if burst && asked.is_none() {
            return None;
        }
        let pause = asked.unwrap_or_else(|| {
            FIRST
                .saturating_mul(1 << (self.refusals - 1).min(16))
                .min(LONGEST)
        });
        let until = now + pause;
        if self.until.is_none_or(|known| known < until) {
            self.until = Some(until);
        }
        (!burst).then_some(pause)
    }

    /// A call was answered, and this is what is left to the next ones.
    pub(super) fn answered(&mut self, limits: &RateLimits) {
        self.refusals = 0;
        self.width = self.widest.min(self.width + 1);
        let used_up = [
            (limits.remaining_requests, &limits.reset_requests),
            (limits.remaining_tokens, &limits.reset_tokens),
        ];
        for (remaining, reset) in used_up {
            if remaining == Some(0)
                && let Some(wait) = reset.as_deref().and_then(duration)
            {
                // Until the whole allowance is back; a part of it comes earlier where it flows
                // back steadily.
                let whole = limits.limit_requests.unwrap_or(1).clamp(1, 1000) as u32;
                let until = Instant::now() + wait / whole;
                self.until = self.until.max(Some(until));
            }
        }
    }
}

/// How long a refusal asks to wait: by `Retry-After`, by the rate limits beside it, or in the
/// sentence that OpenAI ends with.
fn asked(error: &Error) -> Option<Duration> {
    if let Some(wait) = error.retry_after() {
        return Some(wait);
    }
    let Error::Api(refused) = error else {
        return None;
    };
    let limits = refused.rate_limits();
    let by_header = [
        (limits.remaining_requests, &limits.reset_requests),
        (limits.remaining_tokens, &limits.reset_tokens),
    ]
    .into_iter()
    .filter(|(remaining, _)| remaining.is_none_or(|left| left == 0))
    .filter_map(|(_, reset)| duration(reset.as_deref()?))
    .max();
    by_header.or_else(|| {
        let (_, rest) = refused.message()?.split_once("try again in ")?;
        let word = rest.split([' ', ',', '!']).next()?;
        duration(word.trim_end_matches('.'))
    })
}

/// Whether a refusal only means that too many calls came.
pub(super) fn is_one_too_many(error: &Error) -> bool {
    matches!(error, Error::Api(refused) if refused.class() == ErrorClass::RateLimit)
}

/// A duration as the vendors' headers word it: `6m0s`, `1.5s`, `120ms`, or bare seconds.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // What is larger is a date, and no wait.
        return (seconds < 86_400.0)
            .then(|| Duration::try_from_secs_f64(seconds).ok())
            .flatten();
    }
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let units = &rest[end..];
        let length = units
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(units.len());
        let seconds = match &units[..length] {
            "ms" => number / 1e3,
            "s" => number,
            "m" => number * 60.0,
            "h" => number * 3600.0,
            "d" => number * 86_400.0,
            _ => return None,
        };
        sum += Duration::try_from_secs_f64(seconds).ok()?;
        rest = &units[length..];
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_as_the_vendors_word_them() {
        for (text, milliseconds) in [
            ("1s", Some(1000)),
            ("6m0s", Some(360_000)),
            ("1.5s", Some(1500)),
            ("120ms", Some(120)),
            ("1h2m3s", Some(3_723_000)),
            ("20", Some(20_000)),
            ("0.25", Some(250)),
            ("1764300000", None),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
            ("1x", None),
        ] {
            let wait = duration(text).map(|wait| wait.as_millis());
            assert_eq!(wait, milliseconds, "{text}");
        }
    }

    #[test]
    fn answers_widen_it_again() {
        let mut pace = Pace::new(3);
        let now = Instant::now();
        assert!(pace.has_room(2, now) && !pace.has_room(3, now));
        pace.width = 1;
        for width in [2, 3, 3] {
            pace.answered(&RateLimits::default());
            assert_eq!(pace.width, width);
        }
        let mut limits = RateLimits::default();
        limits.remaining_requests = Some(0);
        limits.reset_requests = Some("10s".to_owned());
        limits.limit_requests = Some(5);
        pace.answered(&limits);
        let pause = pace.pause(now).unwrap() - now;
        assert!(pause >= Duration::from_secs(2) && pause < Duration::from_secs(3));
    }
}
