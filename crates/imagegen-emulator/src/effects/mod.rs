//! What each fault does, by the place where it strikes.
//!
//! `jobs` changes what is made, `refusals` answers in place of the vendor, `values` changes the JSON of an honest answer,
//! `events` the list of its events, `transport` the way both go over the wire, `hostile` sends
//! what never ends.

pub(crate) mod events;
pub(crate) mod hostile;
pub(crate) mod jobs;
pub(crate) mod refusals;
pub(crate) mod transport;
pub(crate) mod values;
