//! Requests for reports and components, from inside and outside tokio.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};

use tokio::time::Instant;

use super::handle::{Panopticon, Shared};
use super::selection::{Selection, SelectionError};
use crate::check::{Probe, duration};
use crate::engine::{Answers, CacheMiss, Patience, ReportScope, clock, within};
use crate::health::Status;
use crate::report::{Component, Report};

impl Panopticon {
    /// Returns the report on all components, whose checks run concurrently.
    ///
    /// If the last result of a component is younger than its `cache` time, or if it is checked in
    /// the background, that result is reported. Otherwise its check runs, once for all callers that
    /// ask in the meantime, and the report waits until it returns or its timeout has passed. If
    /// nothing has changed since the last report, that one is repeated, which costs the same for a
    /// thousand components as for one.
    ///
    /// Async checks run on the runtime that `build()` was called on, blocking ones on threads of
    /// panopticon's own. So does the clock that enforces timeouts: a report that is requested on
    /// another runtime, or on none, arrives in time even if the checks' runtime is stuck. The
    /// caller may be on any executor. Dropping the future stops nothing: a run goes on until it
    /// returns or its timeout has passed, since other callers may wait for it.
    pub async fn report(&self) -> Report {
        self.report_in(ReportScope::Everything).await
    }

    /// Returns a report like [`report`](Self::report), but on the components whose checks answer
    /// this probe. It is healthy if there are none.
    ///
    /// A probe waits for the critical components and for what they depend on, but at most 50 ms
    /// longer for optional ones. It then shows their last result if it is still valid, otherwise
    /// `unknown`, "not waited for".
    ///
    /// - Liveness fails only on evidence. A critical component that has no result yet, or whose
    ///   failures do not count yet, makes it degraded.
    /// - Readiness is unhealthy while the service [drains](Self::drain).
    /// - Once startup has passed, it stays passed, with the report of that moment.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon, Probe};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), panopticon::BuildError> {
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async {})
    ///     .check("schema", CheckOptions::new().probe(Probe::Startup), || async {})
    ///     .build()?;
    ///
    /// let readiness = health.probe(Probe::Readiness).await;
    /// assert_eq!(readiness.to_string(), "service healthy: database healthy");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn probe(&self, probe: Probe) -> Report {
        self.report_in(ReportScope::Probe(probe)).await
    }

    /// Returns a report like [`report`](Self::report), but on the selected components only. For a
    /// selection of a [probe](Selection::probe) alone, this is the same as [`probe`](Self::probe),
    /// which needs no error handling.
    ///
    /// # Errors
    ///
    /// If a name, collection or tag of the selection is unknown, or if nothing is selected. In
    /// these cases, no check runs. A selection of everything, or of a probe alone, cannot fail.
    pub async fn report_for(&self, selection: Selection) -> Result<Report, SelectionError> {
        match selection.scope() {
            Some(scope) => Ok(self.report_in(scope).await),
            None => Box::pin(self.report_on_part(selection)).await,
        }
    }

    /// Returns the component with this name, checked as for a [`report`](Self::report).
    ///
    /// # Errors
    ///
    /// If no component has this name.
    pub async fn check(&self, name: &str) -> Result<Component, SelectionError> {
        let checks = &self.shared.checks;
        let position = checks.position(name).ok_or_else(|| SelectionError::UnknownComponent {
            name: name.to_owned(),
            known: checks.names(),
            left_out: self.is_left_out(name),
        })?;
        let answers = self.answers(&[position], None).await;
        let component = self.shared.components(&[position], answers).components.remove(0);
        Ok(Arc::unwrap_or_clone(component))
    }

    /// Returns the same as [`report`](Self::report), for programs without a runtime: blocks the
    /// calling thread.
    ///
    /// Async checks run on the runtime that `build()` was called on, if there was one, otherwise on
    /// two threads that are started for them at the first call; blocking ones have threads of their
    /// own. Another thread enforces the timeouts, so this returns in time whatever the checks do.
    /// Do not call it from async code: on a single-threaded runtime it blocks the very thread that
    /// the checks need, and they time out.
    #[must_use]
    pub fn report_blocking(&self) -> Report {
        let scope = ReportScope::Everything;
        let report = self.shared.cached_report(scope).unwrap_or_else(|miss| {
            let selected = self.positions_in(scope);
            self.shared.report(miss, &selected, self.answers_blocking(&selected))
        });
        self.with_draining(report, None)
    }

    /// Waits until each check with an interval has its first result, so that a service knows its
    /// own health before it listens. Until then, such components are `unknown`, "not checked yet",
    /// and readiness fails.
    ///
    /// A run that times out counts, and so does a check that is skipped because a component that it
    /// depends on is unhealthy. So this takes at most the longest
    /// [initial delay](crate::CheckOptions::initial_delay), plus a second over which first runs are
    /// spread, plus the timeout of the check and of those that it depends on. Returns at once if
    /// there are no such checks, and after [`shutdown`](Self::shutdown). Works on any executor.
    ///
    /// A component with a `success_threshold` above 1 stays `unknown` until that many runs have
    /// succeeded.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Health, Panopticon};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), panopticon::BuildError> {
    /// let every_minute = CheckOptions::new().interval(Duration::from_secs(60));
    /// let health = Panopticon::empty()
    ///     .check("rates", every_minute, || async { Health::healthy("up to date") })
    ///     .build()?;
    /// health.first_results().await;
    /// assert!(health.report().await.service_healthy());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn first_results(&self) {
        self.shared.checks.first_results().await;
    }

    /// Returns whether critical checks, or only those that answer a probe, have no result yet. That
    /// lasts at most until their first runs, and those of what they depend on, have timed out.
    #[cfg(any(feature = "heartbeat", all(feature = "systemd", unix)))]
    pub(crate) fn awaits_first_result(&self, probe: Option<Probe>) -> bool {
        self.shared.checks.awaits_first_result(probe)
    }

    async fn report_in(&self, scope: ReportScope) -> Report {
        let shared = &*self.shared;
        let is_startup = scope == ReportScope::Probe(Probe::Startup);
        if let Some(passed) = shared.passed_startup(scope.probe()) {
            return self.with_draining(passed.again(), scope.probe());
        }
        let report = match shared.cached_report(scope) {
            Ok(report) => report,
            Err(miss) => {
                let selected = self.positions_in(scope);
                let answers = self.answers(&selected, scope.probe()).await;
                shared.report(miss, &selected, answers)
            }
        };
        if is_startup && report.has_passed() {
            // If two callers see it pass, one report is kept.
            let _ = shared.startup_report.set(report.clone());
        }
        self.with_draining(report, scope.probe())
    }

    async fn report_on_part(&self, selection: Selection) -> Result<Report, SelectionError> {
        let selected = self.selected(&selection)?;
        Ok(self.report_on(&selected, selection.probe).await)
    }

    /// Reports on the checks at these positions. If a probe is given, all of them must answer it.
    pub(super) async fn report_on(&self, selected: &[usize], probe: Option<Probe>) -> Report {
        let components = match self.shared.passed_startup(probe) {
            Some(passed) => {
                let names =
                    selected.iter().map(|&it| &self.shared.checks.sorted[it].definition.name);
                let components = passed.shared_components();
                names.filter_map(|name| components.get(name)).map(Arc::clone).collect()
            }
            None if selected.is_empty() => Vec::new(),
            None => {
                let answers = self.answers(selected, probe).await;
                self.shared.components(selected, answers).components
            }
        };
        self.with_draining(Report::new(components, probe), probe)
    }

    /// Returns the positions of what is selected, in order.
    pub(super) fn selected(&self, selection: &Selection) -> Result<Vec<usize>, SelectionError> {
        let definitions = self.shared.checks.sorted.iter().map(|check| &check.definition);
        match selection.scope() {
            Some(scope) => Ok(self.positions_in(scope)),
            None => selection.positions(&definitions, &self.shared.left_out),
        }
    }

    /// Returns the positions of the checks that are in scope.
    fn positions_in(&self, scope: ReportScope) -> Vec<usize> {
        let checks = self.shared.checks.sorted.iter().enumerate();
        let in_scope = checks.filter(|(_, check)| match scope {
            ReportScope::Everything => true,
            ReportScope::Probe(probe) => check.definition.probes.contains(probe),
        });
        in_scope.map(|(position, _)| position).collect()
    }

    /// Asks the selected checks, for this probe if there is one. An error says why that is not
    /// possible. Boxed, so that the future of a question that the cache answers stays small.
    fn answers<'a>(
        &'a self,
        selected: &'a [usize],
        probe: Option<Probe>,
    ) -> Pin<Box<dyn Future<Output = Result<Answers, String>> + Send + 'a>> {
        let Shared { runtimes, checks, settings, .. } = &*self.shared;
        let patience = if probe.is_some() { Patience::Critical } else { Patience::All };
        Box::pin(async move {
            let (executor, clock, now) = runtimes.for_caller()?;
            let limit = settings.report_timeout.unwrap_or(duration::MAX);
            let answers = checks.answers(selected, patience, &executor, now, limit);
            Ok(within(&clock, answers).await)
        })
    }

    fn answers_blocking(&self, selected: &[usize]) -> Result<Answers, String> {
        let Shared { runtimes, checks, settings, .. } = &*self.shared;
        let executor = runtimes.without_caller()?.for_blocking_caller();
        let (checks, selected) = (Arc::clone(checks), selected.to_vec());
        let limit = settings.report_timeout.unwrap_or(duration::MAX);
        let (sender, receiver) = mpsc::sync_channel(1);
        clock()?.spawn(async move {
            let now = Instant::now();
            let answers = checks.answers(&selected, Patience::All, &executor, now, limit).await;
            // The last holder drops users' resources, which must not happen on the clock's thread.
            drop((checks, executor));
            // The receiver waits for it.
            let _ = sender.send(answers);
        });
        receiver.recv().map_err(|_| "the thread for timeouts has ended".to_owned())
    }
}

impl Shared {
    /// Returns the report with which the startup probe passed, if this is that probe and it has
    /// passed.
    pub(super) fn passed_startup(&self, probe: Option<Probe>) -> Option<&Report> {
        self.startup_report.get().filter(|_| probe == Some(Probe::Startup))
    }

    fn cached_report(&self, scope: ReportScope) -> Result<Report, CacheMiss> {
        self.checks.context.report_cache.get(scope)
    }

    /// Returns the answers or, if no check could be asked, components that say why.
    fn components(&self, selected: &[usize], answers: Result<Answers, String>) -> Answers {
        answers.unwrap_or_else(|reason| {
            let message = format!("not checked: {reason}");
            let checks = selected.iter().map(|&position| &self.checks.sorted[position]);
            let components =
                checks.map(|check| check.without_result(Status::Unknown, message.clone()));
            Answers { components: components.collect(), valid_until: None }
        })
    }

    /// Makes a report of the answers, and keeps it for as long as it holds.
    fn report(
        &self,
        miss: CacheMiss,
        selected: &[usize],
        answers: Result<Answers, String>,
    ) -> Report {
        let Answers { components, valid_until } = self.components(selected, answers);
        let report = Report::new(components, miss.scope.probe());
        if let Some(valid_until) = valid_until {
            self.checks.context.report_cache.insert(miss, report.clone(), valid_until);
        }
        report
    }
}
