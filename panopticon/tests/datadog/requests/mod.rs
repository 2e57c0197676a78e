//! The layer that counts and times requests.

#[cfg(feature = "axum")]
mod axum_router;
mod calls;
mod grpc;
mod outcomes;
mod service;
