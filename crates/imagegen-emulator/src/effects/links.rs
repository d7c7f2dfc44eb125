//! Faults of the links to pictures.

use crate::state::Fate;
use crate::{Fault, picture};

/// What becomes of the links of an answer.
pub(crate) const fn fate(fault: Fault) -> Fate {
    match fault {
        Fault::EarlyUrl404 => Fate::NotYet,
        Fault::ExpiredUrl => Fate::Expired,
        Fault::LinkHtml => Fate::Html,
        Fault::LinkJson => Fate::Json,
        Fault::LinkLate => Fate::Accepted,
        Fault::LinkNoContent => Fate::NoContent,
        Fault::LinkPart => Fate::Part,
        Fault::LinkEmpty => Fate::Empty,
        Fault::LinkHalfPng | Fault::LinkHalfJpeg | Fault::LinkHalfWebp => Fate::Half,
        Fault::LinkGzip => Fate::Gzip,
        Fault::LinkDelay => Fate::Late,
        Fault::LinkDrip => Fate::Drip,
        _ => Fate::Works,
    }
}

/// Whether the answer has to bring links.
pub(crate) const fn are_needed(fault: Fault) -> bool {
    !matches!(fate(fault), Fate::Works) || matches!(fault, Fault::LinkInside | Fault::LinkRelative)
}

/// The format of the pictures, where the fault is about one.
pub(crate) const fn format(fault: Fault) -> Option<picture::Format> {
    match fault {
        Fault::LinkHalfPng => Some(picture::Format::Png),
        Fault::LinkHalfJpeg => Some(picture::Format::Jpeg { quality: 90 }),
        Fault::LinkHalfWebp => Some(picture::Format::Webp),
        _ => None,
    }
}

/// A link as the answer has it.
pub(crate) fn written(fault: Option<Fault>, link: String) -> String {
    match (fault, link.split_once("/images/")) {
        (Some(Fault::LinkRelative), Some((_, path))) => format!("/images/{path}"),
        // Where clouds keep what their machines may know.
        (Some(Fault::LinkInside), Some((_, path))) => format!("http://169.254.169.254/{path}"),
        _ => link,
    }
}
