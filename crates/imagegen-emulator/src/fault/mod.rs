//! What faults there are, and which of them a request meets.

mod catalogue;
mod chooser;
mod names;

pub use catalogue::Fault;
pub(crate) use chooser::{Chance, Chooser};
pub use names::UnknownFault;
