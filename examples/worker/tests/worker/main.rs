//! Starts the worker, probes it as its container does, and stops it.

#![cfg(unix)]

mod container;
mod probe;
mod process;
mod stopping;
