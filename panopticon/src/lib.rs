#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "axum"), doc = "Health checks for Rust services; see the README.")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "axum")]
mod axum;
mod build_error;
mod check;
pub mod checks;
mod collection;
mod details;
mod duration;
mod finite;
mod health;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "_http-client")]
mod http_client;
mod monitor;
mod name;
mod probe;
mod registry;
mod report;
#[cfg(feature = "request-metrics")]
pub mod requests;
mod resources;
mod run;
mod setting;
mod settings;
mod state;
#[cfg(feature = "datadog")]
pub mod stats;
mod status;
pub mod testing;

pub use self::build_error::BuildError;
pub use self::check::CheckOptions;
pub use self::health::{Health, IntoHealth};
#[cfg(feature = "http")]
pub use self::http::{HealthBody, HealthService};
pub use self::monitor::{
    Builder, Missed, OverrideError, Panopticon, Publisher, Selection, SelectionError, Transition,
    Transitions,
};
pub use self::probe::Probe;
pub use self::report::{Component, MessageKey, Override, Report};
pub use self::state::Damped;
pub use self::status::Status;
#[doc = include_str!("collection.md")]
pub use panopticon_macros::collection;
#[doc = include_str!("discover.md")]
pub use panopticon_macros::discover;
#[doc = include_str!("healthcheck.md")]
pub use panopticon_macros::healthcheck;
#[cfg(feature = "datadog")]
#[doc = include_str!("track_time.md")]
pub use panopticon_macros::track_time;
