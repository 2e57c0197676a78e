//! Requests for reports and components, from inside and outside tokio.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::handle::{Panopticon, Shared};
use super::selection::{Selection, SelectionError};
use crate::check::Probe;
use crate::engine::{Answers, CacheMiss, ReportScope};
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
    /// Checks run on the runtime that `build()` was called on. Timeouts are enforced by the
    /// caller's own runtime, so a report that is requested on another runtime, or on none, arrives
    /// in time even if the checks' runtime is stuck. The caller may be on any executor. Dropping
    /// the future stops nothing: a run goes on until it returns or its timeout has passed, since
    /// other callers may wait for it.
    pub async fn report(&self) -> Report {
        let report = match self.shared.cached_report(ReportScope::Everything) {
            Ok(report) => report,
            Err(miss) => {
                let everything = self.everything();
                self.shared.report(miss, &everything, self.answers(&everything).await)
            }
        };
        self.with_draining(report, None)
    }

    /// Returns a report like [`report`](Self::report), but on the components whose checks answer
    /// this probe, and healthy if there are none.
    ///
    /// Once the startup probe has passed, it stays passed, with the report of that moment. While
    /// the service [drains](Self::drain), readiness is unhealthy.
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
        let shared = &*self.shared;
        let is_startup = probe == Probe::Startup;
        if let Some(report) = shared.startup_report.get().filter(|_| is_startup) {
            return self.with_draining(report.again(), Some(probe));
        }
        let report = match shared.cached_report(ReportScope::Probe(probe)) {
            Ok(report) => report,
            Err(miss) => {
                let selected = self.answering(probe);
                shared.report(miss, &selected, self.answers(&selected).await)
            }
        };
        if is_startup && report.has_passed() {
            // If two callers see it pass, one report is kept.
            let _ = shared.startup_report.set(report.clone());
        }
        self.with_draining(report, Some(probe))
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
            Some(ReportScope::Everything) => Ok(self.report().await),
            Some(ReportScope::Probe(probe)) => Ok(self.probe(probe).await),
            None => {
                let selected = selection.positions(&self.shared.checks)?;
                let answers = self.answers(&selected).await;
                let report = Report::new(self.shared.components(&selected, answers).components);
                Ok(self.with_draining(report, selection.probe))
            }
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
        })?;
        let answers = self.answers(&[position]).await;
        let component = self.shared.components(&[position], answers).components.remove(0);
        Ok(Arc::unwrap_or_clone(component))
    }

    /// Returns the same as [`report`](Self::report), for programs without a runtime: blocks the
    /// calling thread.
    ///
    /// Checks run on the runtime that `build()` was called on, if there was one, otherwise on two
    /// threads that are started for them at the first call. Another thread enforces the timeouts,
    /// so this returns in time whatever the checks do. Do not call it from async code: on a
    /// single-threaded runtime it blocks the very thread that the checks need, and they time out.
    #[must_use]
    pub fn report_blocking(&self) -> Report {
        let report = match self.shared.cached_report(ReportScope::Everything) {
            Ok(report) => report,
            Err(miss) => {
                let everything = self.everything();
                self.shared.report(miss, &everything, self.answers_blocking(&everything))
            }
        };
        self.with_draining(report, None)
    }

    pub(super) async fn shut_down_checks(&self) {
        let checks = Arc::clone(&self.shared.checks);
        let shut_down = async move { checks.shut_down().await };
        if self.shared.runtimes.caller_with_clock().is_some() {
            shut_down.await;
        } else {
            // Fails only if there never was a clock, and then there was no run either.
            let _ = self.shared.on_our_clock(shut_down).await;
        }
    }

    fn everything(&self) -> Vec<usize> {
        (0..self.shared.checks.sorted.len()).collect()
    }

    /// Returns the positions of the checks that answer a probe.
    fn answering(&self, probe: Probe) -> Vec<usize> {
        let checks = self.shared.checks.sorted.iter().enumerate();
        let answering = checks.filter(|(_, check)| check.definition.probes.contains(probe));
        answering.map(|(position, _)| position).collect()
    }

    /// Asks on the caller's runtime or, if that has no clock, on our own. An error says why neither
    /// is possible. Boxed, so that the future of a question that the cache answers stays small.
    fn answers<'a>(
        &'a self,
        selected: &'a [usize],
    ) -> Pin<Box<dyn Future<Output = Result<Answers, String>> + Send + 'a>> {
        let Shared { runtimes, checks, .. } = &*self.shared;
        Box::pin(async move {
            if let Some(caller) = runtimes.caller_with_clock() {
                let executor = runtimes.service().unwrap_or(&caller);
                return Ok(checks.answers(selected, executor, self.shared.report_deadline()).await);
            }
            let answers = self.shared.answers_elsewhere(selected)?;
            self.shared.on_our_clock(answers).await
        })
    }

    fn answers_blocking(&self, selected: &[usize]) -> Result<Answers, String> {
        let answers = self.shared.answers_elsewhere(selected)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        self.shared.runtimes.clock()?.spawn(async move {
            // The receiver waits for it.
            let _ = sender.send(answers.await);
        });
        receiver.recv().map_err(|_| CLOCK_STOPPED.to_owned())
    }
}

const CLOCK_STOPPED: &str = "the thread that keeps the time of health checks has stopped";

impl Shared {
    fn cached_report(&self, scope: ReportScope) -> Result<Report, CacheMiss> {
        self.checks.context.report_cache.get(scope)
    }

    /// Returns when a report that is requested now must be complete.
    fn report_deadline(&self) -> Instant {
        Instant::now() + self.settings.report_timeout
    }

    /// Returns a future that asks, to be polled on another runtime than the caller's.
    fn answers_elsewhere(
        &self,
        selected: &[usize],
    ) -> Result<impl Future<Output = Answers> + Send + use<>, String> {
        let executor = self.runtimes.without_caller()?;
        let (checks, selected) = (Arc::clone(&self.checks), selected.to_vec());
        let deadline = self.report_deadline();
        Ok(async move { checks.answers(&selected, &executor, deadline).await })
    }

    async fn on_our_clock<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, String> {
        // A set of one task, since a set aborts its tasks when it is dropped.
        let mut tasks = JoinSet::new();
        tasks.spawn_on(future, self.runtimes.clock()?);
        tasks.join_next().await.and_then(Result::ok).ok_or_else(|| CLOCK_STOPPED.to_owned())
    }

    /// Returns the answers or, if no check could be asked, components that say why.
    fn components(&self, selected: &[usize], answers: Result<Answers, String>) -> Answers {
        answers.unwrap_or_else(|reason| {
            let message = format!("not checked: {reason}");
            let checks = selected.iter().map(|&position| &self.checks.sorted[position]);
            let components =
                checks.map(|check| check.without_result(Status::Unhealthy, message.clone()));
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
        let report = Report::new(components);
        if let Some(valid_until) = valid_until {
            self.checks.context.report_cache.insert(miss, report.clone(), valid_until);
        }
        report
    }
}
