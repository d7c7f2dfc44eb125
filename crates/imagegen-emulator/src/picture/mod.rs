//! The pictures the emulator answers with: posters that show what was asked for.
//!
//! A poster is some abstract art over a panel with the prompt in large type, the model and the
//! size, and a mark that says it was emulated. Everything follows from the [`Picture`] alone, so
//! the same request always gets the same bytes on every machine, and another prompt gets another
//! poster.
//!
//! The way from a request to bytes: `layout` makes a `Scene` (art by a `motif`, lines of `text`),
//! `painter` fills its paths with tiny-skia, a band of rows at a time, and `encode` and `gif`
//! write those rows. `svg` writes the same scene as it is. No format but WebP and GIF ever holds
//! a whole picture of pixels.

mod canvas;
mod encode;
mod font;
mod gif;
mod layout;
mod motif;
mod painter;
mod palette;
mod poster;
mod random;
mod render;
mod scene;
mod strokes;
mod svg;
mod text;

pub use poster::{Format, MAX_SIDE, Picture};
pub use scene::MARK;
