//! How long a picture's link lives, read from its signature.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;

use crate::lenient::rfc3339;

/// When a signed link expires: by the parameters of Volcengine TOS, of S3, of Azure or by plain
/// Unix seconds; `None` for a link that does not say.
pub(crate) fn expires_at(link: &str) -> Option<SystemTime> {
    let url = Url::parse(link).ok()?;
    let parameter = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
    };
    for vendor in ["X-Tos", "X-Amz"] {
        if let (Some(date), Some(lifetime)) = (
            parameter(&format!("{vendor}-Date")),
            parameter(&format!("{vendor}-Expires")),
        ) {
            return at(compact_date(&date)?.checked_add(lifetime.parse().ok()?)?);
        }
    }
    if let Some(expiry) = parameter("se") {
        return at(rfc3339(&expiry)?);
    }
    at(parameter("expires")?.parse().ok()?)
}

fn at(seconds: i64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Unix seconds of `20261122T180000Z`.
fn compact_date(text: &str) -> Option<i64> {
    let part = |range| text.get(range);
    rfc3339(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendors_signature_says_when() {
        for link in [
            "https://tos.example/a.jpeg?X-Tos-Date=20261122T170000Z&X-Tos-Expires=3600&X-Tos-Signature=s",
            "https://s3.example/a.png?x-amz-date=20261122T170000Z&x-amz-expires=3600",
            "https://blob.example/a.png?se=2026-11-22T18%3A00%3A00Z&sig=s",
            "https://cdn.example/a.png?Expires=1795370400",
        ] {
            let expiry = expires_at(link).unwrap();
            assert_eq!(
                expiry.duration_since(UNIX_EPOCH).unwrap().as_secs(),
                1_795_370_400,
                "{link}"
            );
        }
        for link in [
            "https://cdn.example/a.png",
            "no link",
            "https://e.com/?X-Tos-Date=x&X-Tos-Expires=1",
            "https://e.com/?expires=-5",
        ] {
            assert_eq!(expires_at(link), None, "{link}");
        }
    }
}
