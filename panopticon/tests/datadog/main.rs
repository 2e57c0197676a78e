//! Statistics, at the public face and with a real socket at the other end.
#![cfg(feature = "datadog")]

mod agent;
mod any_input;
#[cfg(feature = "datadog-api")]
mod api;
mod checked_names;
mod client;
mod dogstatsd;
mod health;
mod parser;
mod random;
mod receivers;
#[cfg(feature = "datadog-requests")]
mod requests;
#[cfg(all(feature = "axum", feature = "datadog-requests"))]
mod requests_of_axum;
mod settings;
mod sockets;
