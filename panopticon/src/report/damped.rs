use serde::{Deserialize, Serialize};

use crate::health::Status;

/// The latest results of a component, where they do not count yet: fewer in a row than the
/// threshold of their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Damped {
    /// What the latest result was.
    pub status: Status,
    /// How many successes, or failures, there were in a row.
    pub count: u32,
    /// How many it takes.
    pub threshold: u32,
}
