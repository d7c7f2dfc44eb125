//! Which fault a request meets.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;

use super::{Fault, UnknownFault};

/// Where faults come from, the first that has one: the request's own header, the queue, chance,
/// the standing fault.
#[derive(Debug, Default)]
pub(crate) struct Chooser {
    standing: Option<Fault>,
    queue: Mutex<VecDeque<Fault>>,
    chance: Option<Mutex<Chance>>,
}

/// Faults thrown by dice.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    state: u64,
    probability: f64,
    faults: Vec<Fault>,
}

impl Chance {
    pub(crate) fn new(seed: u64, probability: f64, faults: Vec<Fault>) -> Self {
        Self {
            state: seed,
            probability,
            faults,
        }
    }

    fn throw(&mut self) -> Option<Fault> {
        let dice = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let which = self.next();
        if dice >= self.probability || self.faults.is_empty() {
            return None;
        }
        Some(self.faults[(which % self.faults.len() as u64) as usize])
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Chooser {
    pub(crate) fn new(standing: Option<Fault>, queue: Vec<Fault>, chance: Option<Chance>) -> Self {
        Self {
            standing,
            queue: Mutex::new(queue.into()),
            chance: chance.map(Mutex::new),
        }
    }

    pub(crate) fn push(&self, fault: Fault) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(fault);
    }

    pub(crate) fn choose(&self, headers: &HeaderMap) -> Result<Option<Fault>, UnknownFault> {
        if let Some(name) = headers.get(Fault::HEADER) {
            return String::from_utf8_lossy(name.as_bytes())
                .trim()
                .parse()
                .map(Some);
        }
        let queued = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        if queued.is_some() {
            return Ok(queued);
        }
        let thrown = self.chance.as_ref().and_then(|chance| {
            chance
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .throw()
        });
        Ok(thrown.or(self.standing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_faults() {
        let throw = |seed| {
            let mut chance = Chance::new(seed, 0.3, Fault::ALL.to_vec());
            (0..1000).map(|_| chance.throw()).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
        let hits = throw(7).into_iter().flatten().count();
        assert!((200..400).contains(&hits), "{hits}");
    }

    #[test]
    fn a_header_comes_before_the_queue_and_the_queue_before_the_standing_fault() {
        let chooser = Chooser::new(Some(Fault::Bom), vec![Fault::Html200], None);
        let mut headers = HeaderMap::new();
        headers.insert(Fault::HEADER, "status-500".parse().unwrap());
        assert_eq!(chooser.choose(&headers), Ok(Some(Fault::Status500)));
        assert_eq!(chooser.choose(&HeaderMap::new()), Ok(Some(Fault::Html200)));
        assert_eq!(chooser.choose(&HeaderMap::new()), Ok(Some(Fault::Bom)));
        headers.insert(Fault::HEADER, "status-5000".parse().unwrap());
        assert!(chooser.choose(&headers).is_err());
    }
}
