// The README links to files, for GitHub. The first definition of a link wins, so on this page the
// same links lead to the guide. Not in doctests, whose failures would be reported in the wrong
// file.
#![cfg_attr(all(feature = "axum", not(doctest)), doc = include_str!("guide/readme_links.md"))]
#![cfg_attr(feature = "axum", doc = include_str!(env!("PANOPTICON_README")))]
#![cfg_attr(not(feature = "axum"), doc = "Health checks for Rust services; see the README.")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
mod blocking_threads;
mod check;
pub mod checks;
#[cfg(feature = "datadog")]
pub mod datadog;
mod edit_distance;
mod engine;
mod escaped;
mod events;
#[cfg(feature = "exec-probe")]
mod exec_probe;
#[cfg(any(feature = "heartbeat", feature = "server", all(feature = "systemd", unix)))]
mod first_of;
mod formats;
#[cfg(feature = "grpc")]
mod grpc;
pub mod guide;
mod health;
#[cfg(feature = "heartbeat")]
mod heartbeat;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "_http-client")]
mod http_client;
#[cfg(feature = "tracing")]
mod log_target;
#[cfg(feature = "_net")]
#[cfg_attr(
    not(all(feature = "certificate", feature = "check-url", feature = "dns", feature = "tcp")),
    allow(dead_code, unused_imports, reason = "each check uses a part of it")
)]
mod net;
mod numbered_list;
mod panics;
mod panopticon;
mod paused_time;
#[cfg(feature = "metrics")]
pub mod publishers;
mod registry;
mod report;
#[cfg(feature = "server")]
mod server;
mod settings;
mod shown_url;
mod similar_name;
#[cfg(feature = "systemd")]
mod systemd;
pub mod testing;
mod timer;

pub use self::check::{CheckOptions, Probe, SourceLocation};
pub use self::events::{
    ComponentHistory, DrainingChanges, History, Missed, Notification, PastResult, Publisher,
    Transition, Transitions,
};
#[cfg(feature = "exec-probe")]
pub use self::exec_probe::exec_probe;
#[cfg(feature = "grpc")]
pub use self::grpc::GrpcHealthService;
pub use self::health::{Health, IntoHealth, Status};
#[cfg(feature = "http")]
pub use self::http::{HealthBody, HealthRequest, HealthResponse, HealthService};
pub use self::panopticon::{
    Builder, ComponentInfo, OverrideError, Panopticon, Selection, SelectionError, WeakPanopticon,
};
pub use self::registry::{BuildError, LeftOutCheck, LeftOutReason, Problem, ProblemKind};
pub use self::report::{Component, Damped, Disclosure, MessageKey, Override, Report};
#[cfg(feature = "server")]
pub use self::server::{ListenAddress, ManagementServer};
pub use self::settings::{BearerToken, SecretUrl, ServiceInfo, SettingWarning, Settings};
#[doc = include_str!("check/collection.md")]
pub use panopticon_macros::collection;
#[doc = include_str!("registry/discover.md")]
pub use panopticon_macros::discover;
#[doc = include_str!("check/healthcheck.md")]
pub use panopticon_macros::healthcheck;
#[cfg(feature = "datadog")]
#[doc = include_str!("datadog/track_time.md")]
pub use panopticon_macros::track_time;
