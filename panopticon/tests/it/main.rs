//! Behavior at the public face, in one binary, since each binary links all of tokio again.
//!
//! Every `#[healthcheck]` of a binary is in its registry, so those that `build()` refuses are in a
//! binary of their own, `registry_refused.rs`.

#[cfg(feature = "http")]
mod answered_statuses;
#[cfg(feature = "axum")]
mod axum_nesting;
#[cfg(feature = "axum")]
mod axum_router;
#[cfg(feature = "http")]
mod before_build;
mod builder;
mod check_parts;
#[cfg(feature = "check-url")]
mod check_url;
#[cfg(all(feature = "axum", feature = "signal", unix))]
mod child_process;
mod clocks;
mod components;
mod dependencies;
mod detail_limits;
#[cfg(feature = "http")]
mod disclosure;
mod discovery;
mod draining;
#[cfg(feature = "http")]
mod error_secrets;
#[cfg(all(feature = "axum", feature = "cli"))]
mod exec_probe;
#[cfg(all(feature = "axum", feature = "signal", unix))]
mod exit;
mod few_threads;
mod first_results;
#[cfg(all(feature = "axum", feature = "signal", unix))]
mod frozen;
#[cfg(all(feature = "grpc", feature = "server"))]
mod grpc;
#[cfg(feature = "http")]
mod health_json;
#[cfg(feature = "heartbeat")]
mod heartbeat;
#[cfg(feature = "http")]
mod history;
#[cfg(feature = "http")]
mod http_answer;
#[cfg(feature = "http")]
mod http_service;
mod hung_runs;
mod latest_report;
mod left_out;
#[cfg(feature = "tracing")]
mod log_events;
#[cfg(any(
    feature = "disk",
    feature = "file-descriptors",
    feature = "memory",
    feature = "process",
    feature = "runtime"
))]
mod machine_checks;
#[cfg(feature = "server")]
mod management_server;
#[cfg(all(feature = "axum", feature = "server", feature = "signal", target_os = "linux"))]
mod management_server_load;
#[cfg(all(feature = "axum", feature = "server", feature = "signal", unix))]
mod management_server_stuck;
#[cfg(feature = "prometheus")]
mod metrics;
#[cfg(feature = "prometheus")]
mod metrics_readers;
#[cfg(feature = "http")]
mod negotiation;
#[cfg(any(feature = "certificate", feature = "dns", feature = "tcp"))]
mod network_checks;
mod override_transitions;
mod overrides;
mod own_process;
#[cfg(feature = "page")]
mod page;
#[cfg(feature = "page")]
mod page_traffic;
#[cfg(feature = "page")]
mod page_version;
mod panics;
mod probe_patience;
mod probes;
mod publisher_batches;
mod publishers;
#[cfg(feature = "http")]
mod query_selection;
mod random;
mod report;
mod report_cache;
mod result_cache;
mod retry_interval;
mod returned_errors;
mod root_causes;
mod run;
mod runtime_watch;
mod schedule;
#[cfg(feature = "http")]
mod schemas;
mod scripted;
mod selection;
mod setting_warnings;
mod shutdown;
#[cfg(all(feature = "axum", feature = "signal", unix))]
mod signals;
mod single_flight;
mod stuck_runtime;
#[cfg(all(feature = "systemd", unix))]
mod systemd;
mod thresholds;
#[cfg(feature = "tracing")]
mod tracing_log;
mod transitions;
mod wire_format;
mod without_a_runtime;
#[cfg(feature = "http")]
mod z_pages;
