//! The last transitions of all components.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{ComponentHistory, History};
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
    has_dropped: bool,
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
            recorded.has_dropped = true;
        }
    }

    /// Returns a copy, with the histories of the components, sorted by name.
    pub(crate) fn with_components(&self, components: Vec<ComponentHistory>) -> History {
        let recorded = self.lock();
        let transitions = recorded.transitions.iter().map(Arc::clone).collect();
        History { components, transitions, has_dropped: recorded.has_dropped }
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
