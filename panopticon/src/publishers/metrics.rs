//! The metrics of [`guide::metrics`](crate::guide::metrics), for any recorder.

use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder, Unit, with_recorder};

use crate::engine::LastKnown;
use crate::events::{Notification, Publisher};
use crate::panopticon::metric_families::{
    self, FAMILIES, Family, Kind, Labels, SERVICE, Value, service_labels,
};
use crate::panopticon::{Latest, WeakPanopticon};

/// How long a change that nobody is notified of goes unrecorded: a result that is too old, or a
/// recorder that has been installed.
const INTERVAL: Duration = Duration::from_secs(1);

static METADATA: Metadata<'static> = Metadata::new("panopticon", Level::INFO, Some("panopticon"));

/// A publisher that records the results of health checks with the [`metrics`](https://docs.rs/metrics)
/// crate, version 0.24, and so with any exporter for it. Give it to
/// [`Builder::publish_with`](crate::Builder::publish_with):
///
/// ```
/// use panopticon::publishers::MetricsPublisher;
/// use panopticon::{CheckOptions, Panopticon};
///
/// let health = Panopticon::empty()
///     .check("database", CheckOptions::new(), || async {})
///     .publish_with(MetricsPublisher::new)
///     .build()?;
/// # Ok::<(), panopticon::BuildError>(())
/// ```
///
/// It records the metrics that [`guide::metrics`](crate::guide::metrics) lists, with the same names,
/// labels, descriptions and values, so that the same alerts and dashboards work. `_total` and
/// `_seconds` are part of the names, and `panopticon_service_info` is a gauge. As there, everything is
/// recorded from the start, a component that has not run as `unknown`, a run is not recorded as a
/// histogram, and a result that is too old is not shown as healthy.
///
/// - Recorded are results, transitions and draining when they happen, and what changes by itself at
///   most a second later.
/// - Each metric is recorded by itself, so a scrape may find some that are newer than others.
/// - The recorder may be installed after `build()`: within a second, it gets everything, with counters
///   that have counted since `build()`.
/// - Counters are [absolute](metrics::Counter::absolute). A recorder must therefore not be shared by
///   two services of one process, unless each has a recorder of its own that adds a label;
///   see [`with_recorder`](Self::with_recorder).
/// - After [`shutdown`](crate::Panopticon::shutdown), the last results are recorded until they are too
///   old. Once the last [`Panopticon`](crate::Panopticon) has been dropped, all components are
///   recorded as `unknown`, since nothing checks them; the rest stays as it was. Exporters keep a
///   gauge for as long as the process lives, and it must not go on to say healthy.
/// - An exporter that forgets what has not been recorded for a while, such as one with an
///   `idle_timeout`, loses the series of components that do not change.
pub struct MetricsPublisher {
    health: WeakPanopticon,
    /// `None` for the one that the process has installed.
    recorder: Option<Arc<dyn Recorder + Send + Sync>>,
    recorded: Option<Recorded>,
    wake_at: Instant,
}

/// What has been recorded, and where.
struct Recorded {
    latest: Arc<Latest>,
    /// The address of the recorder, by which another one is noticed.
    recorder: usize,
    /// Of the whole service.
    service_keys: Vec<Key>,
    /// Of each component, by its position.
    component_keys: Vec<Vec<Key>>,
}

impl MetricsPublisher {
    /// Creates a publisher that records with the recorder that the process has installed, for example
    /// by [`metrics::set_global_recorder`] or an exporter's `install`.
    #[must_use]
    pub fn new(health: WeakPanopticon) -> Self {
        Self { health, recorder: None, recorded: None, wake_at: Instant::now() }
    }

    /// Records with this recorder instead of the installed one.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use metrics_exporter_prometheus::PrometheusBuilder;
    /// use panopticon::publishers::MetricsPublisher;
    /// use panopticon::{CheckOptions, Panopticon};
    ///
    /// let recorder = PrometheusBuilder::new().add_global_label("service", "orders").build_recorder();
    /// let handle = recorder.handle();
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async {})
    ///     .publish_with(|health| MetricsPublisher::new(health).with_recorder(Arc::new(recorder)))
    ///     .build()?;
    /// # Ok::<(), panopticon::BuildError>(())
    /// ```
    #[must_use]
    pub fn with_recorder(mut self, recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    fn record(&mut self, latest: Arc<Latest>) {
        match self.recorder.clone() {
            Some(recorder) => self.record_with(&*recorder, latest),
            None => with_recorder(|recorder| self.record_with(recorder, latest)),
        }
    }

    /// Records what has changed, and everything if the recorder is another one.
    fn record_with(&mut self, recorder: &dyn Recorder, latest: Arc<Latest>) {
        let address = ptr::from_ref(recorder).addr();
        let before = self.recorded.take_if(|recorded| recorded.recorder == address);
        let Some(before) = before else {
            self.describe(recorder);
            self.recorded = Some(Recorded::all(recorder, address, latest));
            return;
        };
        self.recorded = Some(before.update(recorder, latest));
    }

    /// Describes all metrics, and records the description of the service.
    fn describe(&self, recorder: &dyn Recorder) {
        for family in &FAMILIES {
            let name = KeyName::from(family.full_name());
            let unit = family.unit.map(|unit| match unit {
                metric_families::Unit::Seconds => Unit::Seconds,
            });
            match family.kind {
                Kind::Gauge => recorder.describe_gauge(name, unit, family.help.into()),
                Kind::Counter => recorder.describe_counter(name, unit, family.help.into()),
            }
        }
        let service = self.health.with(|health| health.settings().service.clone());
        let Some(service) = service else { return };
        let labels = service_labels(&service);
        if labels.is_empty() {
            return;
        }
        let (name, help) = SERVICE;
        let name = format!("{name}_info");
        recorder.describe_gauge(name.clone().into(), None, help.into());
        recorder.register_gauge(&key(name, &labels), &METADATA).set(1.0);
    }
}

impl Recorded {
    fn all(recorder: &dyn Recorder, address: usize, latest: Arc<Latest>) -> Self {
        let service_keys = keys(|family, sink| family.service_sample(&latest, sink));
        let component_keys = latest.checks().iter();
        let component_keys = component_keys
            .map(|check| keys(|family, sink| family.component_samples(check, sink)))
            .collect();
        let all = Self { latest, recorder: address, service_keys, component_keys };
        all.record_service(recorder);
        let positions = 0..all.component_keys.len();
        positions.for_each(|position| all.record_component(recorder, position));
        all
    }

    fn update(mut self, recorder: &dyn Recorder, latest: Arc<Latest>) -> Self {
        if Arc::ptr_eq(&self.latest, &latest) {
            return self;
        }
        let before = std::mem::replace(&mut self.latest, latest);
        self.record_service(recorder);
        let checks = before.checks().iter().zip(self.latest.checks());
        let changed = checks.enumerate().filter(|(_, (before, now))| has_changed(before, now));
        changed.for_each(|(position, _)| self.record_component(recorder, position));
        self
    }

    fn record_service(&self, recorder: &dyn Recorder) {
        record(recorder, &self.service_keys, |family, sink| {
            family.service_sample(&self.latest, sink);
        });
    }

    fn record_component(&self, recorder: &dyn Recorder, position: usize) {
        let check = &self.latest.checks()[position];
        record(recorder, &self.component_keys[position], |family, sink| {
            family.component_samples(check, sink);
        });
    }
}

/// Returns the keys of the samples that `samples` calls with, in order.
fn keys(samples: impl Fn(&Family, metric_families::Sink<'_>)) -> Vec<Key> {
    let mut keys = Vec::new();
    for family in &FAMILIES {
        samples(family, &mut |labels, _| keys.push(key(family.full_name(), labels)));
    }
    keys
}

fn key(name: String, labels: Labels<'_>) -> Key {
    let labels: Vec<Label> =
        labels.iter().map(|&(label, value)| Label::new(label, value.to_owned())).collect();
    Key::from_parts(name, labels)
}

/// Records the samples with these keys.
fn record(
    recorder: &dyn Recorder,
    keys: &[Key],
    samples: impl Fn(&Family, metric_families::Sink<'_>),
) {
    let mut keys = keys.iter();
    for family in &FAMILIES {
        samples(family, &mut |_, value| {
            let Some(key) = keys.next() else { return };
            let set = |value: f64| recorder.register_gauge(key, &METADATA).set(value);
            match value {
                Value::Flag(flag) => set(f64::from(u8::from(flag))),
                Value::Seconds(seconds) => set(seconds),
                Value::Count(count) => {
                    recorder.register_counter(key, &METADATA).absolute(count);
                }
            }
        });
    }
}

fn has_changed(before: &LastKnown, now: &LastKnown) -> bool {
    !Arc::ptr_eq(&before.component, &now.component)
        || before.is_skipped != now.is_skipped
        || before.counts != now.counts
}

impl Publisher for MetricsPublisher {
    fn notifications(&mut self, _: &[Notification]) {
        self.wake();
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.wake_at)
    }

    fn wake(&mut self) {
        self.wake_at = Instant::now() + INTERVAL;
        if let Some(latest) = self.health.with(crate::Panopticon::latest) {
            self.record(latest);
        }
    }
}

impl Drop for MetricsPublisher {
    fn drop(&mut self) {
        if let Some(recorded) = &self.recorded {
            let ended = recorded.latest.without_results();
            self.record(Arc::new(ended));
        }
    }
}

impl fmt::Debug for MetricsPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsPublisher").finish_non_exhaustive()
    }
}
