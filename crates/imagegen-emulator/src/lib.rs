//! An emulator of OpenAI-compatible image generation gateways, on loopback.
//!
//! [`Emulator::start`] serves `/v1/images/generations`, `/v1/images/edits` and `/v1/models` as a
//! gateway does, where the model decides whether OpenAI's or Ark's words come back, and
//! `/api/v3/images/generations` as Ark itself does. Requests are held against the SDK's model
//! table and refused in each vendor's own envelope; answers carry real pictures ([`Picture`]) of
//! the asked size, inline or by a link the emulator serves, and usage by the vendors' formulas.
//!
//! It records what it was sent ([`RecordedRequest`]), counts what a vendor would bill
//! ([`Emulator::accepted`]), and misbehaves on demand: a [`Fault`] for every known deviation of
//! real gateways and networks, chosen by the builder, a queue, chance, or the request header
//! `x-imagegen-fault`.

mod dialect;
mod drawing;
mod effects;
mod emulator;
mod fault;
mod hash;
mod http;
mod job;
mod picture;
mod refusal;
mod request;
mod state;
mod vendor;
mod wire;

pub use dialect::Dialect;
pub use emulator::{Emulator, EmulatorBuilder};
pub use fault::{Fault, UnknownFault};
pub use picture::{Format, MARK, MAX_SIDE, Picture};
pub use state::{RecordedBody, RecordedPart, RecordedRequest};
