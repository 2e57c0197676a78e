//! Which components fail, and for long enough to say so.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use panopticon::Component;

/// The components that have failed so far.
#[derive(Debug)]
pub struct Incidents {
    min_time: Duration,
    components: BTreeMap<String, Watched>,
}

/// A component, and what the receiver knows of it.
#[derive(Debug)]
struct Watched {
    is_failing: bool,
    since: Instant,
    change: Change,
    is_announced: bool,
}

/// The last change of a component's status.
#[derive(Debug, Clone)]
pub struct Change {
    /// The component from then on.
    pub component: Component,
    /// When it changed, as RFC 3339.
    pub time: String,
}

impl Incidents {
    /// Creates incidents that begin, and end, once a component has been failing, or not, for this
    /// long.
    #[must_use]
    pub fn new(min_time: Duration) -> Self {
        Self { min_time, components: BTreeMap::new() }
    }

    /// Takes the status of a component. One that waits for another one does not fail itself: what it
    /// waits for does.
    pub fn observe(&mut self, change: Change, now: Instant) {
        let component = &change.component;
        let is_failing = !component.healthy() && component.root_cause().is_none();
        match self.components.get_mut(component.name()) {
            Some(watched) => {
                if watched.is_failing != is_failing {
                    watched.since = now;
                }
                watched.is_failing = is_failing;
                watched.change = change;
            }
            None if is_failing => {
                let name = component.name().to_owned();
                let watched = Watched { is_failing, since: now, change, is_announced: false };
                self.components.insert(name, watched);
            }
            None => {}
        }
    }

    /// Returns the components that have failed, or recovered, for long enough by now.
    pub fn due(&mut self, now: Instant) -> Vec<Change> {
        let mut due = Vec::new();
        self.components.retain(|_, watched| {
            if now < watched.since + self.min_time {
                return true;
            }
            if watched.is_failing != watched.is_announced {
                watched.is_announced = watched.is_failing;
                due.push(watched.change.clone());
            }
            watched.is_failing
        });
        due
    }

    /// Returns when the next one is [due](Self::due).
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        // One that has recovered before it was announced is due to be forgotten.
        let open = self.components.values().filter(|it| !(it.is_failing && it.is_announced));
        open.map(|watched| watched.since + self.min_time).min()
    }
}
