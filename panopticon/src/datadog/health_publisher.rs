//! The publisher that sends the results of health checks.

use std::collections::BTreeSet;

use super::client::Stats;
use super::event::{AlertType, Event};
use super::service_check::{ServiceCheck, ServiceStatus};
use crate::escaped::Escaped;
use crate::events::{Publisher, Transition};
use crate::health::{Status, truncate};
use crate::report::{Component, Override};

/// The maximum length of a service check's message, in characters.
const MAX_MESSAGE: usize = 500;

/// The maximum length of an event's text, in bytes. The API accepts 4,000 characters.
const MAX_TEXT: usize = 4_000;

/// The maximum length of a detail in an event, in bytes, so that a long one leaves room for others.
const MAX_DETAIL: usize = 500;

/// How many of a check's own tags are sent, so that there is room for the others.
const MAX_CHECK_TAGS: usize = 20;

/// A publisher that sends the results of health checks to Datadog. Give it to
/// [`Builder::publish`](crate::Builder::publish):
///
/// ```
/// use panopticon::datadog::{HealthPublisher, Stats};
/// use panopticon::{CheckOptions, Health, Panopticon};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stats = Stats::builder().prefix("shop").build()?;
/// let health = Panopticon::empty()
///     .check("disk", CheckOptions::new(), || async { Health::healthy("writable") })
///     .publish(HealthPublisher::new(&stats))
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// | when | what is sent, with the tags below |
/// | --- | --- |
/// | a run ends | the service check `healthcheck` with the reported [status](ServiceStatus) and at most 500 characters of its message |
/// | | the gauge `healthcheck.status`, the same status as a number from 0 to 3 |
/// | | the timing `healthcheck.response_time`, in milliseconds |
/// | a component is no longer run because a component it depends on is unhealthy | the service check and the gauge, once |
/// | a component becomes unhealthy or unknown | the event "Healthcheck `name` failed", an error |
/// | it becomes degraded | the event "Healthcheck `name` degraded", a warning |
/// | it becomes healthy again | the event "Healthcheck `name` recovered", a success |
/// | an operator [overrides](crate::Panopticon::set_override) it | the service check with the reason, the gauge, and the event "Healthcheck `name` overridden" |
/// | the override ends | the service check, the gauge, and the event "Healthcheck `name` no longer overridden" |
/// | the service begins or stops to [drain](crate::Panopticon::drain) | the event "Service is draining" or "Service has stopped draining", without these tags |
///
/// | tag | value |
/// | --- | --- |
/// | `check` | the component's name |
/// | `critical` | whether it is [critical](crate::Component::critical): `true` or `false` |
/// | `collection` | its [collection](crate::Component::collection), if any |
/// | the check's own [tags](crate::Component::tags) | as they are: `queue`, or `team:orders`; at most 20 |
///
/// While an override lasts, the service check and the gauge of each run have the override's status,
/// and failures of the check send no events. The two events of an override are an error, a warning
/// or a success, depending on the status from then on.
///
/// The names get the client's prefix. Events also have the tag `application:healthcheck`, and the
/// aggregation key `healthcheck.` followed by the component's name, so that Datadog groups the
/// events of a component; those of draining have the key `healthcheck`.
///
/// The text of an event is the check's message, followed by its details, one on each line: at most
/// 500 bytes of each, and 4,000 bytes in total. Details are in no tag, since Datadog charges for each
/// combination of tags. The text about an override is one line that says
/// everything.
#[derive(Debug)]
pub struct HealthPublisher {
    stats: Stats,
    has_event_per_failed_run: bool,
    /// The components whose latest event says that they are not healthy.
    failing: BTreeSet<String>,
}

impl HealthPublisher {
    /// Creates a publisher that sends through the client.
    #[must_use]
    pub fn new(stats: &Stats) -> Self {
        Self { stats: stats.clone(), has_event_per_failed_run: false, failing: BTreeSet::new() }
    }

    /// Sends the event "Healthcheck `name` failed" for every failed run, like python-panopticon,
    /// and not only when the component becomes unhealthy. This includes failures below the
    /// [failure threshold](crate::Component::damped), but not those while an operator overrides the
    /// component.
    #[must_use]
    pub fn event_per_failed_run(mut self) -> Self {
        self.has_event_per_failed_run = true;
        self
    }

    /// Sends the status that counts.
    fn send_status(&self, component: &Component, status: Status, reason: Option<&str>) {
        let status = ServiceStatus::from(status);
        let tags = check_tags(component);
        let mut check = ServiceCheck::new("healthcheck", status).tags(&tags);
        if let Some(reason) = reason {
            check = check.message(reason.chars().take(MAX_MESSAGE).collect::<String>());
        }
        self.stats.service_check(check);
        self.stats.gauge("healthcheck.status", status.as_u8(), &tags);
    }

    /// Sends an event about a change of the check's status.
    fn send_transition_event(&self, transition: &Transition, was_failing: bool) {
        let change = match transition.to() {
            // No event at start-up, when every component becomes healthy for the first time.
            Status::Healthy if !was_failing => return,
            Status::Healthy => "recovered",
            Status::Degraded => "degraded",
            // With an event per failed run, the run that caused this has already sent one.
            Status::Unhealthy if self.has_event_per_failed_run => return,
            // It is already failing; now its results have also stopped coming.
            Status::Unknown if transition.from() == Status::Unhealthy => return,
            Status::Unhealthy | Status::Unknown => "failed",
        };
        let alert_type = alert_type(transition.to());
        let component = transition.component();
        self.send_event(component, change, alert_type, event_text(component));
    }

    /// Sends an event about what an operator does, whatever the status was. Its text says
    /// everything, since it may be read on its own.
    fn send_override_event(&self, transition: &Transition, change: &str) {
        let alert_type = alert_type(transition.to());
        self.send_event(transition.component(), change, alert_type, transition.to_string());
    }

    fn send_event(&self, component: &Component, change: &str, alert_type: AlertType, text: String) {
        let name = component.name();
        self.stats.event(
            Event::new(format!("Healthcheck {name} {change}"), text)
                .alert_type(alert_type)
                .aggregation_key(format!("healthcheck.{name}"))
                .tags(&check_tags(component))
                .tag("application", "healthcheck"),
        );
    }
}

/// Returns the tags of everything about a component.
fn check_tags(component: &Component) -> Vec<(&str, &str)> {
    let critical = if component.critical() { "true" } else { "false" };
    let collection = component.collection().map(|collection| ("collection", collection));
    let own = component.tags().iter().take(MAX_CHECK_TAGS);
    [("check", component.name()), ("critical", critical)]
        .into_iter()
        .chain(collection)
        .chain(own.map(|tag| tag.split_once(':').unwrap_or((tag, ""))))
        .collect()
}

/// Returns a component's message and details.
fn event_text(component: &Component) -> String {
    let mut text = component.message().unwrap_or_default().to_owned();
    let mut start = if text.is_empty() { "" } else { "\n\n" };
    for (key, value) in component.details() {
        let mut detail = format!("{}: {}", Escaped(key), Escaped(value.to_string()));
        truncate(&mut detail, MAX_DETAIL);
        text.push_str(start);
        text.push_str(&detail);
        start = "\n";
        if text.len() > MAX_TEXT {
            break;
        }
    }
    truncate(&mut text, MAX_TEXT);
    text
}

fn alert_type(status: Status) -> AlertType {
    match status {
        Status::Healthy => AlertType::Success,
        Status::Degraded => AlertType::Warning,
        Status::Unhealthy | Status::Unknown => AlertType::Error,
    }
}

impl Publisher for HealthPublisher {
    fn result(&mut self, _: &str, component: &Component) {
        let active = component.active_override();
        let reason = active.map(Override::reason).or(component.message());
        self.send_status(component, component.status(), reason);
        if component.checked_at().is_none() {
            // The check was not run. The component that prevents its run has an event.
            return;
        }
        let tags = check_tags(component);
        self.stats.timing("healthcheck.response_time", component.response_time(), &tags);

        let is_failed = component.run_status().is_some_and(|status| !status.is_healthy());
        if self.has_event_per_failed_run && active.is_none() && is_failed {
            self.send_event(component, "failed", AlertType::Error, event_text(component));
        }
    }

    fn transition(&mut self, transition: &Transition) {
        let (name, component) = (transition.name(), transition.component());
        let to = transition.to();
        let was_failing = if to == Status::Healthy {
            self.failing.remove(name)
        } else {
            !self.failing.insert(name.to_owned())
        };
        match (transition.active_override(), transition.ended_override()) {
            (Some(active), _) => {
                self.send_status(component, to, Some(active.reason()));
                self.send_override_event(transition, "overridden");
            }
            (None, Some(_)) => {
                self.send_status(component, to, transition.message());
                self.send_override_event(transition, "no longer overridden");
            }
            (None, None) => self.send_transition_event(transition, was_failing),
        }
    }

    fn draining(&mut self, is_draining: bool) {
        let title =
            if is_draining { "Service is draining" } else { "Service has stopped draining" };
        self.stats.event(
            Event::new(title, "").aggregation_key("healthcheck").tag("application", "healthcheck"),
        );
    }
}
