//! A list that says its first thousand entries and counts the rest.

use serde::{Serialize, Serializer};

/// A server can send a million failures: nobody reads more than these.
const SHOWN: usize = 1000;

/// The first thousand of what came, and how many there are.
#[derive(Debug)]
pub(crate) struct Bounded<T> {
    shown: Vec<T>,
    count: usize,
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            count: 0,
        }
    }
}

impl<T> Bounded<T> {
    /// Takes an entry; returns whether it is one of those that are shown.
    pub(crate) fn push(&mut self, entry: T) -> bool {
        self.count += 1;
        let shown = self.shown.len() < SHOWN;
        if shown {
            self.shown.push(entry);
        }
        shown
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many are not shown.
    pub(crate) fn left_out(&self) -> usize {
        self.count - self.shown.len()
    }

    pub(crate) fn sort_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        self.shown.sort_by_key(key);
    }
}

impl<T: Serialize> Serialize for Bounded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown.serialize(serializer)
    }
}

/// Whether a count is worth no member of its own.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
pub(super) fn is_zero(count: &usize) -> bool {
    *count == 0
}
