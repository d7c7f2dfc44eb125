//! The place a call's pictures go to.

use super::target::Target;
use super::writer::Writers;

/// Where the pictures of a call are to go.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Memory,
    Files(Target),
    Writers(Writers),
}
