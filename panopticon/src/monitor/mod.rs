//! The [`Panopticon`] handle: who is asked, and what is run for an answer.

mod builder;
mod runtime;
mod selection;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, mpsc};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

pub use self::builder::Builder;
pub use self::selection::{Selection, SelectionError};

use self::runtime::Runtimes;
use crate::registry::{Check, Declarations};
use crate::report::{Component, Outcome, Report};
use crate::resources::Resources;
use crate::run::Run;
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
    checks: Vec<Check>,
    resources: Arc<Resources>,
    settings: Settings,
    runtimes: Runtimes,
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

    fn new(checks: Vec<Check>, resources: Resources, settings: Settings) -> Self {
        let resources = Arc::new(resources);
        let runtimes = Runtimes::around_build();
        Self { shared: Arc::new(Shared { checks, resources, settings, runtimes }) }
    }

    #[cfg(feature = "http")]
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Runs every check, all at once, and waits until each has answered or its timeout has passed.
    ///
    /// The checks run on the runtime that `build()` was called on; the timeouts are kept by the
    /// caller, so the report comes in time even when that runtime is stuck. The caller may be on
    /// any executor. Dropping the future drops the async checks in flight.
    pub async fn report(&self) -> Report {
        let all = (0..self.shared.checks.len()).collect();
        self.report_on(all).await
    }

    /// As [`report`](Self::report), of the selected components only.
    ///
    /// # Errors
    ///
    /// If a name, collection or tag of the selection is not known, or nothing is selected. No check runs
    /// then.
    pub async fn report_for(&self, selection: Selection) -> Result<Report, SelectionError> {
        let selected = selection.of(&self.shared.checks)?;
        Ok(self.report_on(selected).await)
    }

    /// Runs the check of this name and waits until it has answered or its timeout has passed.
    ///
    /// # Errors
    ///
    /// If no component has this name.
    pub async fn check(&self, name: &str) -> Result<Component, SelectionError> {
        let selected = Selection::all().name(name).of(&self.shared.checks)?;
        let check = &self.shared.checks[selected[0]];
        let mut outcomes = self.outcomes(selected).await;
        Ok(self.shared.component(check, outcomes.remove(0)))
    }

    /// As [`report`](Self::report), for programs without a runtime: blocks the calling thread.
    ///
    /// Checks run on the runtime that `build()` was called on, if it was, else on two threads
    /// started for them at the first call; a third keeps the timeouts, so that it returns in time
    /// whatever the checks do. Do not call this from async code: on a single-threaded runtime it
    /// blocks the very thread that the checks need, and they time out.
    #[must_use]
    pub fn report_blocking(&self) -> Report {
        let all: Vec<usize> = (0..self.shared.checks.len()).collect();
        let outcomes = self
            .try_outcomes_blocking(all.clone())
            .unwrap_or_else(|reason| not_checked(all.len(), &reason));
        self.shared.report(&all, outcomes)
    }

    async fn report_on(&self, selected: Vec<usize>) -> Report {
        let outcomes = self.outcomes(selected.clone()).await;
        self.shared.report(&selected, outcomes)
    }

    async fn outcomes(&self, selected: Vec<usize>) -> Vec<Outcome> {
        let count = selected.len();
        self.try_outcomes(selected).await.unwrap_or_else(|reason| not_checked(count, &reason))
    }

    /// Keeps the timeouts here or, where the caller has no clock, on our own.
    async fn try_outcomes(&self, selected: Vec<usize>) -> Result<Vec<Outcome>, String> {
        let runtimes = &self.shared.runtimes;
        if let Some(caller) = runtimes.caller_with_clock() {
            let runtime = runtimes.service().unwrap_or(&caller);
            return Ok(self.shared.run_all(&selected, runtime).await);
        }
        let mut tasks = JoinSet::new();
        let clock = runtimes.clock()?;
        // Of one task, for the set aborts what is in flight when it is dropped.
        tasks.spawn_on(self.shared.run_all_away_from_caller(selected)?, clock);
        tasks.join_next().await.and_then(Result::ok).ok_or_else(|| CLOCK_STOPPED.to_owned())
    }

    fn try_outcomes_blocking(&self, selected: Vec<usize>) -> Result<Vec<Outcome>, String> {
        let clock = self.shared.runtimes.clock()?;
        let outcomes = self.shared.run_all_away_from_caller(selected)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        clock.spawn(async move {
            // The receiver waits for it.
            let _ = sender.send(outcomes.await);
        });
        receiver.recv().map_err(|_| CLOCK_STOPPED.to_owned())
    }
}

const CLOCK_STOPPED: &str = "the thread that keeps the time of health checks has stopped";

/// An answer that says why there is none, for each of `count` checks.
fn not_checked(count: usize, reason: &str) -> Vec<Outcome> {
    vec![Outcome::not_checked(reason); count]
}

impl Shared {
    /// Runs the selected checks at once; their outcomes in the order of `selected`.
    async fn run_all(&self, selected: &[usize], runtime: &Handle) -> Vec<Outcome> {
        let mut runs: Vec<(usize, Run)> = selected
            .iter()
            .map(|&index| Run::start(&self.checks[index], &self.resources, runtime))
            .enumerate()
            .collect();
        // All are under way, so waiting for one after the other takes as long as the longest. In
        // the order of their deadlines none is asked for its answer after its own has passed.
        runs.sort_by_key(|(_, run)| run.deadline());
        let mut outcomes = Vec::with_capacity(runs.len());
        for (position, run) in runs {
            outcomes.push((position, run.outcome().await));
        }
        outcomes.sort_by_key(|&(position, _)| position);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// As [`run_all`](Self::run_all), to be polled elsewhere than where the caller is.
    fn run_all_away_from_caller(
        self: &Arc<Self>,
        selected: Vec<usize>,
    ) -> Result<impl Future<Output = Vec<Outcome>> + Send + use<>, String> {
        let runtime = match self.runtimes.service() {
            Some(service) => service.clone(),
            None => self.runtimes.own()?.clone(),
        };
        let shared = Arc::clone(self);
        Ok(async move { shared.run_all(&selected, &runtime).await })
    }

    fn report(&self, selected: &[usize], outcomes: Vec<Outcome>) -> Report {
        Report::new(selected.iter().zip(outcomes).map(|(&index, outcome)| {
            let check = &self.checks[index];
            (Arc::clone(&check.name), check.critical, self.component(check, outcome))
        }))
    }

    fn component(&self, check: &Check, outcome: Outcome) -> Component {
        Component::new(check, outcome, self.settings.message_key)
    }
}

impl fmt::Debug for Panopticon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let components: Vec<&str> = self.shared.checks.iter().map(|check| &*check.name).collect();
        f.debug_struct("Panopticon").field("components", &components).finish_non_exhaustive()
    }
}
