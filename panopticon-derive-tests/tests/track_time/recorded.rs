//! What was recorded: the only place here that knows how to find out.

use panopticon::stats::testing::{self, Record};

/// The times of a metric, from the whole process: so each test times functions of its own.
pub(crate) fn recorded(metric: &str) -> Vec<Record> {
    testing::recorded(metric)
}

/// How many times there are.
pub(crate) fn count(metric: &str) -> usize {
    recorded(metric).len()
}
