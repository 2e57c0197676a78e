//! When and where checks run, and what is known about them between their runs.
//!
//! A caller asks for components ([`dependencies`]). Each check gives a cached result
//! ([`result_cache`]), or the caller joins its run ([`single_flight`]) and waits for it
//! ([`timeout`], by our own [`clock`]). A run happens on a task or thread of its own ([`run`]) and
//! hands its result to the check, which works out its status ([`monitored_check`], [`thresholds`])
//! and publishes it. One that goes on after its timeout is reported, and replaced ([`hung_runs`]).

#[cfg_attr(
    not(any(feature = "metrics", feature = "prometheus")),
    allow(dead_code, reason = "only metrics show them")
)]
mod check_counts;
mod clock;
mod context;
mod dependencies;
mod heartbeat;
mod hung_runs;
mod last_bad_results;
mod monitored_check;
mod monitored_checks;
mod overrides;
mod report_cache;
mod result_cache;
mod run;
pub(crate) mod running_time;
mod runtime_watch;
mod runtimes;
mod schedule;
mod single_flight;
mod skipping;
mod snapshot;
mod state;
#[cfg(any(
    feature = "grpc",
    feature = "heartbeat",
    feature = "server",
    all(feature = "systemd", unix)
))]
mod surface_runtime;
mod thresholds;
mod timeout;

#[cfg(any(feature = "metrics", feature = "prometheus"))]
pub(crate) use self::check_counts::RunOutcome;
#[cfg(feature = "server")]
pub(crate) use self::clock::server_runtime;
#[cfg(all(feature = "signal", any(unix, windows)))]
pub(crate) use self::clock::signal_runtime;
pub(crate) use self::clock::{DropElsewhere, callers_clock, clock, within};
pub(crate) use self::context::CheckContext;
pub(crate) use self::dependencies::{Answers, Patience};
pub(crate) use self::monitored_check::MonitoredCheck;
pub(crate) use self::monitored_checks::MonitoredChecks;
pub(crate) use self::report_cache::{CacheMiss, ReportScope};
pub(crate) use self::runtime_watch::RuntimeWatch;
pub(crate) use self::runtimes::Runtimes;
pub(crate) use self::schedule::Schedule;
#[cfg(any(feature = "metrics", feature = "page", feature = "prometheus"))]
pub(crate) use self::snapshot::LastKnown;
pub(crate) use self::snapshot::Snapshot;
#[cfg(any(
    feature = "grpc",
    feature = "heartbeat",
    feature = "server",
    all(feature = "systemd", unix)
))]
pub(crate) use self::surface_runtime::SurfaceRuntime;
