//! Draining a service when SIGTERM arrives.

use std::future::Future;
use std::io;
use std::panic::catch_unwind;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::handle::Panopticon;
use crate::engine::callers_clock;

impl Panopticon {
    /// Returns a future that [drains](Self::drain) the service when SIGTERM arrives, which is how
    /// Kubernetes and systemd ask a process to stop, and completes after the grace period `grace`,
    /// in which load balancers notice that the service is not ready. They send traffic until then,
    /// so its listener must stay open.
    ///
    /// The signal is caught from this call on. Pass the future to the graceful shutdown of a
    /// server:
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
    /// If the signal cannot be caught, or if this is not called on a tokio runtime with signals
    /// enabled, such as that of `#[tokio::main]`.
    pub fn drain_on_sigterm(
        &self,
        grace: Duration,
    ) -> io::Result<impl Future<Output = ()> + Send + use<>> {
        let needs_tokio =
            || io::Error::other("waiting for SIGTERM needs a tokio runtime with signals enabled");
        let clock = callers_clock().map_err(io::Error::other)?;
        // Tokio panics if signals are not enabled.
        let sigterm = catch_unwind(|| signal(SignalKind::terminate()));
        let mut sigterm = sigterm.map_err(|_| needs_tokio())??;
        let health = self.clone();
        Ok(async move {
            sigterm.recv().await;
            health.drain();
            // Ends early only if the runtime does.
            let _ = clock.spawn(async move { sleep(grace).await }).await;
        })
    }
}
