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

mod answer;
mod ark;
mod dialect;
mod drawing;
mod edits;
mod emulator;
mod fault;
mod faults;
mod generations;
mod images;
mod inspect;
mod intake;
mod job;
mod openai;
mod picture;
mod pieces;
mod record;
mod refusal;
mod resolve;
mod routes;
mod server;
mod socket;
mod store;
mod stream;
mod usage;

pub use dialect::Dialect;
pub use emulator::{Emulator, EmulatorBuilder};
pub use fault::{Fault, UnknownFault};
pub use picture::{Format, MARK, MAX_SIDE, Picture};
pub use record::{RecordedBody, RecordedPart, RecordedRequest};
