//! Reports over HTTP.

mod body;
#[cfg(feature = "axum")]
mod router;
mod service;

pub use self::body::HealthBody;
pub use self::service::HealthService;
