//! A window that moves with time, over numbers that only grow.

use std::collections::VecDeque;
use std::time::Duration;

/// The number of parts that a window has.
const PARTS: u64 = 10;

/// The numbers of all outcomes so far, or of some of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Totals {
    pub(super) ok: u64,
    pub(super) failed: u64,
}

/// The totals at the end of each part of the window. An outcome is only added to the totals, so none
/// is lost or counted twice, whatever happens here meanwhile.
#[derive(Debug)]
pub(super) struct Window {
    /// The totals before the window.
    before: Totals,
    /// The parts that are over and in the window, with the totals at their ends. Only those with
    /// outcomes, or in which the window was moved.
    over: VecDeque<(u64, Totals)>,
    /// The part that outcomes are counted in.
    current: u64,
}

impl Window {
    pub(super) const fn new() -> Self {
        Self { before: Totals { ok: 0, failed: 0 }, over: VecDeque::new(), current: 0 }
    }

    /// Moves the window of this length to a time in milliseconds. All of the totals were counted
    /// before this time, and since the window was last moved.
    pub(super) fn move_to(&mut self, now: u64, length: Duration, totals: Totals) {
        let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let part = now / (length / PARTS).max(1);
        // Two threads may come in the wrong order.
        if part <= self.current {
            return;
        }
        self.over.push_back((self.current, totals));
        self.current = part;
        while let Some(&(over, totals)) = self.over.front() {
            if over + PARTS > part {
                break;
            }
            self.before = totals;
            self.over.pop_front();
        }
    }

    /// Returns how much of the totals is in the window.
    pub(super) fn count(&self, totals: Totals) -> Totals {
        Totals {
            ok: totals.ok.wrapping_sub(self.before.ok),
            failed: totals.failed.wrapping_sub(self.before.failed),
        }
    }
}
