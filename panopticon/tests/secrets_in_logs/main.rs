//! That no secret is in any log, not even at `trace`, where ureq-proto logs each byte that is sent. A
//! test program of its own, for it listens to all that is logged.
#![cfg(feature = "_http-client")]

#[cfg(feature = "datadog-api")]
mod api_key;
mod lines;
#[cfg(feature = "check-url")]
mod url;
