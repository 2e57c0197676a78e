//! From where checks are asked: on tokio with a clock, else through a clock of ours.

use std::future::Future;
use std::sync::{Arc, mpsc};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Panopticon, Shared};
use crate::engine::{Answers, Executor, OpenQuestion};
use crate::health::Status;
use crate::report::{Component, Report};

impl Panopticon {
    /// The answer to a question that none was kept for, of the components at these positions.
    pub(super) async fn answer(&self, question: OpenQuestion, selected: &[usize]) -> Report {
        self.shared.reported(question, selected, self.answers(selected).await)
    }

    /// The same, for a thread that can wait.
    pub(super) fn answer_blocking(&self, question: OpenQuestion, selected: &[usize]) -> Report {
        self.shared.reported(question, selected, self.answers_blocking(selected))
    }

    /// The component at this position.
    pub(super) async fn component(&self, position: usize) -> Arc<Component> {
        let answers = self.answers(&[position]).await;
        self.shared.components(&[position], answers).components.remove(0)
    }

    /// Ends what is under way.
    pub(super) async fn settle(&self) {
        let watch = Arc::clone(&self.shared.watch);
        let settled = async move { watch.shut_down().await };
        if self.shared.runtimes.caller_with_clock().is_some() {
            settled.await;
        } else {
            // An error says that there never was a clock, and so no run.
            let _ = self.shared.on_our_clock(settled).await;
        }
    }

    /// Keeps the timeouts here or, where the caller has no clock, on our own. `Err` says why that
    /// cannot be.
    async fn answers(&self, selected: &[usize]) -> Result<Answers, String> {
        let Shared { runtimes, watch, .. } = &*self.shared;
        if let Some(caller) = runtimes.caller_with_clock() {
            let executor = runtimes.service().unwrap_or(&caller);
            return Ok(watch.answers(selected, executor, self.shared.until()).await);
        }
        let answers = self.shared.away_from_caller(selected)?;
        self.shared.on_our_clock(answers).await
    }

    fn answers_blocking(&self, selected: &[usize]) -> Result<Answers, String> {
        let answers = self.shared.away_from_caller(selected)?;
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
    /// When a report that is asked for now has to be there.
    fn until(&self) -> Instant {
        Instant::now() + self.settings.report_timeout
    }

    /// Asks for components, to be polled elsewhere than where the caller is.
    fn away_from_caller(
        &self,
        selected: &[usize],
    ) -> Result<impl Future<Output = Answers> + Send + use<>, String> {
        let executor: Executor = self.runtimes.without_caller()?;
        let (watch, selected, until) = (Arc::clone(&self.watch), selected.to_vec(), self.until());
        Ok(async move { watch.answers(&selected, &executor, until).await })
    }

    async fn on_our_clock<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, String> {
        // Of one task, for the set aborts it when it is dropped.
        let mut tasks = JoinSet::new();
        tasks.spawn_on(future, self.runtimes.clock()?);
        tasks.join_next().await.and_then(Result::ok).ok_or_else(|| CLOCK_STOPPED.to_owned())
    }

    /// What there is to say, be it that there is no way to ask.
    fn components(&self, selected: &[usize], answers: Result<Answers, String>) -> Answers {
        answers.unwrap_or_else(|reason| {
            let message = format!("not checked: {reason}");
            let unasked = selected.iter().map(|&index| {
                self.watch.cells[index].without_result(Status::Unhealthy, message.clone())
            });
            Answers { components: unasked.collect(), hold_until: None }
        })
    }

    fn reported(
        &self,
        question: OpenQuestion,
        selected: &[usize],
        answers: Result<Answers, String>,
    ) -> Report {
        let Answers { components, hold_until } = self.components(selected, answers);
        let report = Report::new(components);
        if let Some(until) = hold_until {
            self.kept.keep(question, report.clone(), until);
        }
        report
    }
}
