//! Which of several calls for one response a call is.

/// Which of several calls for one response a call is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) call: u32,
    pub(super) calls: u32,
}

impl Turn {
    pub(super) const ONLY: Self = Self { call: 0, calls: 1 };

    /// The place of this call's picture among those of all calls.
    pub(super) fn index(self, index: u32) -> u32 {
        index.saturating_mul(self.calls).saturating_add(self.call)
    }
}
