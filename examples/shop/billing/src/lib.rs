//! The shop's billing: a queue of orders, and a worker that bills them in the background.
//!
//! Its health checks are in [`healthchecks`]; no code registers them.

pub mod healthchecks;
mod queue;
mod worker;

pub use self::queue::{CAPACITY, JobQueue, QueueError, Slot, queue};
