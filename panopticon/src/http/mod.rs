//! Reports over HTTP.

mod answer;
mod body;
mod negotiation;
mod question;
#[cfg(feature = "axum")]
mod router;
mod service;

pub use self::body::HealthBody;
pub use self::service::HealthService;
