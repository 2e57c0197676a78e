//! The last transitions of all components.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::History;
use crate::events::Transition;

#[derive(Default)]
pub(crate) struct TransitionHistory {
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    transitions: VecDeque<Arc<Transition>>,
    /// The length of all their texts.
    bytes: usize,
}

impl TransitionHistory {
    pub(crate) fn add(&self, transition: &Transition) {
        let transition = Arc::new(transition.without_details());
        let mut recorded = self.lock();
        recorded.bytes += transition.text_bytes();
        recorded.transitions.push_back(transition);
        while recorded.transitions.len() > History::MAX_TRANSITIONS
            || recorded.bytes > History::MAX_TRANSITION_BYTES
        {
            let Some(oldest) = recorded.transitions.pop_front() else { return };
            recorded.bytes -= oldest.text_bytes();
        }
    }

    /// Returns the transitions, oldest first.
    pub(crate) fn recorded(&self) -> Vec<Arc<Transition>> {
        self.lock().transitions.iter().map(Arc::clone).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
