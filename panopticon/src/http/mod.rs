//! Reports over HTTP.

mod accept;
mod answer;
mod body;
mod disclosure;
mod mount;
mod negotiation;
mod percent_decoding;
mod query;
mod question;
mod request;
mod respond;
mod response;
#[cfg(feature = "axum")]
mod router;
mod service;

pub use self::body::HealthBody;
pub use self::request::HealthRequest;
pub use self::response::HealthResponse;
pub use self::service::HealthService;
