//! Uses panopticon, and has no check.

pub use panopticon::Health;
