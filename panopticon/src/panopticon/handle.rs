//! The handle to a service's health checks.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
#[cfg(feature = "page")]
use std::time::SystemTime;

#[cfg(feature = "page")]
use chrono::{DateTime, Utc};

use super::disclosure::DisclosureRule;
use super::drain_switch::DrainSwitch;
#[cfg(feature = "grpc")]
use super::grpc_names::GrpcName;
use super::latest::Latest;
#[cfg(feature = "grpc")]
use super::watched_questions::WatchedQuestions;
use crate::engine::{MonitoredChecks, Runtimes, Schedule, callers_clock, clock, within};
use crate::events::Transitions;
use crate::registry::LeftOutCheck;
use crate::report::Report;
#[cfg(feature = "page")]
use crate::report::in_milliseconds;
use crate::settings::{SettingWarning, Settings};

/// A handle to a service's health checks. Clones are cheap and share the checks and their results.
///
/// | to | use |
/// | --- | --- |
/// | build it | [`builder`](Self::builder), [`empty`](Self::empty) |
/// | get a report | [`report`](Self::report), [`probe`](Self::probe), [`report_for`](Self::report_for), [`check`](Self::check), [`report_blocking`](Self::report_blocking) |
/// | list components and what is left out | [`components`](Self::components), [`left_out`](Self::left_out) |
/// | read the last results without running checks | [`latest_report`](Self::latest_report), [`downgrade`](Self::downgrade) |
/// | wait for first results | [`first_results`](Self::first_results) |
/// | be notified of changes | [`subscribe`](Self::subscribe), [`Builder::publish`](crate::Builder::publish), [`subscribe_draining`](Self::subscribe_draining) |
/// | look back | [`history`](Self::history) |
/// | overrule a check | [`set_override`](Self::set_override), [`clear_override`](Self::clear_override) |
/// | stop gracefully | `drain_on_signal` (feature `signal`), [`drain_when`](Self::drain_when), [`drain`](Self::drain), [`draining`](Self::draining), [`shutdown`](Self::shutdown), [`exit_after_drain`](Self::exit_after_drain) |
/// | read the settings in effect | [`settings`](Self::settings), [`setting_warnings`](Self::setting_warnings) |
/// | serve reports over HTTP | `router` (feature `axum`), `http_service`, `answer` and `path` (feature `http`) |
/// | answer gRPC health checks | `grpc_service` (feature `grpc`) |
/// | serve reports on a separate thread | `serve` (feature `server`) |
/// | notify systemd | `notify_systemd` (feature `systemd`) |
///
/// ```standalone_crate
/// use panopticon::{Health, Panopticon, Status, healthcheck};
///
/// #[healthcheck]
/// async fn cache() -> Health {
///     Health::degraded("one of two nodes answers")
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), panopticon::BuildError> {
///     let health = Panopticon::builder().build()?;
///
///     let report = health.report().await;
///     assert_eq!(report.status(), Status::Degraded);
///     assert!(report.service_healthy());
///     println!("{report}");
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Panopticon {
    pub(super) shared: Arc<Shared>,
}

/// The state that all handles share. Dropped with the last of them, even if background tasks and
/// runs that hang still hold the checks.
pub(super) struct Shared {
    pub(super) checks: Arc<MonitoredChecks>,
    pub(super) left_out: Vec<LeftOutCheck>,
    pub(super) schedule: Schedule,
    pub(super) settings: Settings,
    pub(super) setting_warnings: Vec<SettingWarning>,
    #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "only HTTP answers need it"))]
    pub(super) disclosure: DisclosureRule,
    pub(super) runtimes: Runtimes,
    pub(super) drain: Arc<DrainSwitch>,
    /// The report with which the startup probe passed.
    pub(super) startup_report: OnceLock<Report>,
    #[cfg(feature = "grpc")]
    pub(super) grpc_names: Vec<GrpcName>,
    #[cfg(feature = "grpc")]
    pub(super) watched_questions: WatchedQuestions,
    /// The last results that were read without running checks.
    pub(super) latest: Mutex<Option<Arc<Latest>>>,
    /// When `build()` returned it.
    #[cfg(feature = "page")]
    built_at: SystemTime,
}

/// What the builder was given for the surfaces, other than settings.
pub(super) struct SurfaceOptions {
    pub(super) disclosure: DisclosureRule,
    #[cfg(feature = "grpc")]
    pub(super) grpc_names: Vec<GrpcName>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Runs in flight hold their checks, so nothing else would end them.
        self.checks.abandon();
    }
}

impl Panopticon {
    pub(super) fn new(
        checks: Arc<MonitoredChecks>,
        left_out: Vec<LeftOutCheck>,
        schedule: Schedule,
        (settings, setting_warnings): (Settings, Vec<SettingWarning>),
        surfaces: SurfaceOptions,
        runtimes: Runtimes,
    ) -> Self {
        let SurfaceOptions {
            disclosure,
            #[cfg(feature = "grpc")]
            grpc_names,
        } = surfaces;
        let drain = DrainSwitch::new(Arc::clone(&checks.context.hub));
        let shared = Shared {
            checks,
            left_out,
            schedule,
            settings,
            setting_warnings,
            disclosure,
            runtimes,
            drain: Arc::new(drain),
            startup_report: OnceLock::new(),
            #[cfg(feature = "grpc")]
            grpc_names,
            #[cfg(feature = "grpc")]
            watched_questions: WatchedQuestions::default(),
            latest: Mutex::default(),
            #[cfg(feature = "page")]
            built_at: SystemTime::now(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Returns the transitions of all components from now on. They happen when checks run, on a
    /// schedule or when a report is requested, and when an [override](Self::set_override) is set or
    /// ends.
    #[must_use]
    pub fn subscribe(&self) -> Transitions {
        self.shared.checks.context.hub.subscribe()
    }

    /// Ends all background work and starts no further run. Waits for runs in flight, each until its
    /// timeout at most, and for publishers to handle their results, for a second at most.
    ///
    /// Streams of the gRPC health service (feature `grpc`) end at once, so that a server's graceful
    /// shutdown does not wait for them.
    ///
    /// Reports are still answered, with cached results while they are fresh, otherwise `unknown`.
    /// There is no need to call this before the last handle is dropped: that ends the background
    /// work too, and drops runs in flight except blocking ones. Works on any executor.
    pub async fn shutdown(&self) {
        let Shared { schedule, checks, drain, .. } = &*self.shared;
        drain.stop();
        schedule.stop();
        #[cfg(feature = "grpc")]
        self.shared.watched_questions.close();
        checks.start_no_more();
        // If there is no clock, there is no run to wait for.
        if let Ok(clock) = callers_clock() {
            within(&clock, checks.wait_for_runs()).await;
        }
        let hub = &checks.context.hub;
        if hub.has_publishers() {
            // Without a clock to bound the wait, does not wait.
            if let Ok(clock) = clock() {
                hub.flush(&clock).await;
            }
        }
    }

    /// Returns when the service was built.
    #[cfg(feature = "page")]
    pub(crate) fn built_at(&self) -> DateTime<Utc> {
        in_milliseconds(self.shared.built_at)
    }

    /// Returns when draining began, if the service drains.
    #[cfg(feature = "page")]
    pub(crate) fn draining_since(&self) -> Option<DateTime<Utc>> {
        self.shared.drain.draining_since().map(in_milliseconds)
    }

    /// Returns whether the startup probe has passed.
    #[cfg(feature = "page")]
    pub(crate) fn has_started(&self) -> bool {
        self.shared.startup_report.get().is_some()
    }

    /// Returns the settings in effect.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use panopticon::{CheckOptions, Panopticon};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async {})
    ///     .timeout(Duration::from_millis(500))
    ///     .build()?;
    /// assert_eq!(health.settings().timeout, Duration::from_millis(500));
    /// # Ok::<(), panopticon::BuildError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Returns the environment variables that are set but not used: unknown ones that begin with
    /// `PANOPTICON_`, sorted by name; with the feature `check-url`, or if
    /// [heartbeats](crate::guide::events#heartbeats) are sent, proxies and entries of `NO_PROXY` that
    /// cannot be used; and with the feature `systemd`, those of systemd that cannot be used. The
    /// feature `tracing` logs them as well, a proxy when the first request needs one, and those of
    /// systemd in `notify_systemd`.
    #[must_use]
    pub fn setting_warnings(&self) -> &[SettingWarning] {
        &self.shared.setting_warnings
    }
}

impl fmt::Debug for Panopticon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panopticon")
            .field("components", &self.shared.checks.names())
            .finish_non_exhaustive()
    }
}
