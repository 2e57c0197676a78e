//! Outgoing heartbeats, as requested on the builder or in the environment.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

use super::builder::Builder;
use super::handle::Panopticon;
use super::selection::Selection;
use super::weak_handle::WeakHandle;
use crate::blocking_threads;
use crate::check::{CheckFn, CheckOptions, Probe, SourceLocation};
use crate::engine::{SurfaceRuntime, callers_clock};
use crate::first_of::first_of;
use crate::heartbeat::{Delivery, HeartbeatCaller, Pacing};
use crate::registry::Declaration;
use crate::report::Report;
use crate::settings::{BearerToken, Beat, MIN_HEARTBEAT_INTERVAL, SecretUrl, Settings};

/// The name of the component.
const NAME: &str = "heartbeat";

/// How long a result of the component is reused, whatever the builder's default, so that a report that
/// nothing has changed is repeated.
const CACHE: Duration = Duration::from_secs(1);

/// The shortest time between two reports that are requested.
const PAUSE: Duration = Duration::from_secs(1);

impl Builder {
    /// Calls a URL at an [interval](Self::heartbeat_interval) with what the report says, so that a
    /// process that has died, or cannot reach the network, raises an alarm elsewhere: the receiver raises
    /// one when calls stop. In the environment, `PANOPTICON_HEARTBEAT_URL`. Default: none. Needs the
    /// feature `heartbeat`.
    ///
    /// The URL is a template. Braces enclose alternatives, for while the service is healthy or
    /// degraded, while it is unhealthy and, if there is a third one, while it starts:
    ///
    /// | receiver | URL |
    /// | --- | --- |
    /// | [healthchecks.io](https://healthchecks.io/docs/http_api/) | `https://hc-ping.com/<uuid>{\|/fail\|/start}` |
    /// | [Uptime Kuma](https://github.com/louislam/uptime-kuma), a monitor of type Push | `GET https://kuma.example/api/push/<token>?status={up\|down}&msg={message}&ping=` |
    /// | [Gatus](https://github.com/TwiN/gatus#external-endpoints), an external endpoint, with its [token](Self::heartbeat_token) | `https://gatus.example/api/v1/endpoints/<group>_<name>/external?success={true\|false}&error={message}` |
    /// | one that only notices that calls stop | any URL; it is not called while the service is unhealthy |
    ///
    /// The request is a POST, whose body is the message, or with `GET ` before the URL a GET.
    /// `{message}` is a line such as `service unhealthy: database unhealthy (no answer)`, of at most 500
    /// bytes, with the components that are not healthy. It has what an
    /// [anonymous reader](crate::Disclosure::Authored) may see, not the texts of errors. Any status from
    /// 200 to 299 is a success. Redirects are not followed.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon};
    ///
    /// # // An address that nothing listens on.
    /// # let url = "http://127.0.0.1:9/5f0c{|/fail|/start}";
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async {})
    ///     .heartbeat_url(url) // such as "https://hc-ping.com/…{|/fail|/start}"
    ///     .build()?;
    /// assert!(health.components().any(|component| component.name() == "heartbeat"));
    /// # Ok::<(), panopticon::BuildError>(())
    /// ```
    ///
    /// # When it is called
    ///
    /// At `build()`, at the interval, and at once when the service becomes unhealthy or healthy; but
    /// never twice within 10 seconds. A call may take 10 seconds. One that fails is tried again after 10
    /// seconds, then 20, 40 and so on up to the interval, each up to half as much later. Calls are made on
    /// threads of this library. They use the proxy of the environment, such as `HTTPS_PROXY`.
    ///
    /// Each call requests the whole [report](Panopticon::report). A failure is noticed in between when a
    /// check with an `interval`, or a probe, finds it.
    ///
    /// A service starts until its startup probe has passed and each critical check has its first result.
    /// This is reported once, if the URL has a third alternative; otherwise nothing is called.
    ///
    /// While the service [drains](Panopticon::drain), calls continue. They end when the grace period of
    /// `drain_on_signal` or [`drain_when`](Panopticon::drain_when) is over, in
    /// [`shutdown`](Panopticon::shutdown), or when the last handle is dropped. Nothing is reported then: if
    /// nothing takes the place of a process that was stopped, that is what the receiver should notice.
    ///
    /// # Whether it succeeds
    ///
    /// The component `heartbeat` is degraded after a call has failed, and unhealthy once all calls have
    /// failed for three intervals. It is optional and answers no probe, and heartbeats ignore it.
    /// [`without("heartbeat")`](Self::without) switches it off, but not the calls.
    ///
    /// # Secrets
    ///
    /// Anyone who knows the URL can report in the service's name. Errors, logs and `Debug` show only its
    /// scheme, host and port, and [anonymous readers](crate::Disclosure::Authored) of a report not even
    /// these. A URL with a user is not accepted.
    pub fn heartbeat_url(mut self, url: impl Into<String>) -> Self {
        self.settings.heartbeat_url = Some(Some(SecretUrl(url.into())));
        self
    }

    /// Sets the time between two [heartbeats](Self::heartbeat_url): at least 10 seconds and at most 30
    /// days. Let the receiver wait for longer than this, such as twice as long. In the environment, a whole
    /// number with a unit, such as `PANOPTICON_HEARTBEAT_INTERVAL=5m`. Default: 1 minute. Needs the feature
    /// `heartbeat`.
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.settings.heartbeat_interval = Some(interval);
        self
    }

    /// Sets the token that [heartbeats](Self::heartbeat_url) send in the header `Authorization: Bearer`, as
    /// Gatus requires: visible ASCII characters without spaces. It appears in no error and in no log. In
    /// the environment, `PANOPTICON_HEARTBEAT_TOKEN`. Default: none. Needs the feature `heartbeat`.
    pub fn heartbeat_token(mut self, token: impl Into<String>) -> Self {
        self.settings.heartbeat_token = Some(Some(BearerToken::new(token)));
        self
    }
}

/// The heartbeats of a service.
pub(super) struct Heartbeats {
    /// Where `build()` was called.
    place: SourceLocation,
    caller: Arc<HeartbeatCaller>,
    delivery: Arc<Delivery>,
    interval: Duration,
}

impl Heartbeats {
    /// Returns the heartbeats that the settings ask for.
    pub(super) fn new(settings: &Settings, place: SourceLocation) -> Option<Self> {
        let url = settings.heartbeat_url.as_ref()?;
        let caller = HeartbeatCaller::new(url, settings.heartbeat_token.clone())?;
        let (caller, delivery) = (Arc::new(caller), Arc::default());
        Some(Self { place, caller, delivery, interval: settings.heartbeat_interval })
    }

    /// Returns the check of whether they succeed.
    pub(super) fn declaration(&self) -> Declaration {
        let delivery = Arc::clone(&self.delivery);
        Declaration {
            name: NAME.into(),
            location: self.place,
            annotated: None,
            options: CheckOptions::new().no_probe().critical(false).cache(CACHE),
            function: CheckFn::BlockingClosure(Arc::new(move || delivery.health())),
            builder_method: Some("heartbeat_url"),
            mistakes: Vec::new(),
            renamed_at: None,
        }
    }

    /// Sends heartbeats until the service stops, or its last handle is dropped.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started; the error says why.
    pub(super) fn start(self, health: &Panopticon) -> Result<(), String> {
        let clock = callers_clock()?;
        let runtime = health.surface_runtime()?;
        let sender = Sender { health: health.weak(), runtime, heartbeats: self };
        let task = clock.spawn(sender.run()).abort_handle();
        health.at_stop(move || task.abort());
        Ok(())
    }
}

/// The task that sends heartbeats.
struct Sender {
    /// Not kept alive: that it is gone is what the receiver should notice.
    health: WeakHandle,
    runtime: SurfaceRuntime,
    heartbeats: Heartbeats,
}

/// A report in the form of a heartbeat.
struct Finding {
    beat: Beat,
    message: String,
}

impl Sender {
    async fn run(self) {
        let Heartbeats { caller, delivery, interval, .. } = &self.heartbeats;
        let mut pacing = Pacing::new(*interval);
        let (mut has_been_healthy, mut has_reported_start) = (false, false);
        loop {
            let Some((finding, changes)) = self.ask(has_been_healthy).await else { return };
            let Finding { beat, message } = finding;
            let is_starting = beat == Beat::Starting;
            has_been_healthy |= beat == Beat::Healthy;
            let asked = Instant::now();
            let is_silent = !caller.calls_for(beat) || (is_starting && has_reported_start);
            let is_due = pacing.due(beat).is_none_or(|due| due <= asked);
            if !is_silent && is_due {
                let result = call(caller, beat, message).await;
                has_reported_start |= is_starting && result.is_ok();
                pacing.called(beat, asked, result.is_ok());
                delivery.record(result, Instant::now(), *interval);
                // A result from before the call may be reused until then.
                sleep(CACHE).await;
                self.publish_delivery().await;
            }
            let regular = if is_starting { MIN_HEARTBEAT_INTERVAL } else { *interval };
            let due = pacing.due(beat).filter(|_| !is_silent).unwrap_or(asked + regular);
            // Until then, no change could be reported.
            sleep_until(pacing.earliest().unwrap_or(asked).max(asked + PAUSE)).await;
            first_of(changes, sleep_until(due)).await;
        }
    }

    /// Requests a report. Returns what to send, and a future that completes when a status has changed
    /// since; or `None` if the last handle has been dropped.
    async fn ask(
        &self,
        has_been_healthy: bool,
    ) -> Option<(Finding, impl Future<Output = ()> + use<>)> {
        // Declared first, so dropped last.
        let held = self.health.upgrade()?;
        let health = held.handle()?;
        let mut transitions = health.subscribe();
        let report = self.runtime.run(report_without_heartbeat(&health)).await;
        let beat = if report.service_healthy() {
            Beat::Healthy
        } else if !has_been_healthy && self.is_starting(&health).await {
            Beat::Starting
        } else {
            Beat::Unhealthy
        };
        let changes = async move {
            let is_own = |name: &str| name == NAME;
            while matches!(transitions.next().await, Some(Ok(it)) if is_own(it.name())) {}
        };
        Some((Finding { beat, message: report.status_line() }, changes))
    }

    async fn is_starting(&self, health: &Panopticon) -> bool {
        let startup = self.runtime.run(health.probe(Probe::Startup)).await;
        !startup.service_healthy() || health.awaits_first_result(None)
    }

    /// Runs the component's check, so that a change of its status is published.
    async fn publish_delivery(&self) {
        let Some(held) = self.health.upgrade() else { return };
        if let Some(health) = held.handle() {
            // Fails only if it is switched off.
            let _ = self.runtime.run(health.check(NAME)).await;
        }
    }
}

/// Returns the report without the component of heartbeats, so that they do not report on themselves.
async fn report_without_heartbeat(health: &Panopticon) -> Report {
    match health.report_for(Selection::all().without_name(NAME)).await {
        Ok(report) => report,
        // It is switched off.
        Err(_) => health.report().await,
    }
}

/// Calls the URL on a thread that it may block.
async fn call(caller: &Arc<HeartbeatCaller>, beat: Beat, message: String) -> Result<(), String> {
    let (sender, receiver) = oneshot::channel();
    let caller = Arc::clone(caller);
    blocking_threads::spawn(move |thread| {
        let result = match thread {
            Ok(()) => caller.call(beat, &message),
            Err(error) => Err(format!("no thread could be started: {error}")),
        };
        // The receiver is gone if the service has stopped.
        let _ = sender.send(result);
    });
    receiver.await.unwrap_or_else(|_| Err("the call has panicked".to_owned()))
}
