//! Statistics, at the public face and with a real socket at the other end.
#![cfg(feature = "datadog")]

mod agent;
#[cfg(feature = "datadog-api")]
mod api;
mod dogstatsd;
