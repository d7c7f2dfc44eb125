//! The pictures that answers link to, and the tickets that stand for them.
//!
//! Only what a picture follows from is kept; it is drawn when it is fetched.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::drawing::Drawing;

/// How many links and tickets are remembered; the oldest go first.
const CAPACITY: usize = 16_384;

/// What becomes of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Works,
    /// It answers 404 at first.
    NotYet,
    Expired,
}

/// A picture kept for later.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) drawing: Drawing,
    pub(crate) expires: SystemTime,
    /// How many more times it answers 404 before it works.
    pub(crate) not_found_yet: u32,
}

/// What a request for a link gets.
pub(crate) enum Found {
    Drawing(Drawing),
    NotYet,
    Expired,
    Unknown,
}

/// A ticket's pictures, as links, and how often it has been asked for.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) urls: Vec<String>,
    pub(crate) polls: u32,
}

/// Entries by id, oldest first.
struct Shelf<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, id: String, entry: T) {
        if self.order.len() == CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        self.order.push_back(id.clone());
        self.entries.insert(id, entry);
    }
}

#[derive(Default)]
pub(crate) struct Store {
    links: Mutex<Shelf<Link>>,
    tickets: Mutex<Shelf<Ticket>>,
}

impl Store {
    pub(crate) fn put(&self, id: String, link: Link) {
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(id, link);
    }

    pub(crate) fn find(&self, id: &str) -> Found {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        match links.entries.get_mut(id) {
            None => Found::Unknown,
            Some(link) if link.not_found_yet > 0 => {
                link.not_found_yet -= 1;
                Found::NotYet
            }
            Some(link) if link.expires <= SystemTime::now() => Found::Expired,
            Some(link) => Found::Drawing(link.drawing.clone()),
        }
    }

    pub(crate) fn put_ticket(&self, id: String, urls: Vec<String>) {
        let ticket = Ticket { urls, polls: 0 };
        self.tickets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(id, ticket);
    }

    /// The ticket as it stood before this question.
    pub(crate) fn poll_ticket(&self, id: &str) -> Option<Ticket> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = tickets.entries.get_mut(id)?;
        let before = ticket.clone();
        ticket.polls += 1;
        Some(before)
    }
}

/// Seconds since 1970.
pub(crate) fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}
