//! All checks while they are watched: who asks for one, or for many, gets the same run as others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::cell::{Asked, Cell, Start, Waiting};
use super::news::News;
use crate::report::Component;
use crate::resources::Resources;
use crate::run::{Executor, Run};
use crate::status::Status;

/// The checks, what they take, and who is told of them.
pub(super) struct Watch {
    pub(super) cells: Vec<Cell>,
    resources: Arc<Resources>,
    pub(super) news: News,
    is_shut_down: AtomicBool,
}

impl Watch {
    pub(super) fn new(cells: Vec<Cell>, resources: Arc<Resources>, news: News) -> Self {
        Self { cells, resources, news, is_shut_down: AtomicBool::new(false) }
    }

    /// The components at these positions, in this order: asked all at once, waited for until each
    /// has answered or its time is up, and until `until` at the longest.
    pub(super) async fn components(
        self: &Arc<Self>,
        selected: &[usize],
        executor: &Executor,
        until: Instant,
    ) -> Vec<Arc<Component>> {
        let mut components: Vec<Option<Arc<Component>>> = vec![None; selected.len()];
        let mut under_way = Vec::new();
        let mut dependent = JoinSet::new();
        for (position, &index) in selected.iter().enumerate() {
            if self.cells[index].check.dependencies.is_empty() {
                match self.ask(index, executor) {
                    Asked::Known(component) => components[position] = Some(component),
                    Asked::UnderWay(waiting) => under_way.push((position, index, waiting)),
                }
            } else {
                let (watch, executor) = (Arc::clone(self), executor.clone());
                dependent.spawn(async move {
                    (position, watch.component(index, &executor, until).await)
                });
            }
        }
        // All are under way, so waiting for one after the other takes as long as the longest. In
        // the order of their deadlines none is asked for its answer after its own has passed.
        under_way.sort_by_key(|(_, _, waiting)| waiting.deadline);
        for (position, index, waiting) in under_way {
            components[position] = Some(self.wait(index, waiting, until).await);
        }
        while let Some(Ok((position, component))) = dependent.join_next().await {
            components[position] = Some(component);
        }
        let answered = components.into_iter().zip(selected).map(|(component, &index)| {
            component.unwrap_or_else(|| {
                // The caller's runtime ends while it is asked.
                self.cells[index].without_result(Status::Unknown, "not waited for".to_owned())
            })
        });
        answered.collect()
    }

    /// One component, once those that it depends on are known not to be unhealthy.
    pub(super) async fn component(
        self: &Arc<Self>,
        index: usize,
        executor: &Executor,
        until: Instant,
    ) -> Arc<Component> {
        let cell = &self.cells[index];
        if let Some(unhealthy) = self.unhealthy_dependency(index, executor, until).await {
            let message = format!("not checked: `{unhealthy}` is unhealthy");
            return cell.shown(cell.without_result(Status::Unhealthy, message));
        }
        match self.ask(index, executor) {
            Asked::Known(component) => component,
            Asked::UnderWay(waiting) => self.wait(index, waiting, until).await,
        }
    }

    /// Runs the check of a schedule, and waits for it; not where a dependency is unhealthy.
    pub(super) async fn refresh(self: &Arc<Self>, index: usize, executor: &Executor) {
        // Each run has its own timeout.
        let until = Instant::now() + crate::duration::MAX;
        if self.unhealthy_dependency(index, executor, until).await.is_none() {
            let start = |start| self.start(index, executor, start);
            if let Asked::UnderWay(waiting) = self.cells[index].refresh(&self.news, start) {
                self.wait(index, waiting, until).await;
            }
        }
    }

    async fn unhealthy_dependency(
        self: &Arc<Self>,
        index: usize,
        executor: &Executor,
        until: Instant,
    ) -> Option<&str> {
        for &dependency in &self.cells[index].check.dependencies {
            // In a box, for it may depend on others in its turn.
            let component = Box::pin(self.component(dependency, executor, until)).await;
            if component.status() == Status::Unhealthy {
                return Some(&self.cells[dependency].check.name);
            }
        }
        None
    }

    fn ask(self: &Arc<Self>, index: usize, executor: &Executor) -> Asked {
        let cell = &self.cells[index];
        if self.is_shut_down.load(Ordering::Acquire) {
            let message = "not checked: health checks have been shut down".to_owned();
            return Asked::Known(cell.shown(cell.without_result(Status::Unknown, message)));
        }
        cell.ask(&self.news, |start| self.start(index, executor, start))
    }

    fn start(self: &Arc<Self>, index: usize, executor: &Executor, start: Start) -> Run {
        let watch = Arc::clone(self);
        let Start { number, answer } = start;
        Run::start(&self.cells[index].check, &self.resources, executor, move |outcome| {
            if let Some(component) = watch.cells[index].finish(number, outcome, &watch.news) {
                // An error says that nobody waits any more.
                let _ = answer.send(Some(component));
            }
        })
    }

    /// Waits for a flight, at most until its deadline, when it is given up.
    async fn wait(&self, index: usize, mut waiting: Waiting, until: Instant) -> Arc<Component> {
        let cell = &self.cells[index];
        let (number, deadline) = (waiting.number(), waiting.deadline);
        let answered = timeout_at(deadline.min(until), waiting.answer.wait_for(Option::is_some));
        let component = match answered.await {
            Ok(Ok(answer)) => answer.clone(),
            Ok(Err(_)) => Some(cell.lost(number, &self.news)),
            Err(_) if deadline <= until => Some(cell.overrun(number, &self.news)),
            Err(_) => None,
        };
        let component = component.unwrap_or_else(|| {
            let message = "no answer before the report's own timeout".to_owned();
            cell.without_result(Status::Unknown, message)
        });
        cell.shown(component)
    }

    /// Starts no run any more, and waits for those in flight, each at most until its deadline.
    pub(super) async fn shut_down(&self) {
        self.is_shut_down.store(true, Ordering::Release);
        for cell in &self.cells {
            if let Some(mut waiting) = cell.in_flight() {
                let answered = waiting.answer.wait_for(Option::is_some);
                // Whether it answered, was lost or takes too long: it is waited for no more.
                let _ = timeout_at(waiting.deadline, answered).await;
            }
        }
    }
}
