//! Ready-made publishers, for [`Builder::publish`](crate::Builder::publish) and
//! [`Builder::publish_with`](crate::Builder::publish_with), each with a feature of its own.
//!
//! | publisher | feature | sends to |
//! | --- | --- | --- |
//! | [`MetricsPublisher`] | `metrics` | the recorder of the [`metrics`](https://docs.rs/metrics) crate |
//!
//! The publisher for Datadog is `datadog::HealthPublisher` (feature `datadog`). `examples/publishers`
//! has others to copy: for OpenTelemetry, webhooks and error trackers.

#[cfg(feature = "metrics")]
mod metrics;

#[cfg(feature = "metrics")]
pub use self::metrics::MetricsPublisher;
