//! Making calls: a few at a time, none discarding another, at the pace the server sets.

mod attempt;
mod handles;
mod kept;
mod pace;
mod scheduler;
mod signals;
mod verdict;

pub(crate) use attempt::{Arrived, Attempt, LeftLink, Step};
pub(crate) use handles::{raise_limit, within_limit};
pub(crate) use kept::keep_unread;
pub(crate) use scheduler::{Ending, Scheduler, Stop, Work};
pub(crate) use signals::{Signals, survive_file_limits};
pub(crate) use verdict::{FailsAlike, fails_alike, gravest};
