use std::future::Future;
use std::io;
use std::panic::catch_unwind;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::Panopticon;

impl Panopticon {
    /// Drains the service when SIGTERM comes, which is how Kubernetes and systemd ask a process to
    /// stop, and waits for `grace` longer: the time in which those who send traffic notice that the
    /// service is not ready. Its listener must be open until then, for they go on sending.
    ///
    /// The signal is caught from this call on. The future is what servers shut down by:
    ///
    /// ```no_run
    /// # async fn serve(health: panopticon::Panopticon) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// # #[cfg(feature = "axum")]
    /// axum::serve(listener, axum::Router::new().merge(health.router()))
    ///     .with_graceful_shutdown(health.drain_on_sigterm(Duration::from_secs(10))?)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the signal cannot be caught, or this is not called on a tokio runtime whose signals are on,
    /// as those of `#[tokio::main]` are.
    pub fn drain_on_sigterm(
        &self,
        grace: Duration,
    ) -> io::Result<impl Future<Output = ()> + Send + use<>> {
        let needs_tokio = || {
            io::Error::other(
                "SIGTERM can be waited for on a tokio runtime whose signals are on only",
            )
        };
        let clock = match (self.shared.runtimes.caller_with_clock(), Handle::try_current()) {
            (Some(caller), _) => caller.clock,
            (None, Ok(_)) => self.shared.runtimes.clock().map_err(io::Error::other)?.clone(),
            (None, Err(_)) => return Err(needs_tokio()),
        };
        // Tokio panics where signals are off.
        let sigterm = catch_unwind(|| signal(SignalKind::terminate()));
        let mut sigterm = sigterm.map_err(|_| needs_tokio())??;
        let health = self.clone();
        Ok(async move {
            sigterm.recv().await;
            health.drain();
            // It ends early only if the runtime does.
            let _ = clock.spawn(async move { sleep(grace).await }).await;
        })
    }
}
