//! The shop's orders: accepted at once, billed later, kept in a database.
//!
//! What can be wrong with them is in [`healthchecks`]; nothing here or elsewhere registers it.

mod database;
pub mod healthchecks;
mod order;

pub use self::database::connect;
pub use self::order::{NewOrder, Order, find, mark_billed, store, unbilled};
