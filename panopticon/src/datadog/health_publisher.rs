//! The publisher of health results.

use std::collections::BTreeSet;

use super::client::Stats;
use super::event::{AlertType, Event};
use super::service_check::{ServiceCheck, ServiceStatus};
use crate::events::{Publisher, Transition};
use crate::health::Status;
use crate::report::Component;

/// The longest message of a service check, in characters.
const MAX_MESSAGE: usize = 500;

/// Sends the results of health checks to Datadog. To be given to
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
/// | when | what, with the tag `check:` and the component's name |
/// | --- | --- |
/// | a run has ended | the service check `healthcheck`, of the [status](ServiceStatus) that is reported, with at most 500 characters of its message |
/// | | the gauge `healthcheck.status`, the same as a number from 0 to 3 |
/// | | the timing `healthcheck.response_time`, in milliseconds |
/// | a component is not run any more, since another one that it depends on is unhealthy | the service check and the gauge, once |
/// | a component becomes unhealthy or unknown | the event "Healthcheck `name` failed", an error |
/// | it becomes degraded | the event "Healthcheck `name` degraded", a warning |
/// | it becomes healthy after one of those | the event "Healthcheck `name` recovered", a success |
///
/// The prefix stands before the names, as before all. Events have the tag
/// `application:healthcheck` too, and the aggregation key `healthcheck.` and the component's name,
/// so that Datadog groups those of one component.
#[derive(Debug)]
pub struct HealthPublisher {
    stats: Stats,
    has_event_per_failed_run: bool,
    /// The components that are not healthy and that an event has told of.
    told_of: BTreeSet<String>,
}

impl HealthPublisher {
    /// A publisher that sends with the client.
    #[must_use]
    pub fn new(stats: &Stats) -> Self {
        Self { stats: stats.clone(), has_event_per_failed_run: false, told_of: BTreeSet::new() }
    }

    /// Sends the event "Healthcheck `name` failed" for each run that fails, as python-panopticon
    /// does, rather than only when the component becomes unhealthy. Runs whose failures do not
    /// [count yet](crate::Component::damped) are among them.
    #[must_use]
    pub fn event_per_failed_run(mut self) -> Self {
        self.has_event_per_failed_run = true;
        self
    }

    fn send_event(&self, name: &str, what: &str, alert_type: AlertType, message: Option<&str>) {
        self.stats.event(
            Event::new(format!("Healthcheck {name} {what}"), message.unwrap_or_default())
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
            // No run, and no event: the other component, which keeps it from being run, has one.
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
                // Not at the start, where each component becomes healthy for the first time.
                if self.told_of.remove(name) {
                    self.send_event(name, "recovered", AlertType::Success, message);
                }
            }
            Status::Degraded => {
                self.told_of.insert(name.to_owned());
                self.send_event(name, "degraded", AlertType::Warning, message);
            }
            Status::Unhealthy | Status::Unknown => {
                self.told_of.insert(name.to_owned());
                // The run that made it so has had its event already; a lack of runs has not.
                let is_told = self.has_event_per_failed_run && transition.to() != Status::Unknown;
                if !is_told && !matches!(transition.from(), Status::Unhealthy) {
                    self.send_event(name, "failed", AlertType::Error, message);
                }
            }
        }
    }
}
