//! The sheet a gif's frames are drawn on, which its size and its price go by.
//!
//! Inferred from the largest squares that were measured (960, 816, 720) and from the steps of
//! the bills (2026-11-09); it explains them all.

use serde_json::Value;

use super::findings::Finding;
use crate::models::{Bounds, within_ratio};
use crate::request::ImageRequest;
use crate::size::{Pixels, Size};

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

/// What is wrong with frames of a size; the bounds are the model's for still pictures.
///
/// Only squares were measured, and no floor but "about" that of a still picture: for other
/// shapes, and below, the sheet is inference and worth a warning only.
pub(super) fn check(bounds: &Bounds, frames: Frames, frame: Pixels) -> Option<Finding<'static>> {
    let value = || Some(frame.to_string());
    let step = bounds.multiple_of.max(1);
    if !frame.width().is_multiple_of(step) || !frame.height().is_multiple_of(step) {
        let nearest = |side: u32| side.saturating_add(step / 2) / step * step;
        let near = Size::px(
            nearest(frame.width()).max(step),
            nearest(frame.height()).max(step),
        );
        return Some(
            Finding::refusal(
                "size",
                value(),
                format!("both sides of a frame are multiples of {step}"),
            )
            .suggesting(&format!("the nearest size it takes is {near}")),
        );
    }
    if let Some(ratio) = bounds.max_ratio
        && !within_ratio(frame, ratio)
    {
        let rule = format!("the ratio is outside 1:{ratio} to {ratio}:1");
        return Some(Finding::refusal("size", value(), rule));
    }
    let on_sheet = |frame: Pixels| {
        Pixels::new(
            frame.width().saturating_mul(frames.columns),
            frame.height().saturating_mul(frames.rows),
        )
    };
    let (count, sheet) = (frames.count, on_sheet(frame));
    let drawn = format!("{count} frames of {frame} are drawn on a sheet of {sheet}");
    if sheet.area() < bounds.min_pixels {
        let rule = format!("{drawn}, below about {} pixels", bounds.min_pixels);
        return Some(Finding::warning("size", value(), &rule));
    }
    let longest = bounds.longest_edge.unwrap_or(u32::MAX);
    let fits = |sheet: Pixels| sheet.longest_edge() <= longest && sheet.area() <= bounds.max_pixels;
    if fits(sheet) {
        return None;
    }
    let rule = format!(
        "{drawn}, beyond {longest} a side or {} pixels",
        bounds.max_pixels
    );
    if frame.width() != frame.height() {
        return Some(Finding::warning("size", value(), &rule));
    }
    let largest = (1..=frame.width().min(longest) / step)
        .rev()
        .map(|steps| Pixels::new(steps * step, steps * step))
        .find(|square| fits(on_sheet(*square)));
    let finding = Finding::refusal("size", value(), rule);
    Some(match largest {
        Some(square) => finding.suggesting(&format!(
            "the largest square for {count} frames is {square}"
        )),
        None => finding,
    })
}
