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
    /// It answers 404 the first two times.
    NotYet,
    /// It answers 202 the first two times.
    Accepted,
    Expired,
    /// It answers with a page.
    Html,
    /// It answers with a JSON error.
    Json,
    NoContent,
    /// It answers with the beginning, and says so.
    Part,
    /// It answers with nothing, as if that were all.
    Empty,
    /// It answers with the first half, as if that were all.
    Half,
    Gzip,
    /// It takes its time.
    Late,
    /// It answers byte by byte.
    Drip,
}

impl Fate {
    /// Whether time mends it: the third request gets the picture.
    const fn passes(self) -> bool {
        matches!(self, Self::NotYet | Self::Accepted)
    }
}

/// A picture kept for later.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) drawing: Drawing,
    pub(crate) expires: SystemTime,
    pub(crate) fate: Fate,
    /// How often it has been asked for.
    pub(crate) asked: u32,
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

    /// The picture behind a link, and what becomes of this request for it.
    pub(crate) fn find(&self, id: &str) -> Option<(Drawing, Fate)> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let link = links.entries.get_mut(id)?;
        link.asked += 1;
        let fate = if link.expires <= SystemTime::now() {
            Fate::Expired
        } else if link.fate.passes() && link.asked > 2 {
            Fate::Works
        } else {
            link.fate
        };
        Some((link.drawing.clone(), fate))
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
