//! Behaviour at the public face.
//!
//! One binary, for each would link the whole of tokio again; what must not be in it, because every
//! `#[healthcheck]` of a binary is in its registry, stands in `registry_refused.rs`.

#[cfg(feature = "axum")]
mod axum_router;
mod blocking_report;
mod builder;
mod cache;
#[cfg(feature = "check-url")]
mod check_url;
mod dependencies;
mod discovery;
#[cfg(all(feature = "axum", feature = "signal", unix))]
mod drain;
mod faults;
#[cfg(feature = "http")]
mod http_service;
mod kept_reports;
mod overrides;
mod probes;
mod publishers;
mod report;
mod run;
mod schedule;
mod scripted;
mod selection;
mod shutdown;
mod single_flight;
mod stuck_runtime;
mod thresholds;
#[cfg(feature = "tracing")]
mod tracing_log;
mod transitions;
mod wire_format;
