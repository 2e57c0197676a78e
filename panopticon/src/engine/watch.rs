//! All checks while they are watched: who asks for one, or for many, gets the same run as others.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::answer::Passed;
use super::cell::{Asked, Cell, Known, Start, Waiting};
use crate::check::Resources;
use crate::check::duration;
use crate::engine::outcome::Outcome;
use crate::engine::run::{Executor, Run, Witness};
use crate::events::News;
use crate::health::Status;
use crate::report::Component;
use crate::waking::{others_first, woken_safely};

/// The checks, what they take, and who is told of them.
pub(crate) struct Watch {
    /// Sorted by name.
    pub(crate) cells: Vec<Cell>,
    resources: Arc<Resources>,
    pub(crate) news: News,
    is_shut_down: AtomicBool,
}

/// What components have answered.
pub(crate) struct Answers {
    pub(crate) components: Vec<Arc<Component>>,
    /// Until when they would answer the same, unless [something changes](News::changed) before;
    /// known where no run was waited for.
    pub(crate) hold_until: Option<Instant>,
}

/// What has been asked so far.
struct Asking {
    /// By position.
    answers: Vec<Option<Arc<Component>>>,
    under_way: Vec<(usize, Waiting)>,
    /// As in [`Answers`].
    hold_until: Option<Instant>,
    /// How many are asked in a row.
    at_once: usize,
}

/// How many are asked in a row, before all others have their turn. What their runs take up is used
/// again by the next ones while it is in the processor's cache, and tokio has room for twice as many
/// in a worker's own queue.
const AT_ONCE: usize = 128;

/// How long a turn of all others may take until the rest is asked in a row: on a runtime that is busy
/// a report would wait for many of them.
const LONG_TURN: Duration = Duration::from_millis(2);

impl Watch {
    pub(crate) fn new(cells: Vec<Cell>, resources: Arc<Resources>, news: News) -> Self {
        Self { cells, resources, news, is_shut_down: AtomicBool::new(false) }
    }

    /// Where the component of this name is.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.cells.binary_search_by(|cell| (*cell.check.name).cmp(name)).ok()
    }

    /// The names of all components, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.cells.iter().map(|cell| cell.check.name.to_string()).collect()
    }

    /// What the components at these positions answer, in this order: each asked as soon as those that
    /// it depends on have answered, waited for until it has answered or its time is up, and until
    /// `until` at the longest.
    ///
    /// All in the task of whoever asks. One of its own for each would be polled by the runtime, whose
    /// threads may be stuck.
    pub(crate) async fn answers(
        self: &Arc<Self>,
        selected: &[usize],
        executor: &Executor,
        until: Instant,
    ) -> Answers {
        let mut asked = Asking {
            answers: vec![None; self.cells.len()],
            under_way: Vec::new(),
            hold_until: Some(Instant::now() + duration::MAX),
            at_once: AT_ONCE,
        };
        let mut to_ask = self.with_dependencies(selected);
        while !to_ask.is_empty() {
            let (mut rest, mut left) = (&*to_ask, Vec::new());
            while !rest.is_empty() {
                let (part, behind) = rest.split_at(asked.at_once.min(rest.len()));
                self.ask(part, executor, &mut asked, &mut left).await;
                rest = behind;
            }
            if left.len() == to_ask.len() {
                if asked.under_way.is_empty() {
                    break;
                }
                self.next_answers(&mut asked, until).await;
            }
            to_ask = left;
        }
        self.wait_for_all(&mut asked, until).await;
        let components = selected.iter().map(|&index| {
            // Out of reach: `build()` lets no circle pass, so that each is asked in its turn.
            asked.answers[index].take().unwrap_or_else(|| {
                self.cells[index].without_result(Status::Unknown, "not asked".to_owned())
            })
        });
        Answers { components: components.collect(), hold_until: asked.hold_until }
    }

    /// Asks for these; those whose turn has not come are `left`.
    async fn ask(
        self: &Arc<Self>,
        positions: &[usize],
        executor: &Executor,
        asked: &mut Asking,
        left: &mut Vec<usize>,
    ) {
        let now = Instant::now();
        let mut started = Vec::with_capacity(positions.len());
        for &index in positions {
            match self.ask_in_turn(index, now, executor, &asked.answers) {
                None => left.push(index),
                Some(Asked::Known(Known { component, until })) => {
                    asked.answers[index] = Some(component);
                    asked.hold_until = asked.hold_until.min(Some(until));
                }
                Some(Asked::UnderWay(waiting)) => started.push((index, waiting)),
            }
        }
        if started.is_empty() {
            return;
        }
        asked.hold_until = None;
        if started.iter().any(|(index, _)| self.cells[*index].check.function.is_async()) {
            // Checks that are ready at once have answered by then, which spares an alarm and a wake
            // for each of them.
            let start = Instant::now();
            woken_safely(others_first()).await;
            if start.elapsed() > LONG_TURN {
                asked.at_once = usize::MAX;
            }
        }
        for (index, waiting) in started {
            match waiting.answer.now() {
                Some(component) => asked.answers[index] = Some(component),
                None => asked.under_way.push((index, waiting)),
            }
        }
    }

    /// Waits for all that are under way: for one after the other, which takes as long as the longest,
    /// and a wake is one poll, not one for each of them. In the order of their deadlines none is
    /// asked for its answer after its own has passed.
    async fn wait_for_all(&self, asked: &mut Asking, until: Instant) {
        let Asking { answers, under_way, .. } = asked;
        under_way.sort_by_key(|(_, waiting)| waiting.deadline);
        let Some((_, first)) = under_way.first() else { return };
        let mut alarm = pin!(sleep_until(first.deadline.min(until)));
        woken_safely(async {
            for (index, waiting) in under_way.drain(..) {
                let answer = self.wait_with(alarm.as_mut(), index, waiting, until).await;
                answers[index] = Some(answer);
            }
        })
        .await;
    }

    /// Waits until one or more of those under way have answered.
    async fn next_answers(&self, asked: &mut Asking, until: Instant) {
        let Asking { answers, under_way, .. } = asked;
        let waits = under_way
            .iter()
            .map(|(index, waiting)| (*index, Box::pin(self.wait(*index, waiting.clone(), until))));
        let mut waits: Vec<_> = waits.collect();
        woken_safely(poll_fn(|context| {
            let mut answered = Poll::Pending;
            for (index, wait) in &mut waits {
                if let Poll::Ready(component) = wait.as_mut().poll(context) {
                    answers[*index] = Some(component);
                    answered = Poll::Ready(());
                }
            }
            answered
        }))
        .await;
        under_way.retain(|(index, _)| answers[*index].is_none());
    }

    /// These positions and those of all that they depend on.
    fn with_dependencies(&self, selected: &[usize]) -> Vec<usize> {
        let mut positions = selected.to_vec();
        let mut is_among = vec![false; self.cells.len()];
        for &index in selected {
            is_among[index] = true;
        }
        let mut next = 0;
        while let Some(&index) = positions.get(next) {
            for &dependency in &self.cells[index].check.dependencies {
                if !std::mem::replace(&mut is_among[dependency], true) {
                    positions.push(dependency);
                }
            }
            next += 1;
        }
        positions
    }

    /// Asks for one component, unless one that it depends on has not answered yet.
    fn ask_in_turn(
        self: &Arc<Self>,
        index: usize,
        now: Instant,
        executor: &Executor,
        answers: &[Option<Arc<Component>>],
    ) -> Option<Asked> {
        let cell = &self.cells[index];
        let mut unhealthy = None;
        for &dependency in &cell.check.dependencies {
            if answers[dependency].as_ref()?.status() == Status::Unhealthy {
                unhealthy = unhealthy.or(Some(&self.cells[dependency].check.name));
            }
        }
        Some(match unhealthy {
            Some(name) => Asked::Known(cell.left_out(name, now, &self.news)),
            None => cell.ask(now, &self.news, |start| self.start(index, executor, start)),
        })
    }

    /// Runs the check of a schedule, and waits for it; not where a dependency is unhealthy.
    pub(crate) async fn refresh(self: &Arc<Self>, index: usize, executor: &Executor) {
        // Each run has its own timeout.
        let until = Instant::now() + duration::MAX;
        let cell = &self.cells[index];
        let dependencies = &cell.check.dependencies;
        let answers = self.answers(dependencies, executor, until).await;
        let mut answers = dependencies.iter().zip(&answers.components);
        let unhealthy = answers.find(|(_, component)| component.status() == Status::Unhealthy);
        let now = Instant::now();
        if let Some((&dependency, _)) = unhealthy {
            cell.left_out(&self.cells[dependency].check.name, now, &self.news);
            cell.leave_out_run(&self.news);
            return;
        }
        let start = |start| self.start(index, executor, start);
        if let Asked::UnderWay(waiting) = cell.refresh(now, &self.news, start) {
            self.wait(index, waiting, until).await;
        }
    }

    /// Starts a run, unless it is too late for that. Called under the lock of the cell, so that
    /// [`shut_down`](Self::shut_down) finds every run there is.
    fn start(self: &Arc<Self>, index: usize, executor: &Executor, start: Start) -> Option<Run> {
        if self.is_shut_down.load(Ordering::Acquire) {
            return None;
        }
        let flight = InFlight { watch: Arc::clone(self), index, start };
        Some(Run::start(&self.cells[index].check, &self.resources, executor, flight))
    }

    /// Waits for a flight, at most until its deadline, when it is given up.
    async fn wait(&self, index: usize, waiting: Waiting, until: Instant) -> Arc<Component> {
        let alarm = pin!(sleep_until(waiting.deadline.min(until)));
        self.wait_with(alarm, index, waiting, until).await
    }

    /// The same with an alarm that is not set for later than that.
    async fn wait_with(
        &self,
        alarm: Pin<&mut Sleep>,
        index: usize,
        waiting: Waiting,
        until: Instant,
    ) -> Arc<Component> {
        let cell = &self.cells[index];
        let Waiting { number, deadline, answer } = waiting;
        match answer.wait_until(deadline.min(until), alarm).await {
            Ok(Some(component)) => component,
            Ok(None) => cell.lost(number, &self.news),
            Err(Passed) if deadline <= until => cell.overrun(number, &self.news),
            // It may be there by now.
            Err(Passed) => answer.now().unwrap_or_else(|| cell.unanswered()),
        }
    }

    /// Starts no run any more, and waits for those in flight, each at most until its deadline, and
    /// for those who are told of them.
    pub(crate) async fn shut_down(&self) {
        self.is_shut_down.store(true, Ordering::Release);
        // Each run has its own timeout.
        let until = Instant::now() + duration::MAX;
        for (index, cell) in self.cells.iter().enumerate() {
            if let Some(waiting) = cell.in_flight() {
                self.wait(index, waiting, until).await;
            }
        }
        self.news.told().await;
    }
}

/// A run, as it is watched.
struct InFlight {
    watch: Arc<Watch>,
    index: usize,
    start: Start,
}

impl Witness for InFlight {
    fn begun(&self) {
        self.start.answering.begin();
    }

    fn ended(self, outcome: Outcome) {
        let Self { watch, index, start: Start { number, answering } } = self;
        if let Some(component) = watch.cells[index].finish(number, outcome, &watch.news) {
            answering.answer(component);
        }
    }
}
