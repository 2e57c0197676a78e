//! The last results of one component.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{ComponentHistory, History, PastResult};
use crate::health::Status;

#[derive(Default)]
pub(crate) struct ResultHistory {
    results: VecDeque<PastResult>,
    last_good: Option<PastResult>,
    status_since: Option<(Status, DateTime<Utc>)>,
}

impl ResultHistory {
    pub(crate) fn add_result(&mut self, result: PastResult) {
        if self.results.len() == History::MAX_RESULTS {
            self.results.pop_front();
        } else if self.results.is_empty() {
            // A deque that grows by itself would have room for 64.
            self.results.reserve_exact(History::MAX_RESULTS);
        }
        self.results.push_back(result);
        if result.status.is_healthy() {
            self.last_good = Some(result);
        }
    }

    pub(crate) fn set_status_since(&mut self, status: Status, changed_at: DateTime<Utc>) {
        self.status_since = Some((status, changed_at));
    }

    /// Returns a copy, as the history of the component with this name.
    pub(crate) fn of_component(&self, name: &Arc<str>) -> ComponentHistory {
        ComponentHistory {
            name: Arc::clone(name),
            results: self.results.iter().copied().collect(),
            last_good: self.last_good,
            status_since: self.status_since,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn result(number: usize, status: Status) -> PastResult {
        let seconds = i64::try_from(number).unwrap();
        let ended_at = DateTime::from_timestamp(seconds, 0).unwrap();
        PastResult { ended_at, response_time: Duration::ZERO, status }
    }

    #[test]
    fn the_oldest_results_are_dropped_but_the_last_good_one_is_known() {
        let mut history = ResultHistory::default();
        history.add_result(result(0, Status::Degraded));
        for number in 1..=100 {
            history.add_result(result(number, Status::Unhealthy));
        }
        let history = history.of_component(&"disk".into());
        let expected: Vec<_> = (41..=100).map(|it| result(it, Status::Unhealthy)).collect();
        assert_eq!(history.results(), expected);
        assert_eq!(history.last_good(), Some(result(0, Status::Degraded)));
    }

    #[test]
    fn a_full_ring_does_not_grow() {
        let mut history = ResultHistory::default();
        (0..1000).for_each(|number| history.add_result(result(number, Status::Healthy)));
        assert_eq!(history.results.capacity(), History::MAX_RESULTS);
    }
}
