//! Metrics, as [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/) and as
//! Prometheus's older text format.
//!
//! They show the last results, not a new report, since a scrape runs no check. Samples have no
//! timestamps, since they are the values at the time of the scrape.

use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabel, EncodeLabelSet,
    LabelSetEncoder, NoLabelSet, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::format::{Format, Renderer};
use crate::engine::{LastKnown, RunOutcome};
use crate::health::Status;
use crate::panopticon::Latest;
use crate::report::Component;
use crate::settings::ServiceInfo;

pub(crate) const OPEN_METRICS: Format = Format {
    name: "openmetrics",
    media_type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
    renderer: Renderer::Metrics(|latest, service| {
        let number = usize::from(service.is_some());
        latest.text(number, || write(latest, service, text::encode)).into()
    }),
    content_security_policy: None,
    degraded_succeeds: false,
};

/// Version 0.0.4 of the text format, which every version of Prometheus reads.
pub(crate) const TEXT: Format = Format {
    name: "prometheus",
    media_type: prometheus_text::CONTENT_TYPE,
    renderer: Renderer::Metrics(|latest, service| {
        let number = 2 + usize::from(service.is_some());
        latest.text(number, || write(latest, service, prometheus_text::encode)).into()
    }),
    content_security_policy: None,
    degraded_succeeds: false,
};

/// Returns the metrics of the last results, in the syntax of `encode`.
fn write(
    latest: &Arc<Latest>,
    service: Option<&ServiceInfo>,
    encode: fn(&mut String, &Registry) -> fmt::Result,
) -> Bytes {
    let mut registry = Registry::default();
    let exporter = Exporter { latest: Arc::clone(latest), service: service.cloned() };
    registry.register_collector(Box::new(exporter));
    let mut written = String::new();
    // Cannot fail, since a `String` accepts everything.
    let _ = encode(&mut written, &registry);
    written.into()
}

/// Writes all metrics of a service.
#[derive(Debug)]
struct Exporter {
    latest: Arc<Latest>,
    /// The description of the service, if the reader may see it.
    service: Option<ServiceInfo>,
}

/// A metric family: all metrics with one name.
struct Family {
    /// Without the suffixes for the unit, `_total` and `_info`, which are added.
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
}

const SERVICE: Family =
    Family { name: "panopticon_service", help: "Information about the service.", unit: None };

const SERVICE_HEALTHY: Family = Family {
    name: "panopticon_service_healthy",
    help: "Whether every critical component is healthy or degraded, by the last results.",
    unit: None,
};

const DRAINING: Family = Family {
    name: "panopticon_draining",
    help: "Whether the service is draining, and so fails its readiness probe.",
    unit: None,
};

const COMPONENT_HEALTHY: Family = Family {
    name: "panopticon_component_healthy",
    help: "Whether the component is healthy or degraded, by its last result. A scrape runs no check: \
           one without an interval that has not run for a minute is unknown, and so not healthy.",
    unit: None,
};

const COMPONENT_STATUS: Family = Family {
    name: "panopticon_component_status",
    help: "1 for the status of the component, by its last result, and 0 for the others.",
    unit: None,
};

const COMPONENT_SKIPPED: Family = Family {
    name: "panopticon_component_skipped",
    help: "Whether the check of the component is skipped because of a component that it depends on, \
           which is the cause.",
    unit: None,
};

const TRANSITIONS: Family = Family {
    name: "panopticon_component_transitions",
    help: "Transitions of the component to this status, including those that overrides cause.",
    unit: None,
};

const CHECK_DURATION: Family = Family {
    name: "panopticon_check_duration",
    help: "How long the last run of the check took, or the response time that it set itself; 0 \
           before the first.",
    unit: Some(Unit::Seconds),
};

const LAST_RUN: Family = Family {
    name: "panopticon_check_last_run_timestamp",
    help: "When the last run of the check ended or timed out, in Unix time; 0 before the first.",
    unit: Some(Unit::Seconds),
};

const CHECKS: Family = Family {
    name: "panopticon_checks",
    help: "Runs of the check by result: the status that it returned, or no_answer, for example \
           because it timed out.",
    unit: None,
};

impl Collector for Exporter {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self { latest, service } = self;
        let encoder = &mut encoder;
        if let Some(service) = service {
            write_service(encoder, service)?;
        }
        let no_labels: [(&str, &str); 0] = [];
        let healthy = latest.report.service_healthy();
        gauges(encoder, &SERVICE_HEALTHY, [(no_labels, i64::from(healthy))])?;
        let draining = latest.report.is_draining();
        gauges(encoder, &DRAINING, [(no_labels, i64::from(draining))])?;
        let checks = latest.checks().iter();

        let healthy = checks.clone().map(|LastKnown { component, .. }| {
            (ComponentLabels(component), i64::from(component.healthy()))
        });
        gauges(encoder, &COMPONENT_HEALTHY, healthy)?;

        let statuses = checks.clone().flat_map(|LastKnown { component, .. }| {
            Status::ALL.map(|status| {
                let labels = [("component", component.name()), ("status", status.as_str())];
                (labels, i64::from(component.status() == status))
            })
        });
        gauges(encoder, &COMPONENT_STATUS, statuses)?;

        let skipped = checks.clone().map(|LastKnown { component, is_skipped, .. }| {
            ([("component", component.name())], i64::from(*is_skipped))
        });
        gauges(encoder, &COMPONENT_SKIPPED, skipped)?;

        let transitions = checks.clone().flat_map(|LastKnown { component, counts, .. }| {
            Status::ALL.map(|to| {
                let labels = [("component", component.name()), ("to", to.as_str())];
                (labels, counts.transitions(to))
            })
        });
        counters(encoder, &TRANSITIONS, transitions)?;

        let last_runs = checks.clone().map(|LastKnown { component, counts, .. }| {
            ([("component", component.name())], counts.last_run)
        });
        let seconds = last_runs.clone().map(|(labels, last)| {
            (labels, last.map_or(0.0, |run| run.response_time.as_secs_f64()))
        });
        gauges(encoder, &CHECK_DURATION, seconds)?;
        let ends = last_runs.map(|(labels, last)| {
            // A clock set before 1970 is treated as no clock.
            let since = last.and_then(|run| run.ended_at.duration_since(UNIX_EPOCH).ok());
            (labels, since.map_or(0.0, |since| since.as_secs_f64()))
        });
        gauges(encoder, &LAST_RUN, ends)?;

        let runs = checks.flat_map(|LastKnown { component, counts, .. }| {
            RunOutcome::ALL.map(|outcome| {
                let labels = [("component", component.name()), ("result", outcome.as_str())];
                (labels, counts.runs(outcome))
            })
        });
        counters(encoder, &CHECKS, runs)
    }
}

fn write_service(encoder: &mut DescriptorEncoder<'_>, service: &ServiceInfo) -> fmt::Result {
    let ServiceInfo { name, version, release_id, .. } = service;
    let labels: Vec<(&str, &str)> =
        [("name", name), ("version", version), ("release_id", release_id)]
            .into_iter()
            .filter_map(|(label, value)| Some((label, value.as_deref()?)))
            .collect();
    if labels.is_empty() {
        return Ok(());
    }
    let Family { name, help, unit } = &SERVICE;
    encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Info)?.encode_info(&labels)
}

fn gauges<L: EncodeLabelSet, V: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    Family { name, help, unit }: &Family,
    values: impl IntoIterator<Item = (L, V)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
    for (labels, value) in values {
        family.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

fn counters<L: EncodeLabelSet, V: EncodeCounterValue>(
    encoder: &mut DescriptorEncoder<'_>,
    Family { name, help, unit }: &Family,
    values: impl IntoIterator<Item = (L, V)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Counter)?;
    for (labels, value) in values {
        family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
    }
    Ok(())
}

/// The labels of a component that alerts may match.
struct ComponentLabels<'a>(&'a Component);

impl EncodeLabelSet for ComponentLabels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        let Self(component) = self;
        ("component", component.name()).encode(encoder.encode_label())?;
        if let Some(collection) = component.collection() {
            ("collection", collection).encode(encoder.encode_label())?;
        }
        ("critical", component.critical()).encode(encoder.encode_label())
    }
}
