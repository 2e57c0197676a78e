//! Results and transitions as `tracing` events.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::field::display;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::NoSubscriber;
use tracing::{debug, error, info, trace, warn};

use super::{Publisher, Transition};
use crate::escaped::Escaped;
use crate::health::Status;
use crate::log_target::LOG_TARGET;
use crate::report::{Component, Override, Timestamp};

/// A publisher that logs each transition, at `info` if the component is healthy from then on,
/// otherwise at `warn`; each other reason why a check is not healthy, at `debug`; and each run, at
/// `trace`. It has its own thread, so a slow `tracing` subscriber delays no check.
///
/// Reports refer readers to the log for the texts of errors, so each is logged, whatever the status
/// of its component: a threshold or an override may hide the failure.
#[derive(Default)]
pub(crate) struct LogPublisher {
    /// By the component's name.
    last: BTreeMap<String, LastReason>,
}

/// The last logged status of a component, and the reason why its check is not healthy.
struct LastReason {
    status: Status,
    reason: Option<String>,
}

impl LogPublisher {
    /// Returns whether `debug`, the level of reasons, is enabled: waking the thread for an event
    /// that nobody reads would cost more than running a check. Does not run any subscriber's code,
    /// so if no subscriber is set and `tracing` passes its events to the `log` crate, neither
    /// reasons nor runs are logged.
    pub(crate) fn wants_results() -> bool {
        LevelFilter::current() >= LevelFilter::DEBUG
    }

    fn log_changed_reason(&mut self, name: &str, component: &Component) {
        let status = component.status();
        let before = self.last.get(name);
        if before.map_or(Status::Unknown, |last| last.status) != status {
            // A transition follows, and is logged with its reason.
            return;
        }
        let reason = reason_of_failure(component);
        let logged = before.and_then(|last| last.reason.as_deref());
        if reason.is_some() && without_ages(logged) != without_ages(reason) {
            debug!(
                target: LOG_TARGET,
                component = name,
                status = status.as_str(),
                reason = reason.map(|reason| display(Escaped(reason))),
                "a health check is not healthy, for a new reason"
            );
        }
        self.remember(name, status, reason);
    }

    fn remember(&mut self, name: &str, status: Status, reason: Option<&str>) {
        let reason = reason.map(str::to_owned);
        self.last.insert(name.to_owned(), LastReason { status, reason });
    }
}

impl Publisher for LogPublisher {
    fn result(&mut self, name: &str, component: &Component) {
        trace!(
            target: LOG_TARGET,
            component = name,
            status = component.status().as_str(),
            response_time = component.response_time().as_secs_f64(),
            reason = component.message().map(|message| display(Escaped(message))),
            "health check has run"
        );
        self.log_changed_reason(name, component);
    }

    fn transition(&mut self, transition: &Transition) {
        let reason = reason_of_failure(transition.component());
        self.remember(transition.name(), transition.to(), reason);
        log_transition(transition);
    }

    fn draining(&mut self, is_draining: bool) {
        if is_draining {
            info!(target: LOG_TARGET, "service is draining");
        } else {
            info!(target: LOG_TARGET, "service has stopped draining");
        }
    }

    fn missed(&mut self, count: u64) {
        warn!(target: LOG_TARGET, count, "results and transitions of health checks were not logged in time");
    }
}

/// Returns the message of a check that is not healthy, or whose latest result is not.
fn reason_of_failure(component: &Component) -> Option<&str> {
    let damped = component.damped().map_or(Status::Healthy, |damped| damped.status);
    let worst = component.status().max(component.check_status()).max(damped);
    component.message().filter(|_| worst != Status::Healthy)
}

/// Returns a reason without the ages that the engine adds to it: if only these change, it is the
/// same reason.
fn without_ages(reason: Option<&str>) -> Option<&str> {
    let (reason, _) = reason.map(|it| it.split_once("; its last result, ").unwrap_or((it, "")))?;
    Some(if reason.starts_with("still running after ") { "still running" } else { reason })
}

fn log_transition(transition: &Transition) {
    let (component, from, to) =
        (transition.name(), transition.from().as_str(), transition.to().as_str());
    let active = transition.active_override();
    // Not called `message`, which is the name of the event's own text.
    let reason = active.map(Override::reason).or(transition.message());
    let reason = reason.map(|reason| display(Escaped(reason)));
    let override_until = active.and_then(Override::ends_at).map(|end| display(Timestamp(end)));
    let ended = transition.ended_override();
    let ended_override = ended.map(|ended| display(Escaped(ended.reason())));
    match transition.to() {
        Status::Healthy => {
            info!(target: LOG_TARGET, component, from, to, reason, override_until, ended_override, "component is healthy");
        }
        Status::Degraded => {
            warn!(target: LOG_TARGET, component, from, to, reason, override_until, ended_override, "component is degraded");
        }
        Status::Unhealthy | Status::Unknown => {
            warn!(target: LOG_TARGET, component, from, to, reason, override_until, ended_override, "component is not healthy");
        }
    }
}

/// Logs that the process is about to be ended because draining took too long. Runs the code of
/// `tracing` subscribers, which may block. Returns whether there is a subscriber.
pub(crate) fn log_exit(limit: Duration, in_flight: &str) -> bool {
    error!(target: LOG_TARGET, ?limit, in_flight, "the process did not stop in time and is being ended");
    tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>())
}
