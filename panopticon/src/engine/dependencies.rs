//! Asks many checks at once, each after those that it depends on.

use std::future::{Future, poll_fn};
use std::mem;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::monitored_checks::MonitoredChecks;
use super::result_cache::CachedResult;
use super::runtimes::Executor;
use super::single_flight::Lookup;
use super::skipping;
use super::state::RunInFlight;
use super::timeout::WaitTimer;
#[cfg(feature = "grpc")]
use crate::check::Freshness;
use crate::check::duration;
use crate::report::Component;
use crate::timer::Timer;

/// How long a probe waits for optional components after all critical ones have answered, so that it
/// shows those that are quick.
const GRACE: Duration = Duration::from_millis(50);

/// The components whose runs a question waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    All,
    /// The critical components, and what they depend on: a probe must not fail because an optional
    /// component hangs.
    Critical,
}

/// The components that answer a question.
pub(crate) struct Answers {
    pub(crate) components: Vec<Arc<Component>>,
    /// The instant until which they stay the same, unless the report cache is invalidated. Known
    /// only if no run was waited for.
    pub(crate) valid_until: Option<Instant>,
}

/// A question, while it is being answered.
struct PendingAnswers<'a> {
    all: &'a MonitoredChecks,
    executor: &'a Executor,
    /// The instant by which the whole report must be complete.
    until: Instant,
    /// By position.
    answers: Vec<Option<Arc<Component>>>,
    /// The checks to ask next, whose dependencies have answered.
    to_ask: Vec<usize>,
    blocked: Blocked,
    in_flight: Vec<(usize, RunInFlight)>,
    /// As in [`Answers`].
    valid_until: Option<Instant>,
}

/// The checks that cannot be asked before others have answered.
#[derive(Default)]
struct Blocked {
    count: usize,
    /// The number of dependencies that have not answered, by position. Empty if there are none.
    missing: Vec<usize>,
    /// The checks that depend on each check, by its position. Empty if there are none.
    dependents: Vec<Vec<usize>>,
}

impl MonitoredChecks {
    /// Returns the components at these positions, in this order. Each is asked as soon as those
    /// that it depends on have answered, and waited for until its deadline or, if that is earlier,
    /// until `limit` after `now`.
    ///
    /// All of it happens in the caller's own task: the runtime would have to poll another one, and
    /// its threads may be stuck.
    pub(crate) async fn answers(
        &self,
        selected: &[usize],
        patience: Patience,
        executor: &Executor,
        now: Instant,
        limit: Duration,
    ) -> Answers {
        let included = self.with_dependencies(selected, |_| true);
        let mut pending = PendingAnswers::new(self, &included, executor, now, limit);
        pending.ask(now);
        if pending.is_waiting_for_task() {
            // Checks that are ready at once end meanwhile, which saves a timer and a wake for each.
            let_ready_tasks_run().await;
        }
        if patience == Patience::Critical {
            let is_critical = |position: usize| self.sorted[position].definition.critical;
            let critical = self.with_dependencies(selected, is_critical);
            let mut is_needed = vec![false; self.sorted.len()];
            for &position in &critical {
                is_needed[position] = true;
            }
            pending.wait_for(&critical, |position| is_needed[position]).await;
            if !pending.in_flight.is_empty() {
                let in_flight = pending.in_flight.clone();
                let rest = pending.wait_for(&included, |_| true);
                // What is missing afterwards is reported as far as it is known.
                let _ = Timer::new(Instant::now() + GRACE).limit(rest).await;
                pending.look_for_results(in_flight);
            }
        } else {
            pending.wait_for(&included, |_| true).await;
        }
        let components = selected.iter().map(|&position| {
            pending.answers[position]
                .take()
                .unwrap_or_else(|| self.sorted[position].without_waiting("not waited for"))
        });
        Answers { components: components.collect(), valid_until: pending.valid_until }
    }

    /// Returns for how long the results of the selected checks, and of those that they depend on,
    /// are used, and when the last result of each arrived.
    #[cfg(feature = "grpc")]
    pub(crate) fn freshness_of(
        &self,
        selected: &[usize],
    ) -> impl Iterator<Item = (Freshness, Option<Instant>)> {
        self.with_dependencies(selected, |_| true).into_iter().map(|position| {
            let check = &self.sorted[position];
            let last = check.lock().latest.as_ref().map(|latest| latest.at);
            (check.definition.freshness, last)
        })
    }

    /// Runs a check on its schedule and waits for it, unless a dependency is unhealthy.
    pub(super) async fn refresh(&self, position: usize, executor: &Executor) {
        let check = &self.sorted[position];
        let dependencies = &check.definition.dependencies;
        let answers = self
            .answers(dependencies, Patience::All, executor, Instant::now(), duration::MAX)
            .await;
        let components = answers.components.iter().map(|component| &**component);
        let now = Instant::now();
        if let Some(dependency) = skipping::cause(components) {
            check.skip(dependency, now);
            // A question after the dependency's recovery need not wait for the next interval.
            check.make_run_due(&mut check.lock());
            check.notify_callers();
        } else if let Lookup::InFlight(run) = check.refresh(now, executor) {
            // The run has its own timeout.
            check.wait(run, now + duration::MAX, &mut WaitTimer::default()).await;
        }
    }

    /// Returns the positions of the selected checks that are wanted, and of everything that they
    /// depend on.
    fn with_dependencies(
        &self,
        selected: &[usize],
        is_wanted: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut found: Vec<usize> =
            selected.iter().copied().filter(|&position| is_wanted(position)).collect();
        let direct = |position: usize| &self.sorted[position].definition.dependencies;
        if found.iter().all(|&position| direct(position).is_empty()) {
            return found;
        }
        let mut is_found = vec![false; self.sorted.len()];
        for &position in &found {
            is_found[position] = true;
        }
        let mut visited = 0;
        while let Some(&position) = found.get(visited) {
            visited += 1;
            for &dependency in direct(position) {
                if !mem::replace(&mut is_found[dependency], true) {
                    found.push(dependency);
                }
            }
        }
        found
    }
}

impl<'a> PendingAnswers<'a> {
    fn new(
        all: &'a MonitoredChecks,
        included: &[usize],
        executor: &'a Executor,
        now: Instant,
        limit: Duration,
    ) -> Self {
        let count = all.sorted.len();
        let mut to_ask = Vec::with_capacity(included.len());
        let mut blocked = Blocked::default();
        for &position in included {
            let dependencies = &all.sorted[position].definition.dependencies;
            if dependencies.is_empty() {
                to_ask.push(position);
                continue;
            }
            blocked.count += 1;
            blocked.missing.resize(count, 0);
            blocked.missing[position] = dependencies.len();
            blocked.dependents.resize_with(count, Vec::new);
            for &dependency in dependencies {
                blocked.dependents[dependency].push(position);
            }
        }
        Self {
            all,
            executor,
            until: now + limit,
            answers: vec![None; count],
            to_ask,
            blocked,
            in_flight: Vec::new(),
            valid_until: Some(now + duration::MAX),
        }
    }

    /// Asks every check that can be asked.
    fn ask(&mut self, now: Instant) {
        let mut asked = 0;
        while let Some(&position) = self.to_ask.get(asked) {
            asked += 1;
            match self.look_up(position, now) {
                Lookup::Cached(CachedResult { component, valid_until }) => {
                    self.valid_until = self.valid_until.min(Some(valid_until));
                    self.answer(position, component);
                }
                Lookup::InFlight(run) => {
                    self.valid_until = None;
                    self.in_flight.push((position, run));
                }
            }
        }
        self.to_ask.clear();
    }

    fn look_up(&self, position: usize, now: Instant) -> Lookup {
        let check = &self.all.sorted[position];
        let dependencies = check.definition.dependencies.iter();
        let components = dependencies.filter_map(|&dependency| self.answers[dependency].as_deref());
        match skipping::cause(components) {
            Some(dependency) => Lookup::Cached(check.skip(dependency, now)),
            None => check.ask(now, self.executor),
        }
    }

    /// Stores the answer of a check, and unblocks those that depend on it.
    fn answer(&mut self, position: usize, component: Arc<Component>) {
        self.answers[position] = Some(component);
        let Blocked { count, missing, dependents } = &mut self.blocked;
        for &dependent in dependents.get(position).into_iter().flatten() {
            missing[dependent] -= 1;
            if missing[dependent] == 0 {
                *count -= 1;
                self.to_ask.push(dependent);
            }
        }
    }

    fn is_waiting_for_task(&self) -> bool {
        let mut waiting = self.in_flight.iter().map(|(position, _)| &self.all.sorted[*position]);
        waiting.any(|check| check.definition.function.is_async())
    }

    /// Waits until all that are needed have answered.
    async fn wait_for(&mut self, needed: &[usize], is_needed: impl Fn(usize) -> bool) {
        let mut missing = needed.iter().copied().peekable();
        while self.blocked.count > 0 {
            while missing.next_if(|&position| self.answers[position].is_some()).is_some() {}
            if missing.peek().is_none() {
                return;
            }
            self.wait_for_next().await;
            self.ask(Instant::now());
        }
        // One after the other, which takes as long as the longest; each wake-up polls only one of
        // them. Since they are in the order of their deadlines, none is waited for past its own.
        self.in_flight.sort_by_key(|(_, run)| run.deadline);
        let mut timer = WaitTimer::default();
        for (position, run) in mem::take(&mut self.in_flight) {
            if is_needed(position) {
                let check = &self.all.sorted[position];
                let component = check.wait(run, self.until, &mut timer).await;
                self.answer(position, component);
            } else {
                self.in_flight.push((position, run));
            }
        }
    }

    /// Answers with the results of those of these runs that have ended. While one was waited for,
    /// others may have.
    fn look_for_results(&mut self, in_flight: Vec<(usize, RunInFlight)>) {
        for (position, run) in in_flight {
            if self.answers[position].is_none() {
                self.answers[position] = self.all.sorted[position].result_of(run);
            }
        }
    }

    /// Waits until at least one run in flight has ended.
    async fn wait_for_next(&mut self) {
        let (all, until) = (self.all, self.until);
        let waits = self.in_flight.iter().map(|&(position, run)| {
            let wait = async move {
                let mut timer = WaitTimer::default();
                all.sorted[position].wait(run, until, &mut timer).await
            };
            (position, Box::pin(wait))
        });
        let mut waits: Vec<_> = waits.collect();
        let ended = poll_fn(|context| {
            let mut ended = Vec::new();
            for (position, wait) in &mut waits {
                if let Poll::Ready(component) = wait.as_mut().poll(context) {
                    ended.push((*position, component));
                }
            }
            if ended.is_empty() { Poll::Pending } else { Poll::Ready(ended) }
        })
        .await;
        drop(waits);
        for (position, component) in ended {
            self.answer(position, component);
        }
        self.in_flight.retain(|(position, _)| self.answers[*position].is_none());
    }
}

/// Lets tasks that are ready run first. Tokio's own `yield_now` also looks at sockets and timers,
/// which costs as much as a quick check.
async fn let_ready_tasks_run() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
