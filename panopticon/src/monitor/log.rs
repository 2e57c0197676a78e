//! Results and transitions for `tracing`.

use tracing::{info, trace, warn};

use super::publisher::Publisher;
use super::transition::Transition;
use crate::report::Component;

/// Writes a line a transition, at `warn` where it is for the worse and at `info` where it is not;
/// and a line a run at `trace`. A publisher, so that a subscriber that blocks holds up no check.
pub(super) struct Log;

impl Publisher for Log {
    fn result(&mut self, name: &str, component: &Component) {
        trace!(
            component = name,
            status = component.status().as_str(),
            response_time = component.response_time().as_secs_f64(),
            message = component.message(),
            "health check has run"
        );
    }

    fn transition(&mut self, transition: &Transition) {
        let (component, from, to) =
            (transition.name(), transition.from().as_str(), transition.to().as_str());
        let message = transition.message();
        if transition.to().is_healthy() && transition.to() <= transition.from() {
            info!(component, from, to, message, "component is better");
        } else {
            warn!(component, from, to, message, "component is worse");
        }
    }

    fn missed(&mut self, count: u64) {
        warn!(count, "results and transitions of health checks were not logged in time");
    }
}
