//! Metrics, as [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/) and as
//! Prometheus's older text format.
//!
//! They show the last results, not a new report, since a scrape runs no check. Samples have no
//! timestamps, since they are the values at the time of the scrape.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::format::{Format, Renderer};
use crate::panopticon::Latest;
use crate::panopticon::metric_families::{
    self, FAMILIES, Family, Kind, Labels, SERVICE, Value, service_labels,
};
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

impl Collector for Exporter {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write_service(&mut encoder, service)?;
        }
        FAMILIES.iter().try_for_each(|family| write_family(&mut encoder, family, &self.latest))
    }
}

fn write_service(encoder: &mut DescriptorEncoder<'_>, service: &ServiceInfo) -> fmt::Result {
    let labels = service_labels(service);
    if labels.is_empty() {
        return Ok(());
    }
    let (name, help) = SERVICE;
    encoder.encode_descriptor(name, help, None, MetricType::Info)?.encode_info(&labels)
}

fn write_family(
    encoder: &mut DescriptorEncoder<'_>,
    family: &Family,
    latest: &Latest,
) -> fmt::Result {
    let unit = family.unit.map(|unit| match unit {
        metric_families::Unit::Seconds => Unit::Seconds,
    });
    let metric_type = match family.kind {
        Kind::Gauge => MetricType::Gauge,
        Kind::Counter => MetricType::Counter,
    };
    let mut metric =
        encoder.encode_descriptor(family.name, family.help, unit.as_ref(), metric_type)?;
    let mut written = Ok(());
    family.samples(latest, &mut |labels, value| {
        if written.is_ok() {
            written = write_sample(&mut metric, labels, value);
        }
    });
    written
}

fn write_sample(metric: &mut MetricEncoder<'_>, labels: Labels<'_>, value: Value) -> fmt::Result {
    let mut metric = metric.encode_family(&labels)?;
    match value {
        Value::Flag(flag) => metric.encode_gauge(&i64::from(flag)),
        Value::Seconds(seconds) => metric.encode_gauge(&seconds),
        Value::Count(count) => metric.encode_counter::<NoLabelSet, _, u64>(&count, None),
    }
}
