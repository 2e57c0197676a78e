use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, watch};

use crate::check::Definition;
use crate::health::Status;
use crate::report::{Component, in_milliseconds};
use crate::waking::woken_safely;

/// That a component's reported status has changed.
///
/// `{}` writes one line, for logs: `database: healthy → unhealthy (no answer)`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Transition {
    name: Arc<str>,
    collection: Option<Arc<str>>,
    critical: bool,
    from: Status,
    to: Status,
    message: Option<String>,
    at: DateTime<Utc>,
}

impl Transition {
    pub(crate) fn new(check: &Definition, from: Status, to: Status, component: &Component) -> Self {
        Self {
            name: Arc::clone(&check.name),
            collection: check.collection.clone(),
            critical: check.critical,
            from,
            to,
            message: component.message().map(str::to_owned),
            at: component.checked_at().unwrap_or_else(|| in_milliseconds(SystemTime::now())),
        }
    }

    /// The component's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The collection that it belongs to.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.collection.as_deref()
    }

    /// Whether the service is unhealthy when the component is.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.critical
    }

    /// What was reported before; [`Status::Unknown`] before the first result.
    #[must_use]
    pub fn from(&self) -> Status {
        self.from
    }

    /// What is reported now.
    #[must_use]
    pub fn to(&self) -> Status {
        self.to
    }

    /// What is said of the component now, if anything.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// When the run ended that made the difference, in milliseconds; or, to
    /// [`Status::Unknown`], when the last result was found too old.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.name, self.from, self.to)?;
        match &self.message {
            Some(message) => write!(f, " ({})", message.escape_debug()),
            None => Ok(()),
        }
    }
}

/// The transitions of a service from now on; from
/// [`Panopticon::subscribe`](crate::Panopticon::subscribe).
#[derive(Debug)]
pub struct Transitions {
    receiver: broadcast::Receiver<Arc<Transition>>,
    /// Changes after each transition, and at the end.
    alarm: watch::Receiver<()>,
}

impl Transitions {
    /// How many transitions wait for a subscriber at most. It loses the oldest when there are more.
    pub const CAPACITY: usize = 1024;

    pub(crate) fn new(
        receiver: broadcast::Receiver<Arc<Transition>>,
        alarm: watch::Receiver<()>,
    ) -> Self {
        Self { receiver, alarm }
    }

    /// Waits for the next transition; each comes once, in order. `None` when the last handle of the
    /// [`Panopticon`](crate::Panopticon) is gone.
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// If transitions were lost, since more than [`CAPACITY`](Self::CAPACITY) were waiting. The
    /// next call yields the oldest that is left.
    pub async fn next(&mut self) -> Option<Result<Arc<Transition>, Missed>> {
        loop {
            match self.receiver.try_recv() {
                Ok(transition) => return Some(Ok(transition)),
                Err(TryRecvError::Lagged(count)) => return Some(Err(Missed { count })),
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) => {}
            }
            // An error says that there is no alarm any more: then the channel is closed.
            let _ = woken_safely(self.alarm.changed()).await;
        }
    }
}

/// That a subscriber was too slow, and how many transitions it has lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missed {
    /// How many.
    pub count: u64,
}

impl Error for Missed {}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} transitions were missed, for they were not taken in time", self.count)
    }
}
