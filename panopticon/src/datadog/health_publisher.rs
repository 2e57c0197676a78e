//! The publisher that sends the results of health checks.

use std::collections::BTreeSet;

use super::client::Stats;
use super::event::{AlertType, Event};
use super::service_check::{ServiceCheck, ServiceStatus};
use crate::events::{Publisher, Transition};
use crate::health::Status;
use crate::report::Component;

/// The maximum length of a service check's message, in characters.
const MAX_MESSAGE: usize = 500;

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
/// | when | what is sent, with the tag `check:` and the component's name |
/// | --- | --- |
/// | a run ends | the service check `healthcheck` with the reported [status](ServiceStatus) and at most 500 characters of its message |
/// | | the gauge `healthcheck.status`, the same status as a number from 0 to 3 |
/// | | the timing `healthcheck.response_time`, in milliseconds |
/// | a component is no longer run because a component it depends on is unhealthy | the service check and the gauge, once |
/// | a component becomes unhealthy or unknown | the event "Healthcheck `name` failed", an error |
/// | it becomes degraded | the event "Healthcheck `name` degraded", a warning |
/// | it becomes healthy again | the event "Healthcheck `name` recovered", a success |
/// | the service begins to [drain](crate::Panopticon::drain), or stops to | the event "Service is draining" or "Service has stopped draining", without the tag `check:` |
///
/// The names get the client's prefix. Events also have the tag `application:healthcheck`, and the
/// aggregation key `healthcheck.` followed by the component's name, so that Datadog groups the
/// events of a component; those of draining have the key `healthcheck`.
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
    /// [failure threshold](crate::Component::damped).
    #[must_use]
    pub fn event_per_failed_run(mut self) -> Self {
        self.has_event_per_failed_run = true;
        self
    }

    fn send_event(&self, name: &str, change: &str, alert_type: AlertType, message: Option<&str>) {
        self.stats.event(
            Event::new(format!("Healthcheck {name} {change}"), message.unwrap_or_default())
                .alert_type(alert_type)
                .aggregation_key(format!("healthcheck.{name}"))
                .tag("check", name)
                .tag("application", "healthcheck"),
        );
    }
}

impl Publisher for HealthPublisher {
    fn result(&mut self, name: &str, component: &Component) {
        let status = ServiceStatus::from(component.status());
        let mut check = ServiceCheck::new("healthcheck", status).tag("check", name);
        if let Some(message) = component.message() {
            check = check.message(message.chars().take(MAX_MESSAGE).collect::<String>());
        }
        let tags = &[("check", name)];
        self.stats.service_check(check);
        self.stats.gauge("healthcheck.status", status.as_u8(), tags);
        if component.checked_at().is_none() {
            // The check was not run. The component that prevents its run has an event.
            return;
        }
        self.stats.timing("healthcheck.response_time", component.response_time(), tags);

        let result = component.damped().map_or(component.status(), |damped| damped.status);
        if self.has_event_per_failed_run && !result.is_healthy() {
            self.send_event(name, "failed", AlertType::Error, component.message());
        }
    }

    fn transition(&mut self, transition: &Transition) {
        let (name, message) = (transition.name(), transition.message());
        match transition.to() {
            Status::Healthy => {
                // No event at start-up, when every component becomes healthy for the first time.
                if self.failing.remove(name) {
                    self.send_event(name, "recovered", AlertType::Success, message);
                }
            }
            Status::Degraded => {
                self.failing.insert(name.to_owned());
                self.send_event(name, "degraded", AlertType::Warning, message);
            }
            Status::Unhealthy | Status::Unknown => {
                self.failing.insert(name.to_owned());
                // With an event per failed run, the run that caused this has already sent one.
                let is_sent = self.has_event_per_failed_run && transition.to() != Status::Unknown;
                if !is_sent && !matches!(transition.from(), Status::Unhealthy) {
                    self.send_event(name, "failed", AlertType::Error, message);
                }
            }
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
