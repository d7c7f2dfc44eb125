//! The emulator over real sockets.
//!
//! Numbers, codes and shapes are worked out from the vendors' documents, not from the code.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used)]

mod ark;
mod catalogue;
mod deviations;
mod edits;
mod faults;
mod framing;
mod links;
mod odd_events;
mod openai;
mod oracle;
mod places;
mod refusals;
mod server;
mod streams;
mod support;
