//! The built-in check of the service's runtime.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::builder::Builder;
use crate::check::{CheckFn, CheckOptions, Probe, SourceLocation};
use crate::engine::{MonitoredChecks, RuntimeWatch};
use crate::registry::{Declaration, LeftOutCheck, Problem, ProblemKind};

/// The name of the component.
const NAME: &str = "runtime";

/// How long a result is reused, whatever the builder's default: the runtime may be stuck a moment
/// later.
const CACHE: Duration = Duration::from_secs(1);

/// The built-in check of the service's runtime, as requested on the builder.
pub(super) struct WatchedRuntime {
    place: SourceLocation,
    bound: Duration,
    pub(super) watch: Arc<RuntimeWatch>,
}

impl Builder {
    /// Watches the runtime that [`build`](Self::build) is called on, with a component named
    /// `runtime`, which answers the liveness probe: a service whose threads are all blocked or
    /// deadlocked is restarted, and one that is only busy is not.
    ///
    /// A task is spawned on the runtime each second. The component's detail `delay` is the number
    /// of seconds that the last one waited until it ran. Once a task has waited for as long as the
    /// [bound](Self::runtime_bound), 10 seconds by default, the component is unhealthy. A blocked thread
    /// does no harm while others run the task. Time for which the whole process was suspended does
    /// not count.
    ///
    /// The check needs no thread of the runtime, and its transition is published when the runtime
    /// gets stuck, even if nobody requests a report. But a server on that runtime cannot answer:
    /// serve the probe with `Panopticon::serve` (feature `server`).
    ///
    /// To measure how slow a runtime is that still runs tasks, use `check_runtime` of the feature `runtime`.
    ///
    /// ```
    /// use panopticon::{Panopticon, Probe};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), panopticon::BuildError> {
    /// let health = Panopticon::empty().watch_runtime().build()?;
    /// let report = health.probe(Probe::Liveness).await;
    /// assert_eq!(report.to_string(), "service healthy: runtime healthy (tasks run)");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `build()` fails if it is not called on a runtime, or if another component is named
    /// `runtime`. [`without("runtime")`](Self::without) and `PANOPTICON_WITHOUT=runtime` switch it
    /// off.
    #[track_caller]
    pub fn watch_runtime(mut self) -> Self {
        self.runtime_watched_at = Some(SourceLocation::of_caller());
        self
    }

    /// Sets how long the [watched](Self::watch_runtime) runtime may run no task before it is
    /// unhealthy: at least a second and at most 30 days. In the environment, a whole number with a
    /// unit, such as `PANOPTICON_RUNTIME_BOUND=30s`. Default: 10 seconds.
    ///
    /// The component becomes unhealthy at most a tenth of the bound, and at most a second, after
    /// the bound. Until the process is restarted, `periodSeconds` times `failureThreshold` of the
    /// probe is added.
    pub fn runtime_bound(mut self, bound: Duration) -> Self {
        self.settings.runtime_bound = Some(bound);
        self
    }
}

impl WatchedRuntime {
    pub(super) fn new(place: SourceLocation, bound: Duration) -> Self {
        Self { place, bound, watch: RuntimeWatch::new(bound) }
    }

    pub(super) fn declaration(&self) -> Declaration {
        let watch = Arc::clone(&self.watch);
        Declaration {
            name: NAME.into(),
            location: self.place,
            annotated: None,
            // On a busy machine, its thread may start after the default timeout, which must not
            // restart the process.
            options: CheckOptions::new().probe(Probe::Liveness).cache(CACHE).timeout(self.bound),
            // It runs on a thread of ours, since the runtime may have none that is free.
            function: CheckFn::BlockingClosure(Arc::new(move || watch.health())),
            builder_method: Some("watch_runtime"),
            renamed_at: None,
            mistakes: Vec::new(),
        }
    }

    /// Returns a problem if there is no runtime, unless the check is switched off.
    pub(super) fn problem(&self, left_out: &[LeftOutCheck]) -> Option<Problem> {
        let place = self.place;
        let is_left_out = left_out.iter().any(|it| it.name() == NAME && it.place() == place);
        (!is_left_out && Handle::try_current().is_err()).then(|| {
            let message = format!(
                "`.watch_runtime()` at {place} has no runtime to watch, since `build()` was not \
                 called on one; call `build()` in async code, or after `runtime.enter()`"
            );
            Problem::new(ProblemKind::NoRuntime, [place], message)
        })
    }

    /// Returns the position of the check, unless it is switched off.
    pub(super) fn position(&self, checks: &MonitoredChecks) -> Option<usize> {
        let position = checks.position(NAME)?;
        (checks.sorted[position].definition.location == self.place).then_some(position)
    }
}
