//! The status that an operator sets instead of the one that a check reports.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::disclosure::Disclosure;
use super::timestamp::{self, in_milliseconds};
use crate::health::{Status, shown};

/// The status that an operator sets for a component, and why; see
/// [`Panopticon::set_override`](crate::Panopticon::set_override) and
/// [`Component::active_override`](crate::Component::active_override).
///
/// It needs an end. Of [`until`](Self::until) and [`lasting`](Self::lasting), the last call counts.
///
/// ```
/// use panopticon::{Override, Status};
/// use std::time::Duration;
///
/// let maintenance = Override::new(Status::Degraded, "announced maintenance")
///     .lasting(Duration::from_secs(3600));
/// assert_eq!(maintenance.status(), Status::Degraded);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an override does nothing until it is set"]
pub struct Override {
    status: Status,
    reason: String,
    end: Option<OverrideEnd>,
}

/// The end of an override, as the operator gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverrideEnd {
    At(DateTime<Utc>),
    /// Counted from when the override is set.
    After(Duration),
}

impl Override {
    /// Creates an override with the status to report and the reason to show next to it. The reason
    /// is cut to [4,096 bytes](crate::Health::MAX_MESSAGE_BYTES), and the credentials of URLs in it
    /// are masked, as in messages. Anonymous readers [see it](crate::Disclosure).
    pub fn new(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: shown(reason.into()), end: None }
    }

    /// Ends the override at this instant, a [`SystemTime`] or a `chrono::DateTime`, which is cut to
    /// whole milliseconds.
    pub fn until(mut self, end: impl Into<SystemTime>) -> Self {
        self.end = Some(OverrideEnd::At(in_milliseconds(end.into())));
        self
    }

    /// Ends the override this long after it is set.
    pub fn lasting(mut self, duration: Duration) -> Self {
        self.end = Some(OverrideEnd::After(duration));
        self
    }

    /// Returns the status that the component reports.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns why the operator set the override.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns when the override ends, in whole milliseconds. The override of a
    /// [component](crate::Component) always has such an instant; one with a duration
    /// ([`lasting`](Self::lasting)) has none before it is set.
    #[must_use]
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        match self.end {
            Some(OverrideEnd::At(instant)) => Some(instant),
            Some(OverrideEnd::After(_)) | None => None,
        }
    }

    /// Returns the override as a reader with this disclosure sees it.
    pub(crate) fn disclosed(self, disclosure: Disclosure) -> Self {
        match disclosure {
            Disclosure::StatusOnly => Self { reason: String::new(), ..self },
            Disclosure::Authored | Disclosure::Full => self,
        }
    }

    /// Returns the end as the operator gave it, if there is one.
    pub(crate) fn end(&self) -> Option<OverrideEnd> {
        self.end
    }
}

/// An override in a component's JSON. The component has the status that the operator set, so this
/// object has the one that the check reports.
#[derive(Serialize, Deserialize)]
pub(super) struct OverrideJson {
    status: Status,
    /// Empty only if it is not disclosed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(serialize_with = "timestamp::serialize")]
    until: DateTime<Utc>,
}

impl OverrideJson {
    pub(super) fn new(active: &Override, check_status: Status) -> Self {
        // An override without an end is never set.
        let until = active.ends_at().unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { status: check_status, reason: active.reason.clone(), until }
    }

    /// Returns the override of a component that reports this status, and the status of its check.
    pub(super) fn read(self, status: Status) -> (Override, Status) {
        let end = Some(OverrideEnd::At(self.until));
        (Override { status, reason: self.reason, end }, self.status)
    }
}
