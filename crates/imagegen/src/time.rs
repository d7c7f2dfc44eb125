//! Days and the timestamps servers write.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of the Gregorian calendar, in UTC; written as `2026-11-24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Creates a date.
    ///
    /// # Panics
    ///
    /// If the month is not in 1 to 12 or the day not in 1 to 31.
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        assert!(month >= 1 && month <= 12 && day >= 1 && day <= 31);
        Self { year, month, day }
    }

    /// Today, by the system clock.
    pub fn today() -> Self {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs());
        Self::from_days((seconds / 86_400) as i64)
    }

    /// Days from this date to `later`, negative if it lies in the past.
    pub fn days_until(self, later: Self) -> i64 {
        later.days() - self.days()
    }

    /// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`).
    fn days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    /// The inverse of [`Date::days`].
    fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        Self {
            year: (year_of_era + era * 400 + i64::from(month <= 2)) as u16,
            month: month as u8,
            day: (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u8,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let mut parts = text.splitn(3, '-');
        let mut number = || parts.next()?.parse::<u16>().ok();
        let date = (|| {
            let (year, month, day) = (number()?, number()?, number()?);
            ((1..=12).contains(&month) && (1..=31).contains(&day))
                .then(|| Self::new(year, month as u8, day as u8))
        })();
        date.ok_or(InvalidDate(()))
    }
}

/// A text that is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDate(());

impl fmt::Display for InvalidDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date is YEAR-MONTH-DAY, for example 2026-11-24")
    }
}

impl std::error::Error for InvalidDate {}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

/// Unix seconds of `2026-11-22T18:00:00Z`, with a fraction or an offset or without.
pub(crate) fn rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let days = Date::new(1970, 1, 1).days_until(date.parse().ok()?);
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    let clock = clock.split('.').next()?;
    let mut parts = clock.split(':').map(clock_part);
    let seconds = parts.next()?? * 3600 + parts.next()?? * 60 + parts.next().flatten().unwrap_or(0);
    let offset = match offset.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign, rest) => {
            let (hours, minutes) = rest.split_once(':')?;
            let east = clock_part(hours)? * 3600 + clock_part(minutes)? * 60;
            if sign == "-" { -east } else { east }
        }
    };
    Some(days * 86_400 + seconds - offset)
}

/// A part of a clock time; no larger number is worth multiplying.
fn clock_part(text: &str) -> Option<i64> {
    text.parse::<u8>().ok().map(i64::from)
}

/// Unix seconds of `Sun, 22 Nov 2026 18:00:00 GMT`, the one date format servers still send.
pub(crate) fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: u8 = parts
        .next()?
        .parse()
        .ok()
        .filter(|day| (1..=31).contains(day))?;
    let word = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == word)? as u8 + 1;
    let date = Date::new(parts.next()?.parse().ok()?, month, day);
    let mut clock = parts
        .next()?
        .split(':')
        // No larger number is worth multiplying.
        .map(|part| part.parse::<u8>().ok().map(u64::from));
    let seconds = clock.next()?? * 3600 + clock.next()?? * 60 + clock.next()??;
    let days = u64::try_from(Date::new(1970, 1, 1).days_until(date)).ok()?;
    Some(days * 86_400 + seconds)
}

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
    fn days_and_dates_are_inverse() {
        for days in (-1_000..60_000).step_by(7) {
            assert_eq!(Date::from_days(days).days(), days);
        }
        assert_eq!(Date::from_days(0), Date::new(1970, 1, 1));
        assert_eq!(Date::from_days(20_779), Date::new(2026, 11, 22));
    }

    #[test]
    fn a_month_ends_where_it_should() {
        let leap = Date::new(2028, 2, 28);
        assert_eq!(leap.days_until(Date::new(2028, 3, 1)), 2);
        assert_eq!(
            Date::new(2026, 11, 22).days_until(Date::new(2026, 12, 1)),
            9
        );
    }

    #[test]
    fn text_round_trips() {
        assert_eq!(
            "2026-12-01".parse::<Date>().unwrap().to_string(),
            "2026-12-01"
        );
        for bad in ["", "2026", "2026-13-01", "2026-01-32", "x-y-z"] {
            assert!(bad.parse::<Date>().is_err(), "{bad:?}");
        }
    }

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
