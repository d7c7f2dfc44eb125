//! What each vendor makes of a request, and the words it answers in.
//!
//! `openai` and `ark` resolve a request into a job and write its answer and its events; `events`
//! puts those in their order. What both leave open is decided in `resolve` and counted in `usage`.

pub(crate) mod ark;
pub(crate) mod events;
pub(crate) mod openai;
mod resolve;
mod usage;
