//! Incidents for Sentry, and error trackers that understand its protocol.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use panopticon::{Component, Publisher, Status, Transition, WeakPanopticon};
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
    health: WeakPanopticon,
    hub: Arc<Hub>,
    /// The components that have an open incident.
    failing: BTreeSet<String>,
}

impl ErrorTracker {
    /// Sends to the client of this hub, such as `Hub::current()` after `sentry::init`. Publishers have
    /// threads of their own, whose current hub is another one. For `Builder::publish_with`.
    pub fn new(hub: Arc<Hub>) -> impl FnOnce(WeakPanopticon) -> Self + Send {
        move |health| Self { health, hub, failing: BTreeSet::new() }
    }

    fn observe(&mut self, component: &Component, message: String, at: SystemTime) {
        let name = component.name();
        let is_new = if component.healthy() {
            self.failing.remove(name)
        } else {
            self.failing.insert(name.to_owned())
        };
        if is_new {
            self.hub.capture_event(event(component, message, at));
        }
    }
}

impl Publisher for ErrorTracker {
    fn transition(&mut self, transition: &Transition) {
        self.observe(transition.component(), transition.to_string(), transition.at().into());
    }

    fn missed(&mut self, _: u64) {
        // What has happened meanwhile is in the report.
        let Some(report) = self.health.latest_report() else { return };
        let is_known = |it: &Component| it.status() != Status::Unknown && it.root_cause().is_none();
        for (name, component) in report.components().filter(|(_, component)| is_known(component)) {
            self.observe(component, format!("{name}: {component}"), report.timestamp().into());
        }
    }
}

fn event(component: &Component, message: String, at: SystemTime) -> Event<'static> {
    let (name, is_resolved) = (component.name().to_owned(), component.healthy());
    let level = match (is_resolved, component.critical()) {
        (true, _) => Level::Info,
        (false, true) => Level::Error,
        (false, false) => Level::Warning,
    };
    let details = component.details().map(|(key, value)| (key.to_owned(), value.clone())).collect();
    let mut event = Event {
        level,
        logger: Some("panopticon".to_owned()),
        message: Some(message),
        fingerprint: Cow::Owned(vec!["panopticon".into(), name.clone().into()]),
        timestamp: at,
        ..Event::default()
    };
    event.tags.insert("health.component".to_owned(), name);
    event.tags.insert("health.status".to_owned(), component.status().as_str().to_owned());
    event.tags.insert("health.resolved".to_owned(), is_resolved.to_string());
    event.contexts.insert("details".to_owned(), Context::Other(details));
    event
}
