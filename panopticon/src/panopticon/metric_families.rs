//! The metrics of a service: their names, and their samples by the last results.

use std::time::UNIX_EPOCH;

use super::latest::Latest;
use crate::engine::{LastKnown, RunOutcome};
use crate::health::Status;
use crate::settings::ServiceInfo;

/// A metric family: all metrics with one name.
#[derive(Debug)]
pub(crate) struct Family {
    /// Without the suffixes for the unit and `_total`.
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: Option<Unit>,
    pub(crate) kind: Kind,
    samples: Samples,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gauge,
    Counter,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    Flag(bool),
    Seconds(f64),
    Count(u64),
}

/// The labels of a sample, at most three.
pub(crate) type Labels<'a> = &'a [(&'static str, &'a str)];

/// What is called with each sample.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(Labels<'_>, Value);

/// Where the samples of a family come from.
#[derive(Debug)]
enum Samples {
    /// One of the whole service.
    Service(fn(&Latest) -> Value),
    /// Some of each component, always the same number.
    Components(fn(&LastKnown, Sink<'_>)),
}

impl Family {
    /// Returns the name in full, as readers see it.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "prometheus-client adds them"))]
    pub(crate) fn full_name(&self) -> String {
        let unit = if self.unit == Some(Unit::Seconds) { "_seconds" } else { "" };
        let total = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{}{unit}{total}", self.name)
    }

    /// Calls `sink` with all samples.
    #[cfg_attr(not(feature = "prometheus"), allow(dead_code, reason = "written by component"))]
    pub(crate) fn samples(&self, latest: &Latest, sink: Sink<'_>) {
        self.service_sample(latest, sink);
        latest.checks().iter().for_each(|check| self.component_samples(check, sink));
    }

    /// Calls `sink` with the sample of the whole service, if there is one.
    pub(crate) fn service_sample(&self, latest: &Latest, sink: Sink<'_>) {
        if let Samples::Service(value) = self.samples {
            sink(&[], value(latest));
        }
    }

    /// Calls `sink` with the samples of a component, if there are any.
    pub(crate) fn component_samples(&self, check: &LastKnown, sink: Sink<'_>) {
        if let Samples::Components(samples) = self.samples {
            samples(check, sink);
        }
    }
}

/// The description of the service, which has no other samples than 1, and the name of its family
/// without the suffix `_info`.
pub(crate) const SERVICE: (&str, &str) = ("panopticon_service", "Information about the service.");

/// Returns the labels of the description of the service.
pub(crate) fn service_labels(service: &ServiceInfo) -> Vec<(&'static str, &str)> {
    let ServiceInfo { name, version, release_id, .. } = service;
    [("name", name), ("version", version), ("release_id", release_id)]
        .into_iter()
        .filter_map(|(label, value)| Some((label, value.as_deref()?)))
        .collect()
}

/// All families except that of the description of the service, in the order in which they are
/// written.
pub(crate) static FAMILIES: [Family; 9] = [
    Family {
        name: "panopticon_service_healthy",
        help: "Whether every critical component is healthy or degraded, by the last results.",
        unit: None,
        kind: Kind::Gauge,
        samples: Samples::Service(|latest| Value::Flag(latest.report.service_healthy())),
    },
    Family {
        name: "panopticon_draining",
        help: "Whether the service is draining, and so fails its readiness probe.",
        unit: None,
        kind: Kind::Gauge,
        samples: Samples::Service(|latest| Value::Flag(latest.report.is_draining())),
    },
    Family {
        name: "panopticon_component_healthy",
        help: "Whether the component is healthy or degraded, by its last result. A scrape runs no \
               check: one without an interval that has not run for a minute is unknown, and so not \
               healthy.",
        unit: None,
        kind: Kind::Gauge,
        samples: Samples::Components(healthy),
    },
    Family {
        name: "panopticon_component_status",
        help: "1 for the status of the component, by its last result, and 0 for the others.",
        unit: None,
        kind: Kind::Gauge,
        samples: Samples::Components(|LastKnown { component, .. }, sink| {
            for status in Status::ALL {
                let labels = [("component", component.name()), ("status", status.as_str())];
                sink(&labels, Value::Flag(component.status() == status));
            }
        }),
    },
    Family {
        name: "panopticon_component_skipped",
        help: "Whether the check of the component is skipped because of a component that it depends \
               on, which is the cause.",
        unit: None,
        kind: Kind::Gauge,
        samples: Samples::Components(|LastKnown { component, is_skipped, .. }, sink| {
            sink(&[("component", component.name())], Value::Flag(*is_skipped));
        }),
    },
    Family {
        name: "panopticon_component_transitions",
        help: "Transitions of the component to this status, including those that overrides cause.",
        unit: None,
        kind: Kind::Counter,
        samples: Samples::Components(|LastKnown { component, counts, .. }, sink| {
            for to in Status::ALL {
                let labels = [("component", component.name()), ("to", to.as_str())];
                sink(&labels, Value::Count(counts.transitions(to)));
            }
        }),
    },
    Family {
        name: "panopticon_check_duration",
        help: "How long the last run of the check took, or the response time that it set itself; 0 \
               before the first.",
        unit: Some(Unit::Seconds),
        kind: Kind::Gauge,
        samples: Samples::Components(|LastKnown { component, counts, .. }, sink| {
            let seconds = counts.last_run.map_or(0.0, |run| run.response_time.as_secs_f64());
            sink(&[("component", component.name())], Value::Seconds(seconds));
        }),
    },
    Family {
        name: "panopticon_check_last_run_timestamp",
        help: "When the last run of the check ended or timed out, in Unix time; 0 before the first.",
        unit: Some(Unit::Seconds),
        kind: Kind::Gauge,
        samples: Samples::Components(|LastKnown { component, counts, .. }, sink| {
            // A clock set before 1970 is treated as no clock.
            let since =
                counts.last_run.and_then(|run| run.ended_at.duration_since(UNIX_EPOCH).ok());
            let seconds = since.map_or(0.0, |since| since.as_secs_f64());
            sink(&[("component", component.name())], Value::Seconds(seconds));
        }),
    },
    Family {
        name: "panopticon_checks",
        help: "Runs of the check by result: the status that it returned, or no_answer, for example \
               because it timed out.",
        unit: None,
        kind: Kind::Counter,
        samples: Samples::Components(|LastKnown { component, counts, .. }, sink| {
            for outcome in RunOutcome::ALL {
                let labels = [("component", component.name()), ("result", outcome.as_str())];
                sink(&labels, Value::Count(counts.runs(outcome)));
            }
        }),
    },
];

/// The sample with the labels of a component that alerts may match.
fn healthy(LastKnown { component, .. }: &LastKnown, sink: Sink<'_>) {
    let name = ("component", component.name());
    let critical = ("critical", if component.critical() { "true" } else { "false" });
    let value = Value::Flag(component.healthy());
    match component.collection() {
        Some(collection) => sink(&[name, ("collection", collection), critical], value),
        None => sink(&[name, critical], value),
    }
}
