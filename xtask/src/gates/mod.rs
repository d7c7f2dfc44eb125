//! The gates: what must hold before a change is taken in.

pub(crate) mod budget;
pub(crate) mod ci;
pub(crate) mod deny;
pub(crate) mod features;
pub(crate) mod modules;
pub(crate) mod tool;
