//! A result that does not count yet.

use serde::{Deserialize, Serialize};

use crate::health::Status;

/// The latest result of a component while it does not count yet: its status is worse or better than
/// the reported one, and there were not enough such results in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Damped {
    /// The status of the latest result.
    pub status: Status,
    /// The number of latest results in a row that were at least as bad, or as good.
    pub count: u32,
    /// The number at which they count: the failure threshold if the latest result is worse than
    /// what is reported, otherwise the success threshold.
    pub threshold: u32,
}
