//! What a client reports about its calls.

use panopticon::datadog::{Delivery, Stats};

/// Returns how many calls were sent, dropped and refused.
pub(crate) fn counts(stats: &Stats) -> (u64, u64, u64) {
    let Delivery { sent, dropped, refused, .. } = stats.delivery();
    (sent, dropped, refused)
}

pub(crate) fn problem(stats: &Stats) -> String {
    stats.delivery().problem.unwrap_or_default()
}
