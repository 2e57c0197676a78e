//! Asks many checks at once, each after those that it depends on.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use tokio::time::Instant;

use super::monitored_checks::MonitoredChecks;
use super::result_cache::CachedResult;
use super::runtimes::Executor;
use super::single_flight::Lookup;
use super::state::RunInFlight;
use crate::check::duration;
use crate::health::Status;
use crate::report::Component;

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
    in_flight: Vec<(usize, RunInFlight)>,
    /// As in [`Answers`].
    valid_until: Option<Instant>,
}

impl MonitoredChecks {
    /// Returns the components at these positions, in this order. Each is asked as soon as those
    /// that it depends on have answered, and waited for until its deadline, or `until` at the
    /// latest.
    ///
    /// All of it happens in the caller's own task: the runtime would have to poll another one, and
    /// its threads may be stuck.
    pub(crate) async fn answers(
        &self,
        selected: &[usize],
        executor: &Executor,
        until: Instant,
    ) -> Answers {
        let mut pending = PendingAnswers {
            all: self,
            executor,
            until,
            answers: vec![None; self.sorted.len()],
            in_flight: Vec::new(),
            valid_until: Some(Instant::now() + duration::MAX),
        };
        let dependencies = self.dependencies_of(selected);
        let mut to_ask = pending.ask_all(selected.iter().chain(&dependencies));
        if pending.is_waiting_for_task() {
            // Checks that are ready at once end meanwhile, which saves a timer and a wake for each.
            let_ready_tasks_run().await;
        }
        while !to_ask.is_empty() {
            let left = pending.ask_all(&to_ask);
            if left.len() == to_ask.len() {
                if pending.in_flight.is_empty() {
                    break;
                }
                pending.wait_for_next().await;
            }
            to_ask = left;
        }
        pending.wait_for_all().await;
        let components = selected.iter().map(|&position| {
            // Never missing: `build()` rejects circles, so each component has been asked.
            pending.answers[position].take().unwrap_or_else(|| {
                self.sorted[position].without_result(Status::Unknown, "not asked".to_owned())
            })
        });
        Answers { components: components.collect(), valid_until: pending.valid_until }
    }

    /// Runs a check on its schedule and waits for it, unless a dependency is unhealthy.
    pub(super) async fn refresh(&self, position: usize, executor: &Executor) {
        // Each run has its own timeout.
        let until = Instant::now() + duration::MAX;
        let check = &self.sorted[position];
        let dependencies = &check.definition.dependencies;
        let answers = self.answers(dependencies, executor, until).await;
        let unhealthy = answers.components.iter().find(|it| it.status() == Status::Unhealthy);
        let now = Instant::now();
        if let Some(dependency) = unhealthy {
            check.skip(dependency.name(), now);
            // A question after the dependency's recovery need not wait for the next interval.
            check.make_run_due(&mut check.lock());
        } else if let Lookup::InFlight(run) = check.refresh(now, executor) {
            check.wait(run, until).await;
        }
    }

    /// Returns the positions of everything that these depend on, except for themselves.
    fn dependencies_of(&self, selected: &[usize]) -> Vec<usize> {
        let direct = |position: usize| &self.sorted[position].definition.dependencies;
        let mut found = Vec::new();
        if selected.iter().all(|&position| direct(position).is_empty()) {
            return found;
        }
        let mut is_included = vec![false; self.sorted.len()];
        for &position in selected {
            is_included[position] = true;
        }
        let mut to_visit = selected.to_vec();
        while let Some(position) = to_visit.pop() {
            for &dependency in direct(position) {
                if !std::mem::replace(&mut is_included[dependency], true) {
                    found.push(dependency);
                    to_visit.push(dependency);
                }
            }
        }
        found
    }
}

impl PendingAnswers<'_> {
    /// Asks every check whose dependencies have answered, and returns the positions of the others.
    fn ask_all<'a>(&mut self, positions: impl IntoIterator<Item = &'a usize>) -> Vec<usize> {
        let now = Instant::now();
        let mut left = Vec::new();
        for &position in positions {
            match self.ask(position, now) {
                None => left.push(position),
                Some(Lookup::Cached(CachedResult { component, valid_until })) => {
                    self.answers[position] = Some(component);
                    self.valid_until = self.valid_until.min(Some(valid_until));
                }
                Some(Lookup::InFlight(run)) => {
                    self.in_flight.push((position, run));
                    self.valid_until = None;
                }
            }
        }
        left
    }

    fn is_waiting_for_task(&self) -> bool {
        let mut waiting = self.in_flight.iter().map(|(position, _)| &self.all.sorted[*position]);
        waiting.any(|check| check.definition.function.is_async())
    }

    /// Asks a check, unless one that it depends on has not answered yet.
    fn ask(&self, position: usize, now: Instant) -> Option<Lookup> {
        let check = &self.all.sorted[position];
        let mut unhealthy = None;
        for &dependency in &check.definition.dependencies {
            let component = self.answers[dependency].as_ref()?;
            if component.status() == Status::Unhealthy {
                unhealthy = unhealthy.or(Some(component));
            }
        }
        Some(match unhealthy {
            Some(dependency) => Lookup::Cached(check.skip(dependency.name(), now)),
            None => check.ask(now, self.executor),
        })
    }

    /// Waits until at least one run in flight has ended.
    async fn wait_for_next(&mut self) {
        let Self { all, until, answers, in_flight, .. } = self;
        let waits = in_flight.iter().map(|&(position, run)| {
            let wait = all.sorted[position].wait(run, *until);
            (position, Box::pin(wait))
        });
        let mut waits: Vec<_> = waits.collect();
        poll_fn(|context| {
            let mut answered = Poll::Pending;
            for (position, wait) in &mut waits {
                if let Poll::Ready(component) = wait.as_mut().poll(context) {
                    answers[*position] = Some(component);
                    answered = Poll::Ready(());
                }
            }
            answered
        })
        .await;
        drop(waits);
        in_flight.retain(|(position, _)| answers[*position].is_none());
    }

    /// Waits for the runs in flight one after the other, which takes as long as the longest; each
    /// wake-up polls only one of them. Since they are in the order of their deadlines, none is
    /// waited for past its own.
    async fn wait_for_all(&mut self) {
        self.in_flight.sort_by_key(|(_, run)| run.deadline);
        for (position, run) in self.in_flight.drain(..) {
            let component = self.all.sorted[position].wait(run, self.until).await;
            self.answers[position] = Some(component);
        }
    }
}

/// Lets tasks that are ready run first. Tokio's own `yield_now` also looks at sockets and timers,
/// which costs as much as a quick check.
async fn let_ready_tasks_run() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
