//! No secret is in any log, not even at `trace`, the level at which ureq-proto logs every byte that
//! it writes. This is a test program of its own since it installs a logger.
#![cfg(feature = "_http-client")]

#[cfg(feature = "datadog-api")]
mod api_key;
#[cfg(feature = "heartbeat")]
mod heartbeat;
mod lines;
#[cfg(feature = "check-url")]
mod url;
