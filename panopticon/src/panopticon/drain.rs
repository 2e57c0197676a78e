//! Draining a service before it stops.

use std::future::{Future, pending};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::handle::Panopticon;
use crate::check::Probe;
use crate::engine::callers_clock;
use crate::events::DrainingChanges;
use crate::report::Report;

impl Panopticon {
    /// Fails readiness and, over HTTP, the report's own path, so that a service that is about to
    /// stop gets no new traffic. Nothing else fails, so that the service is not restarted
    /// meanwhile.
    ///
    /// | while the service drains | |
    /// | --- | --- |
    /// | readiness | unhealthy |
    /// | the report | says so ([`Report::is_draining`]), and is otherwise what the checks say |
    /// | the report's path over HTTP | the unhealthy status, unless [configured](crate::Builder#method.drain_fails_report) otherwise |
    /// | liveness, startup, single components | what the checks say |
    ///
    /// [Publishers](crate::Publisher::draining), [subscribers](Self::subscribe_draining) and, with
    /// the feature `tracing`, the log are notified. Draining again changes nothing;
    /// [`undrain`](Self::undrain) ends it. However draining begins, it also starts the limit of
    /// [`exit_after_drain`](Self::exit_after_drain).
    pub fn drain(&self) {
        self.shared.drain.set(true);
    }

    /// Ends [draining](Self::drain), for a service that is not about to stop after all. Does
    /// nothing if the service does not drain.
    ///
    /// If a signal started draining, the future of `drain_on_signal` (feature `signal`) then waits
    /// for the next signal. That of [`drain_when`](Self::drain_when) still completes after the
    /// grace period.
    pub fn undrain(&self) {
        self.shared.drain.set(false);
    }

    /// Returns whether the service [drains](Self::drain).
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.drain.is_draining()
    }

    /// Waits until the service [drains](Self::drain); completes at once if it already does. The
    /// future does not keep the service alive, and never completes if the last handle is dropped
    /// first. It works on any executor.
    ///
    /// With it, a task can end its work early, for example a stream to a client that would
    /// otherwise hold up a server's graceful shutdown:
    ///
    /// ```
    /// # async fn send_next_event() {}
    /// # async fn stream_events(health: panopticon::Panopticon) {
    /// let mut draining = std::pin::pin!(health.draining());
    /// loop {
    ///     tokio::select! {
    ///         () = &mut draining => break,
    ///         () = send_next_event() => {}
    ///     }
    /// }
    /// # }
    /// ```
    pub fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut changes = self.shared.drain.subscribe();
        async move {
            if changes.wait_for(|&is_draining| is_draining).await.is_err() {
                pending::<()>().await;
            }
        }
    }

    /// Calls an action, which must not block, when the service stops: when the grace period after a
    /// signal is over, or the service is shut down. Calls it at once if that has already happened.
    #[cfg(any(feature = "heartbeat", all(feature = "systemd", unix)))]
    pub(crate) fn at_stop(&self, action: impl FnOnce() + Send + 'static) {
        self.shared.drain.at_stop(action);
    }

    /// Returns the changes of [`is_draining`](Self::is_draining) from now on.
    #[must_use]
    pub fn subscribe_draining(&self) -> DrainingChanges {
        DrainingChanges::new(self.shared.drain.subscribe())
    }

    /// Returns a future that waits for `signal`, [drains](Self::drain) the service, and completes
    /// after the grace period `grace`, during which load balancers notice that the service is not
    /// ready. They send traffic until then, so its listener must stay open.
    ///
    /// This is for a service that has a shutdown future of its own; `drain_on_signal` (feature
    /// `signal`) waits for the usual signals. Pass the future to the graceful shutdown of a server,
    /// or await it. Unlike that of `drain_on_signal`, it does nothing unless it is polled. It works
    /// on any executor.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use panopticon::{CheckOptions, Panopticon};
    ///
    /// # let health = Panopticon::empty().check("a", CheckOptions::new(), || async {}).build()?;
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// # stop.send(()).unwrap();
    /// let signal = async move {
    ///     let _ = stopped.await;
    /// };
    /// health.drain_when(signal, Duration::from_millis(10)).await;
    /// assert!(health.is_draining());
    /// # Ok(())
    /// # }
    /// ```
    pub fn drain_when<F: Future<Output = ()>>(
        &self,
        signal: F,
        grace: Duration,
    ) -> impl Future<Output = ()> + use<F> {
        let health = self.clone();
        let clock = callers_clock();
        async move {
            signal.await;
            health.drain();
            // Fails only if no thread can be started, in which case nothing could end the wait.
            if let Ok(clock) = clock.or_else(|_| callers_clock()) {
                wait(&clock, grace).await;
            }
            health.shared.drain.stop();
        }
    }

    /// Returns whether a report fails because the service drains, for a probe if there is one.
    #[cfg(feature = "http")]
    pub(crate) fn drain_fails(&self, report: &Report, probe: Option<Probe>) -> bool {
        report.is_draining()
            && match probe {
                Some(probe) => probe == Probe::Readiness,
                None => self.settings().drain_fails_report,
            }
    }

    /// Marks a report as that of a draining service, if the service is draining.
    pub(super) fn with_draining(&self, report: Report, probe: Option<Probe>) -> Report {
        if self.is_draining() { report.draining(probe == Some(Probe::Readiness)) } else { report }
    }
}

/// Waits for the grace period.
pub(super) async fn wait(clock: &Handle, grace: Duration) {
    // On a task, since a timer that is polled after its runtime has shut down panics; in a set,
    // which aborts it when dropped.
    let mut tasks = JoinSet::new();
    tasks.spawn_on(async move { sleep(grace).await }, clock);
    let _ = tasks.join_next().await;
}
