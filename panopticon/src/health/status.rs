//! The status of a component or a service.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The health of a component, or of a whole service.
///
/// Statuses are ordered by severity, so the worst of several is their maximum:
/// `Healthy < Degraded < Unknown < Unhealthy`. Serialized in lower case.
///
/// ```
/// use panopticon::Status;
///
/// assert!(Status::Degraded.is_healthy());
/// assert_eq!([Status::Healthy, Status::Unhealthy].into_iter().max(), Some(Status::Unhealthy));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Works as it should.
    Healthy,
    /// Works, but not as it should. Traffic still goes to it.
    Degraded,
    /// There is no result yet, or the last one is too old. A health check cannot return it.
    Unknown,
    /// Does not work.
    Unhealthy,
}

impl Status {
    /// All statuses, by severity.
    pub(crate) const ALL: [Self; 4] =
        [Self::Healthy, Self::Degraded, Self::Unknown, Self::Unhealthy];

    /// Returns whether traffic may go to it: true for [`Healthy`](Self::Healthy) and
    /// [`Degraded`](Self::Degraded).
    #[must_use]
    pub const fn is_healthy(self) -> bool {
        matches!(self, Self::Healthy | Self::Degraded)
    }

    /// Returns the word of the wire format: `"healthy"`, `"degraded"`, `"unknown"` or
    /// `"unhealthy"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
