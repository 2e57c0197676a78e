//! Logs what `build()` has set up, with `tracing`.

use std::collections::BTreeSet;
use std::fmt::Display;

use tracing::{debug, info};

use super::components::ComponentInfo;
use super::handle::Panopticon;
use crate::check::Probe;
use crate::log_target::LOG_TARGET;

/// Logs one line with the number of components and what is left out, at `info`, and one line for
/// each check, at `debug`.
pub(super) fn log(health: &Panopticon) {
    let count = |counts: &dyn Fn(ComponentInfo<'_>) -> bool| {
        health.components().filter(|&component| counts(component)).count()
    };
    let answering =
        |probe| count(&|component| component.probes().any(|answered| answered == probe));
    // Called only if the line is logged, like everything in it.
    let collections = || -> BTreeSet<&str> {
        health.components().filter_map(|component| component.collection()).collect()
    };
    let left_out = health.left_out();
    info!(
        target: LOG_TARGET,
        components = health.components().len(),
        liveness = answering(Probe::Liveness),
        readiness = answering(Probe::Readiness),
        startup = answering(Probe::Startup),
        no_probe = count(&|component| component.probes().next().is_none()),
        critical = count(&|component| component.critical()),
        optional = count(&|component| !component.critical()),
        collections = joined(collections()),
        left_out = left_out.len(),
        left_out_checks = joined(left_out),
        "health checks are set up"
    );
    health.components().for_each(log_component);
}

fn log_component(component: ComponentInfo<'_>) {
    debug!(
        target: LOG_TARGET,
        component = component.name(),
        collection = component.collection(),
        probes = joined(component.probes()),
        critical = component.critical(),
        tags = joined(component.tags()),
        timeout = ?component.timeout(),
        cache = component.cache().map(tracing::field::debug),
        interval = component.interval().map(tracing::field::debug),
        retry_interval = component.retry_interval().map(tracing::field::debug),
        initial_delay = component.initial_delay().map(tracing::field::debug),
        failure_threshold = component.failure_threshold(),
        success_threshold = component.success_threshold(),
        depends_on = joined(component.dependencies()),
        place = %component.place(),
        "health check is set up"
    );
}

/// Returns the items as one text, or `None` if there are none, which `tracing` leaves out.
fn joined(items: impl IntoIterator<Item: Display>) -> Option<String> {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    (!items.is_empty()).then(|| items.join(", "))
}
