//! The shop's billing: a queue of orders, and a worker that bills them in the background.
//!
//! What can be wrong with it is in [`healthchecks`]; nothing here or elsewhere registers it.

pub mod healthchecks;
mod queue;
mod worker;

pub use self::queue::{CAPACITY, JobQueue, QueueError, Slot, queue};
