//! What each fault does, by the place where it strikes.
//!
//! `choose` says which fault a request meets. `refusals` answers in place of the vendor, `values`
//! changes the JSON of an honest answer, `frames` the list of its events, `transport` the way
//! both go over the wire, `hostile` sends what never ends.

pub(crate) mod choose;
pub(crate) mod frames;
pub(crate) mod hostile;
pub(crate) mod refusals;
pub(crate) mod transport;
pub(crate) mod values;
