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
    since: Instant,
    change: Change,
    is_announced: bool,
}

/// The last change of a component's status.
#[derive(Debug, Clone)]
pub struct Change {
    /// The component from then on.
    pub component: Component,
    /// Whether it fails itself from then on.
    pub is_failing: bool,
    /// When it changed, as RFC 3339.
    pub time: String,
}

impl Change {
    /// Creates the change of a component to what it is at this time. One that waits for another one
    /// does not fail itself: what it waits for does.
    #[must_use]
    pub fn new(component: &Component, time: String) -> Self {
        let is_failing = !component.healthy() && component.root_cause().is_none();
        Self { component: component.clone(), is_failing, time }
    }
}

impl Incidents {
    /// Creates incidents that begin, and end, once a component has been failing, or not, for this
    /// long.
    #[must_use]
    pub fn new(min_time: Duration) -> Self {
        Self { min_time, components: BTreeMap::new() }
    }

    /// Takes the status of a component.
    pub fn observe(&mut self, change: Change, now: Instant) {
        let name = change.component.name();
        match self.components.get_mut(name) {
            Some(watched) => {
                if watched.change.is_failing != change.is_failing {
                    watched.since = now;
                }
                watched.change = change;
            }
            None if change.is_failing => {
                let name = name.to_owned();
                self.components.insert(name, Watched { since: now, change, is_announced: false });
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
            let is_failing = watched.change.is_failing;
            if is_failing != watched.is_announced {
                watched.is_announced = is_failing;
                due.push(watched.change.clone());
            }
            is_failing
        });
        due
    }

    /// Returns when the next one is [due](Self::due).
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        // One that has recovered before it was announced is due to be forgotten.
        let open = self.components.values().filter(|it| !(it.change.is_failing && it.is_announced));
        open.map(|watched| watched.since + self.min_time).min()
    }
}
