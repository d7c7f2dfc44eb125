//! The sheet a gif's frames are drawn on, which its size and its price go by.
//!
//! Inferred from the largest squares that were measured (960, 816, 720) and from the steps of
//! the bills (2026-11-09); it explains them all.

use serde_json::Value;

use crate::ImageRequest;

/// What OpenAI draws when `frame_count` is left out (2026-11).
const DEFAULT_COUNT: u64 = 9;

/// The frames of a gif.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frames {
    pub(crate) count: u64,
    /// How many lie side by side on the sheet.
    pub(crate) columns: u32,
    /// How many lie one below the other.
    pub(crate) rows: u32,
}

impl Frames {
    /// The frames of a request; `None` if it asks for no gif.
    pub(crate) fn of(request: &ImageRequest) -> Option<Self> {
        if request.param("output_format").and_then(Value::as_str) != Some("gif") {
            return None;
        }
        let count = request.param("frame_count").and_then(Value::as_u64);
        let count = count.unwrap_or(DEFAULT_COUNT);
        let (columns, rows) = match count {
            ..=8 => (4, 2),
            9 => (3, 3),
            10..=12 => (4, 3),
            _ => (4, 4),
        };
        Some(Self {
            count,
            columns,
            rows,
        })
    }
}
