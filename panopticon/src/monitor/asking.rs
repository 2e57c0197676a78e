//! From where checks are asked: on tokio with a clock, else through a clock of ours.

use std::future::Future;
use std::sync::{Arc, mpsc};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Panopticon, Shared};
use crate::report::Component;
use crate::run::Executor;
use crate::status::Status;

/// Components with their names.
type Named = Vec<(Arc<str>, Arc<Component>)>;

impl Panopticon {
    /// Asks the components at these positions.
    pub(super) async fn components(&self, selected: &[usize]) -> Named {
        let components = self.try_components(selected).await;
        self.shared.named(selected, components)
    }

    /// The same, for a thread that can wait.
    pub(super) fn components_blocking(&self, selected: &[usize]) -> Named {
        let components = self.try_components_blocking(selected);
        self.shared.named(selected, components)
    }

    /// Ends what is under way.
    pub(super) async fn settle(&self) {
        let watch = Arc::clone(&self.shared.watch);
        let settled = async move { watch.shut_down().await };
        if self.shared.runtimes.caller_with_clock().is_some() {
            settled.await;
        } else if let Ok(clock) = self.shared.runtimes.clock() {
            let mut tasks = JoinSet::new();
            tasks.spawn_on(settled, clock);
            tasks.join_next().await;
        }
    }

    /// Keeps the timeouts here or, where the caller has no clock, on our own.
    async fn try_components(&self, selected: &[usize]) -> Result<Vec<Arc<Component>>, String> {
        let Shared { runtimes, watch, .. } = &*self.shared;
        if let Some(caller) = runtimes.caller_with_clock() {
            let executor = runtimes.service().unwrap_or(&caller);
            return Ok(watch.components(selected, executor, self.shared.until()).await);
        }
        let mut tasks = JoinSet::new();
        // Of one task, for the set aborts it when it is dropped.
        tasks.spawn_on(self.shared.away_from_caller(selected)?, runtimes.clock()?);
        tasks.join_next().await.and_then(Result::ok).ok_or_else(|| CLOCK_STOPPED.to_owned())
    }

    fn try_components_blocking(&self, selected: &[usize]) -> Result<Vec<Arc<Component>>, String> {
        let components = self.shared.away_from_caller(selected)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        self.shared.runtimes.clock()?.spawn(async move {
            // The receiver waits for it.
            let _ = sender.send(components.await);
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
    ) -> Result<impl Future<Output = Vec<Arc<Component>>> + Send + use<>, String> {
        let executor: Executor = self.runtimes.without_caller()?;
        let (watch, selected, until) = (Arc::clone(&self.watch), selected.to_vec(), self.until());
        Ok(async move { watch.components(&selected, &executor, until).await })
    }

    fn named(&self, selected: &[usize], components: Result<Vec<Arc<Component>>, String>) -> Named {
        let cells = selected.iter().map(|&index| &self.watch.cells[index]);
        let components = components.unwrap_or_else(|reason| {
            let message = format!("not checked: {reason}");
            let unhealthy = Status::Unhealthy;
            cells.clone().map(|cell| cell.without_result(unhealthy, message.clone())).collect()
        });
        cells.map(|cell| Arc::clone(&cell.check.name)).zip(components).collect()
    }
}
