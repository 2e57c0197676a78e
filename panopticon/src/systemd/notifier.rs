//! What is sent to systemd, and when. All of it happens on the clock's thread.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

use super::socket::NotifySocket;
use crate::check::Probe;
use crate::engine::{SurfaceRuntime, callers_clock};
use crate::first_of::first_of;
use crate::panopticon::{HeldHandle, Panopticon};
use crate::settings::{SettingWarning, SystemdSettings};
use crate::timer::Timer;

/// How often the probes are requested until they have passed.
const READINESS_INTERVAL: Duration = Duration::from_secs(1);

/// How often the start is extended.
const EXTENSION_INTERVAL: Duration = Duration::from_secs(5);

/// Extends the start by three intervals, so that one late message does no harm.
const EXTENSION: &str = "EXTEND_TIMEOUT_USEC=15000000";

/// How often the liveness probe is requested while it fails.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

/// How often the report is requested, and its messages compared with the last status.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);

/// Starts to notify systemd, if it wants that.
pub(super) fn start(health: &Panopticon) -> io::Result<()> {
    let (SystemdSettings { socket, watchdog }, warnings) = SystemdSettings::of_process();
    warnings.iter().for_each(SettingWarning::log);
    let Some(address) = socket else { return Ok(()) };
    let clock = callers_clock().map_err(io::Error::other)?;
    let runtime = health.surface_runtime().map_err(io::Error::other)?;
    let socket = Arc::new(NotifySocket::new(address)?);

    let status = current_status(health);
    let sent = socket.try_send(&status);
    if let Err(error) = &sent {
        let problem = format!("has a socket that cannot be sent to: {error}; it is tried again");
        SettingWarning::new("NOTIFY_SOCKET", problem).log();
    }
    let stopped = Arc::new(Notify::new());
    health.at_stop({
        let (socket, stopped) = (Arc::clone(&socket), Arc::clone(&stopped));
        move || {
            socket.send_last("STOPPING=1");
            stopped.notify_one();
        }
    });
    let notifier = Notifier { health: health.hold(), runtime, socket, watchdog };
    clock.spawn(notifier.run(sent.is_ok().then_some(status), stopped));
    Ok(())
}

struct Notifier {
    health: HeldHandle,
    runtime: SurfaceRuntime,
    socket: Arc<NotifySocket>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// Runs until the service stops.
    async fn run(self, sent_status: Option<String>, stopped: Arc<Notify>) {
        let Some(health) = self.health.handle() else { return };
        let Self { runtime, socket, watchdog, .. } = &self;
        let service = Service { health, runtime: runtime.clone(), socket: Arc::clone(socket) };
        let mut tasks = JoinSet::new();
        let extension = tasks.spawn(service.clone().extend_start());
        tasks.spawn(service.clone().announce_readiness(extension));
        if let Some(timeout) = *watchdog {
            tasks.spawn(service.clone().keep_watchdog(timeout));
        }
        tasks.spawn(service.clone().renew_results());
        tasks.spawn(service.report_status(sent_status));
        stopped.notified().await;
        // Waits for their end, so that the handle that was held is the last one dropped here.
        tasks.shutdown().await;
    }
}

/// The service, and where to send what is known about it.
#[derive(Clone)]
struct Service {
    health: Panopticon,
    runtime: SurfaceRuntime,
    socket: Arc<NotifySocket>,
}

impl Service {
    /// Sends `READY=1` once startup and readiness have passed, which ends the extension of the start.
    async fn announce_readiness(self, extension: AbortHandle) {
        loop {
            if self.passes(Probe::Startup).await && self.passes(Probe::Readiness).await {
                extension.abort();
                if self.socket.send("READY=1").await.is_ok() {
                    return;
                }
            }
            sleep(READINESS_INTERVAL).await;
        }
    }

    /// Extends the start while startup checks have no result.
    async fn extend_start(self) {
        while self.health.awaits_first_result(Some(Probe::Startup)) {
            // If it is lost, another one follows in time.
            let _ = self.socket.send(EXTENSION).await;
            sleep(EXTENSION_INTERVAL).await;
        }
    }

    /// Sends a status whenever it has changed.
    async fn report_status(self, mut sent: Option<String>) {
        loop {
            // Before the status is read, so that no change in between is missed.
            let (mut transitions, mut draining) =
                (self.health.subscribe(), self.health.subscribe_draining());
            let status = current_status(&self.health);
            if sent.as_ref() != Some(&status) && self.socket.send(&status).await.is_ok() {
                sent = Some(status);
            }
            let transition = pin!(async {
                let _ = transitions.next().await;
            });
            let drain = pin!(async {
                let _ = draining.next().await;
            });
            let changed = first_of(transition, drain);
            let _ = Timer::new(Instant::now() + STATUS_INTERVAL).limit(changed).await;
        }
    }

    /// Requests reports, so that a status that nobody else asks for is not outdated.
    async fn renew_results(self) {
        loop {
            sleep(STATUS_INTERVAL).await;
            self.runtime.run(self.health.report()).await;
        }
    }

    /// Sends a sign of life every half timeout while liveness does not fail. Waits for the probe
    /// for half of that time at most, and otherwise goes by its last answer: a check that has not
    /// answered yet is no evidence. While it fails, it is requested more often: systemd would end a
    /// service that has recovered if the next request came as late as its timeout.
    async fn keep_watchdog(self, timeout: Duration) {
        let interval = timeout / 2;
        let ask = || Box::pin(self.passes(Probe::Liveness));
        let mut question = ask();
        let mut is_alive = true;
        let mut next = Instant::now();
        loop {
            let mut timer = Timer::new(next + interval / 2);
            if let Some(passes) = timer.limit(question.as_mut()).await {
                is_alive = passes;
                question = ask();
            }
            if is_alive {
                // If it is lost, another one follows in time.
                let _ = self.socket.send("WATCHDOG=1").await;
            }
            let pause = if is_alive { interval } else { interval.min(RECOVERY_INTERVAL) };
            next = (next + pause).max(Instant::now());
            sleep_until(next).await;
        }
    }

    async fn passes(&self, probe: Probe) -> bool {
        self.runtime.run(self.health.probe(probe)).await.service_healthy()
    }
}

/// Returns the message with the status that the last results have.
fn current_status(health: &Panopticon) -> String {
    format!("STATUS={}", health.latest_report().status_line())
}
