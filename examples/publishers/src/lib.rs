//! Publishers to copy into a service: each is one file or folder, which needs nothing of the others.

pub mod error_tracker;
pub mod open_telemetry;
pub mod webhook;
