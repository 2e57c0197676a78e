//! Behaviour at the public face.
//!
//! One binary, for each would link the whole of tokio again; what must not be in it, because every
//! `#[healthcheck]` of a binary is in its registry, stands in `registry_refused.rs`.

#[cfg(feature = "axum")]
mod axum_router;
mod blocking_report;
mod builder;
mod discovery;
#[cfg(feature = "http")]
mod http_service;
mod report;
mod run;
mod selection;
mod wire_format;
