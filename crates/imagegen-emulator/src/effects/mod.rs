//! What each fault does, by the place where it strikes.
//!
//! Before an answer: `jobs` changes what is made, `links` what becomes of links, and `refusals`
//! answers in place of the vendor. In an answer: `values` changes JSON and `places` moves its
//! pictures, `frames` and `odd_events` change the events of a stream, `texts` what no JSON value
//! can hold. On the wire: `transport` changes how bytes go out, `hostile` sends what never ends.

pub(crate) mod frames;
pub(crate) mod hostile;
pub(crate) mod jobs;
pub(crate) mod links;
mod odd_events;
pub(crate) mod places;
pub(crate) mod refusals;
pub(crate) mod texts;
pub(crate) mod transport;
pub(crate) mod values;
