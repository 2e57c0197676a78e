//! Changes of components' statuses.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::health::Status;
use crate::report::{Component, in_milliseconds};

/// A change of a component's reported status.
///
/// `{}` writes one line, for logs: `database: healthy → unhealthy (no answer)`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Transition {
    from: Status,
    to: Status,
    at: DateTime<Utc>,
    component: Arc<Component>,
}

impl Transition {
    /// Creates the transition of a component whose status has changed.
    pub(crate) fn new(from: Status, to: Status, component: &Arc<Component>) -> Self {
        Self {
            from,
            to,
            at: component.checked_at().unwrap_or_else(|| in_milliseconds(SystemTime::now())),
            component: Arc::clone(component),
        }
    }

    /// Returns the component's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.component.name()
    }

    /// Returns the collection that the component belongs to.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.component.collection()
    }

    /// Returns whether the service is unhealthy when the component is.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.component.critical()
    }

    /// Returns the status before; [`Status::Unknown`] before the first result.
    #[must_use]
    pub fn from(&self) -> Status {
        self.from
    }

    /// Returns the status from now on.
    #[must_use]
    pub fn to(&self) -> Status {
        self.to
    }

    /// Returns the component's message, if it has one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.component.message()
    }

    /// Returns when the run that changed the status ended, in whole milliseconds. For a transition
    /// to [`Status::Unknown`], returns when the last result was found to be too old.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.name(), self.from, self.to)?;
        match self.message() {
            Some(message) => write!(f, " ({})", message.escape_debug()),
            None => Ok(()),
        }
    }
}
