//! One call, or several for one response, from the request to the end of the answer.

mod conclude;
mod events;
mod exchange;
mod expected;
mod failure;
mod fan_out;
mod generation;
mod listing;
mod place;
mod references;
mod retry;
mod stream;
mod trace;
mod turn;

pub use generation::Generation;
pub use stream::ImageStream;
