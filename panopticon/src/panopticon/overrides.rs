//! Overriding a component's status for a while.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

use super::handle::Panopticon;
use super::selection::unknown_component;
use crate::check::duration;
use crate::engine::{MonitoredCheck, callers_clock};
use crate::report::{Override, OverrideEnd};

impl Panopticon {
    /// Overrides a component's status for a while, when you know better than its check: during
    /// announced maintenance, for example. Replaces an earlier override.
    ///
    /// While it lasts, the override is what counts: for reports, probes, dependent checks,
    /// publishers and alarms. Setting it is a [transition](crate::Transition), even if the status
    /// stays the same. So is its end, which returns to the status that the check has by then. In
    /// between, results of the check cause no transitions.
    ///
    /// The check still runs. In the component's JSON, the `status` is the operator's, and the key
    /// `override` has the reason and the status that the check reports; see
    /// [`Component::active_override`](crate::Component::active_override). An override does not make
    /// the startup probe pass for good.
    ///
    /// The end is read once: setting the system clock afterwards does not move it.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use panopticon::{CheckOptions, Health, Override, Panopticon, Status};
    /// use std::time::Duration;
    ///
    /// let health = Panopticon::empty()
    ///     .check("billing", CheckOptions::new(), || async { Health::unhealthy("no answer") })
    ///     .build()?;
    /// let maintenance = Override::new(Status::Degraded, "announced maintenance");
    /// health.set_override("billing", maintenance.lasting(Duration::from_secs(3600)))?;
    ///
    /// assert!(health.report().await.service_healthy());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the component is unknown, if the override has no reason or no end, or if its end has
    /// passed or is more than 30 days away.
    pub fn set_override(&self, component: &str, set: Override) -> Result<(), OverrideError> {
        let check = self.monitored_check(component)?;
        if set.reason().trim().is_empty() {
            return Err(OverrideError::NoReason);
        }
        let now = SystemTime::now();
        let left = match set.end().ok_or(OverrideError::NoEnd)? {
            OverrideEnd::After(left) => left,
            OverrideEnd::At(end) => {
                SystemTime::from(end).duration_since(now).map_err(|_| OverrideError::Passed)?
            }
        };
        if left.is_zero() {
            return Err(OverrideError::Passed);
        }
        if left > duration::MAX {
            return Err(OverrideError::TooLong);
        }
        let ends = Instant::now() + left;
        // Without a clock, it ends when the component is next asked for.
        check.set_override(set.until(now + left), ends, callers_clock().ok().as_ref());
        Ok(())
    }

    /// Ends an [override](Self::set_override) before its time. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// If the component is unknown.
    pub fn clear_override(&self, component: &str) -> Result<bool, OverrideError> {
        Ok(self.monitored_check(component)?.clear_override())
    }

    fn monitored_check(&self, component: &str) -> Result<&Arc<MonitoredCheck>, OverrideError> {
        let checks = &self.shared.checks;
        let position =
            checks.position(component).ok_or_else(|| OverrideError::UnknownComponent {
                name: component.to_owned(),
                known: checks.names(),
                left_out: self.is_left_out(component),
            })?;
        Ok(&checks.sorted[position])
    }
}

/// The reason why an override cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverrideError {
    /// No component has this name.
    #[non_exhaustive]
    UnknownComponent {
        /// The name.
        name: String,
        /// The names of all components, sorted.
        known: Vec<String>,
        /// Whether a check of this name is [left out](Panopticon::left_out).
        left_out: bool,
    },
    /// The override has no end.
    NoEnd,
    /// The end of the override has passed.
    Passed,
    /// The end of the override is more than 30 days away.
    TooLong,
    /// The override has no reason.
    NoReason,
}

impl Error for OverrideError {}

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownComponent { name, known, left_out } => {
                unknown_component(f, name, known, *left_out)
            }
            Self::NoEnd => f.write_str(
                "an override must have an end; set it with `.lasting(…)` or `.until(…)`",
            ),
            Self::Passed => f.write_str("an override must end in the future"),
            Self::TooLong => f.write_str(
                "an override must end within 30 days; set it again then if it is still needed",
            ),
            Self::NoReason => {
                f.write_str("an override must have a reason, for those who read the report")
            }
        }
    }
}
