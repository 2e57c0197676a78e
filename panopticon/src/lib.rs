#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "axum"), doc = "Health checks for Rust services; see the README.")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
mod check;
pub mod checks;
#[cfg(feature = "datadog")]
pub mod datadog;
mod engine;
mod events;
mod formats;
mod health;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "_http-client")]
mod http_client;
mod panics;
mod panopticon;
mod registry;
mod report;
mod settings;
pub mod testing;
mod waking;

pub use self::check::{CheckOptions, Probe};
pub use self::events::{Missed, Publisher, Transition, Transitions};
pub use self::health::{Health, IntoHealth, Status};
#[cfg(feature = "http")]
pub use self::http::{HealthBody, HealthService};
pub use self::panopticon::{Builder, OverrideError, Panopticon, Selection, SelectionError};
pub use self::registry::BuildError;
pub use self::report::{Component, Damped, MessageKey, Override, Report};
#[doc = include_str!("check/collection.md")]
pub use panopticon_macros::collection;
#[doc = include_str!("registry/discover.md")]
pub use panopticon_macros::discover;
#[doc = include_str!("check/healthcheck.md")]
pub use panopticon_macros::healthcheck;
#[cfg(feature = "datadog")]
#[doc = include_str!("datadog/track_time.md")]
pub use panopticon_macros::track_time;
