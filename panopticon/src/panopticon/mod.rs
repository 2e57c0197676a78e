//! The [`Panopticon`] handle: building it, requesting reports, controlling it.

#[cfg(feature = "tracing")]
mod build_log;
mod builder;
mod components;
mod disclosure;
mod drain;
mod drain_switch;
mod exit_bound;
#[cfg(feature = "grpc")]
mod grpc_names;
mod handle;
#[cfg(feature = "heartbeat")]
mod heartbeat;
mod history;
mod latest;
#[cfg(any(feature = "metrics", feature = "prometheus"))]
pub(crate) mod metric_families;
mod overrides;
#[cfg(feature = "http")]
mod pending_handle;
mod questions;
mod selection;
#[cfg(feature = "grpc")]
mod serving;
#[cfg(all(feature = "signal", any(unix, windows)))]
mod signals;
#[cfg(feature = "grpc")]
mod watched_questions;
mod watched_runtime;
mod weak_handle;
#[cfg(feature = "http")]
mod z_page;

pub use self::builder::Builder;
pub use self::components::ComponentInfo;
#[cfg(feature = "grpc")]
pub(crate) use self::grpc_names::GrpcName;
pub use self::handle::Panopticon;
#[cfg(any(feature = "metrics", feature = "page", feature = "prometheus"))]
pub(crate) use self::latest::Latest;
pub use self::overrides::OverrideError;
#[cfg(feature = "http")]
pub(crate) use self::pending_handle::PendingHandle;
pub use self::selection::{Selection, SelectionError};
#[cfg(feature = "grpc")]
pub(crate) use self::serving::ServingQuestion;
#[cfg(feature = "grpc")]
pub(crate) use self::watched_questions::Answer;
#[cfg(all(feature = "systemd", unix))]
pub(crate) use self::weak_handle::HeldHandle;
#[cfg(feature = "server")]
pub(crate) use self::weak_handle::WeakHandle;
pub use self::weak_handle::WeakPanopticon;
#[cfg(feature = "http")]
pub(crate) use self::z_page::ZPageReport;
