//! The gates: what must hold before a change is taken in.

pub(crate) mod modules;
