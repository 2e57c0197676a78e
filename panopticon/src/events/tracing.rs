//! Results and transitions for `tracing`.

use tracing::field::display;
use tracing::level_filters::LevelFilter;
use tracing::{info, trace, warn};

use super::publisher::Publisher;
use super::transition::Transition;
use crate::health::Status;
use crate::report::{Component, Escaped};

/// What users filter by.
const TARGET: &str = "panopticon";

/// Writes a line a transition, at `warn` where it is for the worse and at `info` where it is not;
/// and a line a run at `trace`. A publisher, so that a subscriber that blocks holds up no check.
pub(crate) struct Log;

impl Log {
    /// To wake its thread for a line that nobody reads would cost more than the run of a check. Asks
    /// nobody's code, for checks are locked: so where no subscriber is set, and tracing hands its lines
    /// to the `log` crate, there are none of runs.
    pub(crate) fn takes_results() -> bool {
        LevelFilter::current() >= LevelFilter::TRACE
    }
}

impl Publisher for Log {
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
        // Not `message`, which is what the line itself is called.
        let reason = transition.message().map(|message| display(Escaped(message)));
        if transition.to() == Status::Healthy {
            info!(target: TARGET, component, from, to, reason, "component is healthy");
        } else {
            warn!(target: TARGET, component, from, to, reason, "component is not healthy");
        }
    }

    fn missed(&mut self, count: u64) {
        warn!(target: TARGET, count, "results and transitions of health checks were not logged in time");
    }
}
