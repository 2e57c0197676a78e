//! Results that do not count yet.

use serde::{Deserialize, Serialize};

use crate::health::Status;

/// The latest results of a component while they do not count yet, since there are fewer in a row
/// than the threshold of their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Damped {
    /// The latest result.
    pub status: Status,
    /// The number of successes, or failures, in a row.
    pub count: u32,
    /// The number from which they count.
    pub threshold: u32,
}
