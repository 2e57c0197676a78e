//! Statistics, at the public face and with a real socket at the other end.
#![cfg(feature = "datadog")]

mod agent;
mod dogstatsd;
#[cfg(feature = "request-metrics")]
mod requests;
#[cfg(all(feature = "axum", feature = "request-metrics"))]
mod requests_of_axum;
