//! Notifies systemd of readiness, status and liveness.

#[cfg(unix)]
mod notifier;
#[cfg(unix)]
mod socket;

use std::io;

use crate::panopticon::Panopticon;

impl Panopticon {
    /// Notifies systemd of the service's health, as a unit of `Type=notify` does. Does nothing if
    /// the environment variable `NOTIFY_SOCKET` is not set, or on Windows. Needs the feature
    /// `systemd`.
    ///
    /// Call it once the service listens, since systemd starts what waits for it when it is ready:
    ///
    /// ```no_run
    /// # async fn serve(health: panopticon::Panopticon) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// health.notify_systemd()?;
    /// # #[cfg(feature = "axum")]
    /// axum::serve(listener, axum::Router::new().merge(health.router())).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// | message | when |
    /// | --- | --- |
    /// | `READY=1` | once the startup and the readiness probe have passed; they are requested each second until then |
    /// | `EXTEND_TIMEOUT_USEC=15000000` | every 5 seconds while a critical startup check has no result yet, so that `TimeoutStartSec=` does not end the service |
    /// | `STATUS=…` | at the call, at each transition, when draining begins or ends, and when the text has changed for another reason, which is noticed within 20 seconds |
    /// | `WATCHDOG=1` | twice in each `WatchdogSec=` of the unit, while the liveness probe does not fail; one that fails is requested each second, so that a failure that ends in time restarts nothing |
    /// | `STOPPING=1` | when the grace period of [`drain_when`](Self::drain_when), or of `drain_on_signal` (feature `signal`), is over, or in [`shutdown`](Self::shutdown); nothing is sent afterwards |
    ///
    /// The start is extended at most until each startup check, with those that it depends on, has
    /// had its first run: that is its initial delay and a second, if it has an interval, plus the
    /// timeouts. So a check that hangs does not extend the start forever, and neither does one that
    /// fails again and again.
    ///
    /// The status is one line of at most 500 bytes, such as `service unhealthy: database unhealthy
    /// (no answer)`. It lists the components that are not healthy, and shows what an
    /// [anonymous reader](crate::Disclosure::Authored) may see, not the texts of errors. So that it
    /// is not outdated, the whole [report](Self::report) is requested every 10 seconds.
    ///
    /// Messages are sent by a thread of this library, even if the service's runtime is stuck. To
    /// let the liveness probe, and so the watchdog, notice that, call
    /// [`watch_runtime`](crate::Builder::watch_runtime) on the builder. A liveness check that has
    /// not answered yet does not hold up the watchdog, until it times out.
    ///
    /// From this call on, the service is kept alive until it stops, even without a handle: if the
    /// watchdog ended with the last handle, systemd would end the process. Call it for one service
    /// of a process, once, and after forking. Child processes inherit the variables, but systemd
    /// ignores their messages unless the unit has another `NotifyAccess=` than `main`.
    ///
    /// [Draining](Self::drain) alone is shown in the status, but is not `STOPPING=1`, since
    /// [`undrain`](Self::undrain) may end it, and systemd kills a service that does not end after
    /// this message. A unit to start from is in [the guide](crate::guide::systemd).
    ///
    /// # Errors
    ///
    /// If a thread or a socket cannot be created. A variable that cannot be used, or a socket that
    /// systemd does not listen on, is not an error but a warning, in the log with the feature `tracing`;
    /// [`setting_warnings`](Self::setting_warnings) lists the variables.
    pub fn notify_systemd(&self) -> io::Result<()> {
        #[cfg(unix)]
        notifier::start(self)?;
        #[cfg(not(unix))]
        let _ = self;
        Ok(())
    }
}
