//! Results and transitions as `tracing` events.

use std::time::Duration;

use tracing::field::display;
use tracing::level_filters::LevelFilter;
use tracing::{error, info, trace, warn};

use super::{Publisher, Transition};
use crate::health::Status;
use crate::report::{Component, Escaped};

/// The target that users filter by.
const TARGET: &str = "panopticon";

/// A publisher that logs each transition, at `info` if the component is healthy again, otherwise at
/// `warn`, and each run at `trace`. It has its own thread, so a slow `tracing` subscriber delays no
/// check.
pub(crate) struct LogPublisher;

impl LogPublisher {
    /// Returns whether `trace`, the level of runs, is enabled: waking the thread for an event that
    /// nobody reads would cost more than running a check. Does not run any subscriber's code, so if
    /// no subscriber is set and `tracing` passes its events to the `log` crate, runs are not
    /// logged.
    pub(crate) fn wants_results() -> bool {
        LevelFilter::current() >= LevelFilter::TRACE
    }
}

impl Publisher for LogPublisher {
    fn result(&mut self, name: &str, component: &Component) {
        trace!(
            target: TARGET,
            component = name,
            status = component.status().as_str(),
            response_time = component.response_time().as_secs_f64(),
            reason = component.message().map(|message| display(Escaped(message))),
            "health check has run"
        );
    }

    fn transition(&mut self, transition: &Transition) {
        let (component, from, to) =
            (transition.name(), transition.from().as_str(), transition.to().as_str());
        // Not called `message`, which is the name of the event's own text.
        let reason = transition.message().map(|message| display(Escaped(message)));
        if transition.to() == Status::Healthy {
            info!(target: TARGET, component, from, to, reason, "component is healthy");
        } else {
            warn!(target: TARGET, component, from, to, reason, "component is not healthy");
        }
    }

    fn draining(&mut self, is_draining: bool) {
        if is_draining {
            info!(target: TARGET, "service is draining");
        } else {
            info!(target: TARGET, "service has stopped draining");
        }
    }

    fn missed(&mut self, count: u64) {
        warn!(target: TARGET, count, "results and transitions of health checks were not logged in time");
    }
}

/// Logs that the process is about to be ended because draining took too long. Runs the code of
/// `tracing` subscribers, which may block.
pub(crate) fn log_exit(limit: Duration, in_flight: &str) {
    error!(target: TARGET, ?limit, in_flight, "the process still runs after draining, and is ended");
}
