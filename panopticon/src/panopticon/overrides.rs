use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use tokio::time::Instant;

use super::Panopticon;
use crate::check::duration;
use crate::engine::{Cell, Pin};
use crate::health::Status;
use crate::report::Override;

impl Panopticon {
    /// Pins a component to a status until an instant: an operator knows better than its check for a
    /// while, since a provider announced an outage, say. Takes the place of an earlier pin.
    ///
    /// Its check goes on, and what it says stands beside the reason in the report, under
    /// [`override`](crate::Override). Transitions are those of the check.
    ///
    /// `until` is a [`SystemTime`] or a `chrono::DateTime`. It is read once: a clock that is set
    /// meanwhile makes it neither longer nor shorter.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use panopticon::{CheckOptions, Health, Panopticon, Status};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let health = Panopticon::empty()
    ///     .check("billing", CheckOptions::new(), || async { Health::unhealthy("no answer") })
    ///     .build()?;
    /// let until = SystemTime::now() + Duration::from_secs(3600);
    /// health.override_status("billing", Status::Degraded, until, "announced maintenance")?;
    ///
    /// assert!(health.report().await.service_healthy());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such component, if `until` has passed or is more than 30 days away, or if
    /// there is no reason.
    pub fn override_status(
        &self,
        component: &str,
        status: Status,
        until: impl Into<SystemTime>,
        reason: impl Into<String>,
    ) -> Result<(), OverrideError> {
        let (until, reason) = (until.into(), reason.into());
        let cell = self.cell(component)?;
        if reason.trim().is_empty() {
            return Err(OverrideError::NoReason);
        }
        let left = until.duration_since(SystemTime::now()).map_err(|_| OverrideError::Passed)?;
        if left > duration::MAX {
            return Err(OverrideError::TooLong);
        }
        let active = Override::new(status, reason).until(until);
        let pin = Pin { active, ends: Instant::now() + left };
        cell.pin(pin, &self.shared.watch.news);
        Ok(())
    }

    /// Ends an [override](Self::override_status) before its time. False where there was none.
    ///
    /// # Errors
    ///
    /// If there is no such component.
    pub fn clear_override(&self, component: &str) -> Result<bool, OverrideError> {
        Ok(self.cell(component)?.unpin(&self.shared.watch.news))
    }

    fn cell(&self, component: &str) -> Result<&Cell, OverrideError> {
        let watch = &self.shared.watch;
        let position = watch.position(component).ok_or_else(|| {
            OverrideError::UnknownComponent { name: component.to_owned(), known: watch.names() }
        })?;
        Ok(&watch.cells[position])
    }
}

/// Why a component cannot be pinned to a status.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverrideError {
    /// No component has this name.
    #[non_exhaustive]
    UnknownComponent {
        /// The name.
        name: String,
        /// The components that there are, sorted.
        known: Vec<String>,
    },
    /// It would have ended already.
    Passed,
    /// It would hold for more than 30 days.
    TooLong,
    /// No reason is given.
    NoReason,
}

impl Error for OverrideError {}

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownComponent { name, known } => {
                write!(f, "no component is named {name:?}; there are: {}", known.join(", "))
            }
            Self::Passed => f.write_str("an override must end in the future"),
            Self::TooLong => f.write_str("an override must end within 30 days; renew it then"),
            Self::NoReason => {
                f.write_str("an override must have a reason, for those who read the report")
            }
        }
    }
}
