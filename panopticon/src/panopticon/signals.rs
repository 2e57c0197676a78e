//! Draining a service when a signal asks it to stop.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::drain::wait;
use super::handle::Panopticon;
use crate::engine::{callers_clock, signal_runtime};

impl Panopticon {
    /// Returns a future that [drains](Self::drain) the service when a signal asks it to stop, and
    /// completes after the grace period `grace`, during which load balancers notice that the
    /// service is not ready. They send traffic until then, so its listener must stay open. A second
    /// signal ends the grace period at once.
    ///
    /// The signals are SIGTERM, which Kubernetes and systemd send, and SIGINT (Ctrl-C). On Windows,
    /// they are Ctrl-C, Ctrl-Break, the closing of the console and the shutdown of the system; the
    /// last two leave a process only a few seconds. They are caught from this call on. A signal
    /// begins draining even if the future is not polled, or if the service's runtime is stuck. The
    /// future works on any executor.
    ///
    /// Pass it to the graceful shutdown of a server:
    ///
    /// ```no_run
    /// # async fn serve(health: panopticon::Panopticon) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// # #[cfg(feature = "axum")]
    /// axum::serve(listener, axum::Router::new().merge(health.router()))
    ///     .with_graceful_shutdown(health.drain_on_signal(Duration::from_secs(10))?)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # After the future has completed or was dropped
    ///
    /// On Unix, the signals then do nothing: tokio, which catches them, never restores what they
    /// did before. A process that does not end must be killed, unless it has a
    /// [bound](Self::exit_after_drain), or waits for the signals again, with another call of this
    /// method or with `tokio::signal`. On Windows, they again do what they did before, unless the
    /// service waits for them elsewhere.
    ///
    /// # Errors
    ///
    /// If the signals cannot be caught, or if the thread that waits for them cannot be started.
    pub fn drain_on_signal(
        &self,
        grace: Duration,
    ) -> io::Result<impl Future<Output = ()> + Send + use<>> {
        let grace_clock = callers_clock().map_err(io::Error::other)?;
        let runtime = signal_runtime()?;
        let mut signals = {
            let _context = runtime.enter();
            StopSignals::catch()?
        };
        // Not a handle: the last handle drops the resources of checks, which must not happen on a
        // thread of ours.
        let drain = Arc::downgrade(&self.shared.drain);
        let mut changes = self.shared.drain.subscribe();
        let mut tasks = JoinSet::new();
        let drained = async move {
            loop {
                signals.next().await;
                if let Some(drain) = drain.upgrade() {
                    drain.set(true);
                }
                if signals.wait_out_grace(wait(&grace_clock, grace), undrained(&mut changes)).await
                {
                    if let Some(drain) = drain.upgrade() {
                        drain.stop();
                    }
                    return;
                }
            }
        };
        tasks.spawn_on(drained, &runtime);
        let health = self.clone();
        Ok(async move {
            if !matches!(tasks.join_next().await, Some(Ok(()))) {
                // Cannot happen: nothing ends the task's runtime. It is better to keep serving than
                // to stop without a signal.
                pending::<()>().await;
            }
            drop(health);
        })
    }
}

/// Waits until the service no longer drains.
async fn undrained(changes: &mut watch::Receiver<bool>) {
    if changes.wait_for(|&is_draining| !is_draining).await.is_err() {
        // No handle is left that could call it off.
        pending::<()>().await;
    }
}

/// The signals that ask a process to stop.
struct StopSignals {
    #[cfg(unix)]
    caught: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    caught: (
        tokio::signal::windows::CtrlC,
        tokio::signal::windows::CtrlBreak,
        tokio::signal::windows::CtrlClose,
        tokio::signal::windows::CtrlShutdown,
    ),
}

impl StopSignals {
    /// Catches the signals from now on. Must be called in the context of a runtime with signals.
    #[cfg(unix)]
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let caught = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
        Ok(Self { caught })
    }

    #[cfg(windows)]
    fn catch() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

        Ok(Self { caught: (ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_shutdown()?) })
    }

    async fn next(&mut self) {
        poll_fn(|context| self.poll_next(context)).await;
    }

    /// Waits until the grace period or another signal ends it, and returns true; or until the stop
    /// is called off, and returns false.
    async fn wait_out_grace(
        &mut self,
        grace: impl Future<Output = ()>,
        called_off: impl Future<Output = ()>,
    ) -> bool {
        let (mut grace, mut called_off) = (pin!(grace), pin!(called_off));
        poll_fn(|context| {
            // First, so that a signal after it begins draining again.
            if called_off.as_mut().poll(context).is_ready() {
                return Poll::Ready(false);
            }
            let is_over =
                self.poll_next(context).is_ready() || grace.as_mut().poll(context).is_ready();
            if is_over { Poll::Ready(true) } else { Poll::Pending }
        })
        .await
    }

    #[cfg(unix)]
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<()> {
        // All of them are polled, so that each wakes the task.
        let polled = self.caught.each_mut().map(|signal| signal.poll_recv(context).is_ready());
        if polled.contains(&true) { Poll::Ready(()) } else { Poll::Pending }
    }

    #[cfg(windows)]
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (c, r#break, close, shutdown) = &mut self.caught;
        let polled = [
            c.poll_recv(context),
            r#break.poll_recv(context),
            close.poll_recv(context),
            shutdown.poll_recv(context),
        ];
        if polled.iter().any(Poll::is_ready) { Poll::Ready(()) } else { Poll::Pending }
    }
}
