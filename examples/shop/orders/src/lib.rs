//! The shop's orders: accepted at once, stored in a database, billed later.
//!
//! Their health checks are in [`healthchecks`]; no code registers them.

mod database;
pub mod healthchecks;
mod order;

pub use self::database::connect;
pub use self::order::{NewOrder, Order, find, mark_billed, store, unbilled};
