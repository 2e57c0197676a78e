//! Lists the components of a service without running their checks.

use std::fmt;
use std::time::Duration;

use super::handle::Panopticon;
use crate::check::{Definition, Freshness, Probe, SourceLocation};
use crate::engine::MonitoredChecks;
use crate::registry::LeftOutCheck;

impl Panopticon {
    /// Returns what is known about each component without running its check, sorted by name: the
    /// options in effect (its own, its collection's or the defaults) and its place in the source.
    ///
    /// Checks that are not in the report are listed by [`left_out`](Self::left_out). With the
    /// feature `tracing`, `build()` logs both.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon, Probe};
    ///
    /// let options = CheckOptions::new().tag("sql").probe(Probe::Startup);
    /// let health = Panopticon::empty()
    ///     .check("database", options, || async {})
    ///     .check("orders", CheckOptions::new().depends_on("database").critical(false), || async {})
    ///     .build()?;
    /// for component in health.components() {
    ///     println!("{} at {}, timeout {:?}", component.name(), component.place(), component.timeout());
    /// }
    /// let [database, orders] = health.components().collect::<Vec<_>>()[..] else { panic!() };
    /// assert!(database.probes().eq([Probe::Startup]));
    /// assert_eq!(database.tags(), ["sql"]);
    /// assert!(orders.dependencies().eq(["database"]));
    /// assert!(!orders.critical());
    /// # Ok::<(), panopticon::BuildError>(())
    /// ```
    #[must_use]
    pub fn components(&self) -> impl ExactSizeIterator<Item = ComponentInfo<'_>> {
        let checks = &*self.shared.checks;
        let info = |definition| ComponentInfo { definition, checks };
        checks.sorted.iter().map(move |check| info(&check.definition))
    }

    /// Returns the health checks that were declared but are not in the report, sorted by name, with
    /// the reasons: each is [switched off](crate::Builder::without), or has the option
    /// [`if_provided`](macro@crate::healthcheck#if_provided) and lacks a resource.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOutCheck] {
        &self.shared.left_out
    }

    pub(super) fn is_left_out(&self, name: &str) -> bool {
        self.left_out().iter().any(|check| check.name() == name)
    }
}

/// What is known about a component without running its check; from
/// [`Panopticon::components`]. [`Component`](crate::Component) is the result of a run.
#[derive(Clone, Copy)]
pub struct ComponentInfo<'a> {
    definition: &'a Definition,
    checks: &'a MonitoredChecks,
}

impl<'a> ComponentInfo<'a> {
    /// Returns the component's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.definition.name
    }

    /// Returns the collection that the check belongs to; `None` for a closure without one.
    #[must_use]
    pub fn collection(&self) -> Option<&'a str> {
        self.definition.collection.as_deref()
    }

    /// Returns the tags, by which components can be selected.
    #[must_use]
    pub fn tags(&self) -> &'a [String] {
        &self.definition.tags
    }

    /// Returns the probes that the check answers.
    pub fn probes(&self) -> impl Iterator<Item = Probe> + use<> {
        let probes = self.definition.probes;
        Probe::ALL.into_iter().filter(move |&probe| probes.contains(probe))
    }

    /// Returns whether the service is unhealthy when this component is.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.definition.critical
    }

    /// Returns how long a run may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.definition.timeout
    }

    /// Returns how long a result is reused; `None` if the check has an
    /// [interval](Self::interval).
    #[must_use]
    pub fn cache(&self) -> Option<Duration> {
        match self.definition.freshness {
            Freshness::OnDemand { cache } => Some(cache),
            Freshness::Scheduled { .. } => None,
        }
    }

    /// Returns the time between two runs in the background; `None` if the check runs when a report
    /// needs it.
    #[must_use]
    pub fn interval(&self) -> Option<Duration> {
        match self.definition.freshness {
            Freshness::OnDemand { .. } => None,
            Freshness::Scheduled { interval, .. } => Some(interval),
        }
    }

    /// Returns the interval while the component is unhealthy or unknown; `None` without an
    /// [interval](Self::interval).
    #[must_use]
    pub fn retry_interval(&self) -> Option<Duration> {
        match self.definition.freshness {
            Freshness::OnDemand { .. } => None,
            Freshness::Scheduled { retry_interval, .. } => Some(retry_interval),
        }
    }

    /// Returns how long the check waits before its first run; `None` without an
    /// [interval](Self::interval).
    #[must_use]
    pub fn initial_delay(&self) -> Option<Duration> {
        match self.definition.freshness {
            Freshness::OnDemand { .. } => None,
            Freshness::Scheduled { initial_delay, .. } => Some(initial_delay),
        }
    }

    /// Returns how many results in a row change the status to a worse one.
    #[must_use]
    pub fn failure_threshold(&self) -> u32 {
        self.definition.thresholds.failure
    }

    /// Returns how many results in a row change the status to a better one.
    #[must_use]
    pub fn success_threshold(&self) -> u32 {
        self.definition.thresholds.success
    }

    /// Returns the names of the components that this one depends on, in the order in which it
    /// declares them, except those that are [left out](Panopticon::left_out).
    #[must_use]
    pub fn dependencies(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let Self { definition, checks } = *self;
        let name = |&position: &usize| &*checks.sorted[position].definition.name;
        definition.dependencies.iter().map(name)
    }

    /// Returns where the check is declared: the annotated function, or the call on the builder.
    #[must_use]
    pub fn place(&self) -> SourceLocation {
        self.definition.location
    }
}

impl fmt::Debug for ComponentInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentInfo")
            .field("name", &self.name())
            .field("collection", &self.collection())
            .field("tags", &self.tags())
            .field("probes", &self.probes().collect::<Vec<_>>())
            .field("critical", &self.critical())
            .field("timeout", &self.timeout())
            .field("cache", &self.cache())
            .field("interval", &self.interval())
            .field("retry_interval", &self.retry_interval())
            .field("initial_delay", &self.initial_delay())
            .field("failure_threshold", &self.failure_threshold())
            .field("success_threshold", &self.success_threshold())
            .field("dependencies", &self.dependencies().collect::<Vec<_>>())
            .field("place", &self.place())
            .finish()
    }
}
