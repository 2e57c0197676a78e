//! Incidents for Sentry, and error trackers that understand its protocol.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use panopticon::{Publisher, Transition};
use sentry::Hub;
use sentry::protocol::{Context, Event, Level};

/// A publisher that sends one event when a component fails, and one when it has recovered. Both have
/// the component as their fingerprint, so they are one issue, which counts the incidents.
///
/// The protocol has no event that resolves an issue. The event of a recovery has the level `info`
/// and the tag `health.resolved`, on which a rule of the tracker can act.
///
/// A component that waits for another one has no transitions, so a database that fails is one issue,
/// whatever depends on it.
#[derive(Debug)]
pub struct ErrorTracker {
    hub: Arc<Hub>,
    /// The components that have an open incident.
    failing: BTreeSet<String>,
}

impl ErrorTracker {
    /// Sends to the client of this hub, such as `Hub::current()` after `sentry::init`. Publishers have
    /// threads of their own, whose current hub is another one.
    #[must_use]
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, failing: BTreeSet::new() }
    }
}

impl Publisher for ErrorTracker {
    fn transition(&mut self, transition: &Transition) {
        let name = transition.name();
        let is_new = if transition.to().is_healthy() {
            self.failing.remove(name)
        } else {
            self.failing.insert(name.to_owned())
        };
        if is_new {
            self.hub.capture_event(event(transition));
        }
    }
}

fn event(transition: &Transition) -> Event<'static> {
    let (name, is_resolved) = (transition.name().to_owned(), transition.to().is_healthy());
    let level = match (is_resolved, transition.critical()) {
        (true, _) => Level::Info,
        (false, true) => Level::Error,
        (false, false) => Level::Warning,
    };
    let details = transition.component().details();
    let details = details.map(|(key, value)| (key.to_owned(), value.clone())).collect();
    let mut event = Event {
        level,
        logger: Some("panopticon".to_owned()),
        message: Some(transition.to_string()),
        fingerprint: Cow::Owned(vec!["panopticon".into(), name.clone().into()]),
        timestamp: transition.at().into(),
        ..Event::default()
    };
    event.tags.insert("health.component".to_owned(), name);
    event.tags.insert("health.status".to_owned(), transition.to().as_str().to_owned());
    event.tags.insert("health.resolved".to_owned(), is_resolved.to_string());
    event.contexts.insert("details".to_owned(), Context::Other(details));
    event
}
