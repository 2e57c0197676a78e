//! When checks run, and the [`Panopticon`] handle, which asks them.

mod builder;
mod overrides;
mod questions;
mod selection;
#[cfg(all(feature = "signal", unix))]
mod sigterm;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

pub use self::builder::Builder;
pub use self::overrides::OverrideError;
pub use self::selection::{Selection, SelectionError};

use crate::check::{Definition, Probe, Resources};
use crate::engine::{Cell, Kept, Runtimes, Schedule, Scope, Watch};
use crate::events::{News, Outlet, Transitions};
use crate::registry::Declarations;
use crate::report::{Component, Report};
use crate::settings::Settings;

/// A service's health checks, ready to be asked. Clones are cheap and ask the same checks.
///
/// ```standalone_crate
/// use panopticon::{Health, Panopticon, Status, healthcheck};
///
/// #[healthcheck]
/// async fn cache() -> Health {
///     Health::degraded("one of two nodes answers")
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), panopticon::BuildError> {
///     let health = Panopticon::builder().build()?;
///
///     let report = health.report().await;
///     assert_eq!(report.status(), Status::Degraded);
///     assert!(report.service_healthy());
///     println!("{report}");
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Panopticon {
    shared: Arc<Shared>,
}

struct Shared {
    watch: Arc<Watch>,
    schedule: Schedule,
    settings: Settings,
    runtimes: Runtimes,
    is_draining: AtomicBool,
    kept: Kept,
    /// The report with which the service had started, once it has.
    started: OnceLock<Report>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // A blocking run that hangs holds the watch; subscribers and publishers end here.
        self.watch.news.close();
        // The others would lose the clock that keeps their timeouts, where that is one of ours.
        self.watch.cells.iter().for_each(Cell::abandon);
    }
}

impl Panopticon {
    /// A builder that has every function annotated with `#[healthcheck]` in every crate that is
    /// linked into this process.
    pub fn builder() -> Builder {
        Builder::new(Declarations::discovered())
    }

    /// A builder that discovers nothing, for tests and for programs that register by hand.
    pub fn empty() -> Builder {
        Builder::new(Declarations::default())
    }

    /// `Err` says why a runtime for the checks, or for their timeouts, cannot be had.
    fn new(
        checks: impl Iterator<Item = Definition>,
        resources: Resources,
        settings: Settings,
        publishers: Vec<Outlet>,
    ) -> Result<Self, String> {
        let runtimes = Runtimes::around_build()?;
        let cells = Cell::of(checks, settings.message_key);
        let watch = Watch::new(cells, Arc::new(resources), News::new(publishers));
        let watch = Arc::new(watch);
        let schedule = Schedule::start(&watch, &runtimes)?;
        let shared = Shared {
            watch,
            schedule,
            settings,
            runtimes,
            is_draining: AtomicBool::new(false),
            kept: Kept::default(),
            started: OnceLock::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    #[cfg(feature = "http")]
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The report on every component, asked all at once.
    ///
    /// A component whose last result is younger than its `cache` time, or that is checked in the
    /// background, answers from memory. Otherwise its check is run, once for all who ask meanwhile.
    /// Each is waited for until it has answered or its timeout has passed. Where all answer from
    /// memory, and as before, the last report is made again, whose cost is the same for one
    /// component as for a thousand.
    ///
    /// The checks run on the runtime that `build()` was called on; the timeouts are kept by the
    /// caller's own, so a report asked from another runtime, or from none, comes in time even when
    /// that one is stuck. The caller may be on any executor. Dropping the future stops nothing that
    /// others may wait for: what runs goes on until it has answered or its timeout has passed.
    pub async fn report(&self) -> Report {
        let report = match self.shared.kept.answer(Scope::Everything, &self.shared.watch.news) {
            Ok(report) => report,
            Err(question) => self.answer(question, &self.all()).await,
        };
        self.completed(report, None)
    }

    /// As [`report`](Self::report), of the selected components only.
    ///
    /// Of a [probe](Selection::probe) alone:
    ///
    /// - A service without a check for it answers that it is healthy: nothing forbids what the
    ///   probe asks for.
    /// - Once the startup probe has been answered so, it is for ever, by the report of that moment.
    /// - While the service [drains](Self::drain), readiness is unhealthy.
    ///
    /// # Errors
    ///
    /// If a name, collection or tag of the selection is not known, or nothing is selected. No check
    /// runs then.
    pub async fn report_for(&self, selection: Selection) -> Result<Report, SelectionError> {
        let is_startup = selection.scope() == Scope::Probe(Probe::Startup);
        if let Some(started) = self.shared.started.get().filter(|_| is_startup) {
            return Ok(self.completed(started.again(), selection.asked_probe()));
        }
        let report = match self.shared.kept.answer(selection.scope(), &self.shared.watch.news) {
            Ok(report) => report,
            Err(question) => {
                let selected = selection.of(&self.shared.watch.cells)?;
                self.answer(question, &selected).await
            }
        };
        if is_startup && report.has_passed() {
            // Of two that see it start, one is remembered.
            let _ = self.shared.started.set(report.clone());
        }
        Ok(self.completed(report, selection.asked_probe()))
    }

    /// The component of this name, asked as for a [`report`](Self::report).
    ///
    /// # Errors
    ///
    /// If no component has this name.
    pub async fn check(&self, name: &str) -> Result<Component, SelectionError> {
        let watch = &self.shared.watch;
        let position = watch.position(name).ok_or_else(|| SelectionError::UnknownComponent {
            name: name.to_owned(),
            known: watch.names(),
        })?;
        Ok(Arc::unwrap_or_clone(self.component(position).await))
    }

    /// As [`report`](Self::report), for programs without a runtime: blocks the calling thread.
    ///
    /// Checks run on the runtime that `build()` was called on, if it was, else on two threads
    /// started for them at the first call; a third keeps the timeouts, so that it returns in time
    /// whatever the checks do. Do not call this from async code: on a single-threaded runtime it
    /// blocks the very thread that the checks need, and they time out.
    #[must_use]
    pub fn report_blocking(&self) -> Report {
        let report = match self.shared.kept.answer(Scope::Everything, &self.shared.watch.news) {
            Ok(report) => report,
            Err(question) => self.answer_blocking(question, &self.all()),
        };
        self.completed(report, None)
    }

    /// The transitions of all components from now on. They happen when checks are run: on a
    /// schedule, or when they are asked.
    #[must_use]
    pub fn subscribe(&self) -> Transitions {
        self.shared.watch.news.subscribe()
    }

    /// Fails readiness from now on, and only that: a service that is about to stop gets no new
    /// traffic, and is not restarted. Every report says so.
    pub fn drain(&self) {
        self.shared.is_draining.store(true, Ordering::Release);
    }

    /// Ends all background work and starts no run any more; waits for the runs in flight, each at
    /// most until its timeout has passed, and until publishers have been told of them, at most a
    /// second.
    ///
    /// Reports are answered all the same: with results that are still fresh, else `unknown`. Not
    /// needed where the last handle is dropped, which ends the background work too, and drops what
    /// is in flight but for blocking checks.
    pub async fn shutdown(&self) {
        self.shared.schedule.stop();
        self.settle().await;
    }

    fn all(&self) -> Vec<usize> {
        (0..self.shared.watch.cells.len()).collect()
    }

    fn completed(&self, report: Report, probe: Option<Probe>) -> Report {
        if self.shared.is_draining.load(Ordering::Acquire) {
            report.draining(probe == Some(Probe::Readiness))
        } else {
            report
        }
    }
}

impl fmt::Debug for Panopticon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = &self.shared.watch.cells;
        let components: Vec<&str> = cells.iter().map(|cell| &*cell.check.name).collect();
        f.debug_struct("Panopticon").field("components", &components).finish_non_exhaustive()
    }
}
