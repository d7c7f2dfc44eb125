//! How often requests may come.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The window in which requests are counted.
const WINDOW: Duration = Duration::from_millis(1500);
/// How many requests it has room for.
const ROOM: usize = 2;

/// A limit on the requests of the last moments.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<VecDeque<Instant>>);

impl Pace {
    /// Takes a request's place in the window; without one, how long until there is room.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while taken.front().is_some_and(|first| now - *first >= WINDOW) {
            taken.pop_front();
        }
        match taken.front() {
            Some(first) if taken.len() >= ROOM => Some(WINDOW - (now - *first)),
            _ => {
                taken.push_back(now);
                None
            }
        }
    }
}
