//! Tests of the Datadog client through its public API, with a real socket as the receiver.
#![cfg(feature = "datadog")]

mod agent;
mod aggregation;
mod any_input;
#[cfg(feature = "datadog-api")]
mod api;
mod at_exit;
mod checked_names;
mod client;
mod dogstatsd;
mod health;
mod intervals;
#[path = "../it/own_process.rs"]
mod own_process;
mod parser;
mod platform_variables;
mod random;
mod receivers;
#[cfg(feature = "datadog-requests")]
mod requests;
mod settings;
mod socket_folder;
mod sockets;
mod stream_sockets;
mod tags_and_names;
mod timed_block;
