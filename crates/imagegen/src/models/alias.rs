//! Names that stand for a model: what gateways call it, a dated id without its date.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A name that stands for a model of the table. It is sent as it was typed; only the rules, the
/// price and the dates are those of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Alias {
    /// The name. Case does not count, nor whether a version is written `4.5` or `4-5`.
    pub alias: Cow<'static, str>,
    /// The id of the row that it stands for.
    pub model: Cow<'static, str>,
    /// Who uses the name, and when that was read.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub source: Cow<'static, str>,
}

impl Alias {
    /// A name for the row of an id.
    pub fn new(alias: impl Into<Cow<'static, str>>, model: impl Into<Cow<'static, str>>) -> Self {
        Self {
            alias: alias.into(),
            model: model.into(),
            source: Cow::Borrowed(""),
        }
    }

    /// The names of gateways, without the vendor's prefix: those in which more differs from the
    /// id than a path, a prefix, a date or a point.
    pub(super) fn builtin() -> Vec<Self> {
        let of = |(alias, model, source): (&'static str, &'static str, &'static str)| Self {
            alias: alias.into(),
            model: model.into(),
            source: source.into(),
        };
        GATEWAY_NAMES.into_iter().map(of).collect()
    }
}

const V4: &str = "doubao-seedream-4-0-250828";
const V4_5: &str = "doubao-seedream-4-5-251128";
const LITE: &str = "doubao-seedream-5-0-260128";
const PRO: &str = "doubao-seedream-5-0-pro-260628";
const FLASH: &str = "doubao-seedream-5-0-flash-260915";
const V5_5: &str = "doubao-seedream-5-5-261028";

const VERCEL: &str = "@ai-sdk/gateway 3.0.232, 2026-11";
const REPLICATE: &str = "Replicate and others, 2026-11";
const FAL: &str = "fal, 2026-11";
const TENCENT: &str = "Tencent TokenHub, 2026-11";
const NUMBER: &str = "the number alone, as most gateways have it, 2026-11";

const GATEWAY_NAMES: [(&str, &str, &str); 23] = [
    (
        "gpt-image-2-official",
        "gpt-image-2",
        "APIMart, SVRouter, 2026-11",
    ),
    ("gptimage", "gpt-image-1-mini", "pollinations, 2026-11"),
    ("gptimage-large", "gpt-image-1.5", "pollinations, 2026-11"),
    ("seedream-4", V4, REPLICATE),
    ("seedream-4-0", V4, VERCEL),
    ("seedream-v4", V4, FAL),
    ("seedream-4-5", V4_5, VERCEL),
    ("seedream-v4-5", V4_5, FAL),
    ("seedance-4-5", V4_5, "a mirror of APIMart's pages, 2026-11"),
    ("seedream-5-0", LITE, NUMBER),
    ("seedream-5-lite", LITE, REPLICATE),
    ("seedream-5-0-lite", LITE, VERCEL),
    ("seedream-5-0-lite-preview", LITE, "AIML, 2026-11"),
    ("seedream-v5-lite", LITE, FAL),
    ("seedream-image-v5-0-lite", LITE, TENCENT),
    ("seedream-5-pro", PRO, REPLICATE),
    ("seedream-5-0-pro", PRO, VERCEL),
    ("seedream-v5-pro", PRO, FAL),
    ("seedream-image-v5-0-pro", PRO, TENCENT),
    ("seedream-5-flash", FLASH, NUMBER),
    ("seedream-5-0-flash", FLASH, "OpenRouter, 2026-11"),
    ("seedream-image-v5-0-flash", FLASH, TENCENT),
    ("seedream-5-5", V5_5, NUMBER),
];

/// What a name can be read as, the nearest to what was typed first: in lower case, without up to
/// two leading parts of a path, without what the endpoint does at its end.
pub(super) fn readings(name: &str) -> Vec<String> {
    let name = plain(name);
    let parts: Vec<&str> = name.split('/').collect();
    let mut readings = Vec::new();
    for skip in 0..parts.len().min(3) {
        let joined = parts[skip..].join("-");
        let task = TASKS.iter().find_map(|task| joined.strip_suffix(task));
        let reading = task.unwrap_or(&joined).to_owned();
        if !reading.is_empty() {
            readings.push(reading);
        }
    }
    let bare: Vec<String> = readings
        .iter()
        .filter_map(|reading| PREFIXES.iter().find_map(|p| reading.strip_prefix(p)))
        .map(str::to_owned)
        .collect();
    readings.extend(bare);
    readings
}

/// What gateways put before an id to say whose it is.
const PREFIXES: [&str; 5] = ["doubao-", "dola-", "bytedance-", "sv-", "databricks-"];

/// What gateways put behind an id to say what is done with it.
const TASKS: [&str; 3] = ["-text-to-image", "-image-to-image", "-edit"];

/// A name as two are compared: in lower case, with `-` for the point of a version.
pub(super) fn plain(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    lower
        .char_indices()
        .map(|(at, c)| match c {
            '.' if digit(at.checked_sub(1)) && digit(Some(at + 1)) => '-',
            other => other,
        })
        .collect()
}

/// A plain id without the vendor's prefix.
pub(super) fn bare(id: &str) -> &str {
    PREFIXES
        .iter()
        .find_map(|prefix| id.strip_prefix(prefix))
        .unwrap_or(id)
}

/// A plain id without the date at its end (`-260628`, `-20260415`, `-2026-04-21`).
pub(super) fn undated(id: &str) -> Option<&str> {
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let (rest, last) = id.rsplit_once('-')?;
    if digits(last, 6) || digits(last, 8) {
        return Some(rest);
    }
    let (rest, month) = rest.rsplit_once('-')?;
    let (rest, year) = rest.rsplit_once('-')?;
    (digits(last, 2) && digits(month, 2) && digits(year, 4)).then_some(rest)
}
