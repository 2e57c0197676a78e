//! Changes of components' statuses.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::escaped::Escaped;
use crate::health::Status;
#[cfg(feature = "http")]
use crate::report::Disclosure;
use crate::report::{Component, Override, Timestamp, in_milliseconds};

/// A change of a component's reported status: by its check, or because an operator's
/// [override](crate::Panopticon::set_override) was set or replaced, or has ended.
///
/// What an operator does is a transition even if the status stays the same. While an override lasts,
/// results of the check cause none.
///
/// `{}` writes one line, for logs:
///
/// ```text
/// database: healthy → unhealthy (no answer)
/// database: unhealthy → degraded (override until 2026-07-01T12:00:00.000Z: announced maintenance)
/// database: degraded → unhealthy (no answer; override ended: announced maintenance)
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Transition {
    from: Status,
    to: Status,
    at: DateTime<Utc>,
    component: Arc<Component>,
    ended_override: Option<Override>,
}

impl Transition {
    /// Creates the transition of a component whose check has changed its status.
    pub(crate) fn by_check(from: Status, component: &Arc<Component>) -> Self {
        let at = component.checked_at().unwrap_or_else(|| in_milliseconds(SystemTime::now()));
        let component = Arc::clone(component);
        Self { from, to: component.status(), at, component, ended_override: None }
    }

    /// Creates the transition of a component whose override was just set, or has just ended.
    pub(crate) fn by_override(
        from: Status,
        component: &Arc<Component>,
        ended_override: Option<Override>,
    ) -> Self {
        let at = in_milliseconds(SystemTime::now());
        let component = Arc::clone(component);
        Self { from, to: component.status(), at, component, ended_override }
    }

    /// Returns the transition without the details of its component, for keeping it.
    pub(super) fn without_details(&self) -> Self {
        let component = Arc::new(self.component.without_details());
        let Self { from, to, at, ended_override, .. } = self.clone();
        Self { from, to, at, component, ended_override }
    }

    /// Returns the length of its message and reasons in bytes.
    pub(super) fn text_bytes(&self) -> usize {
        let message = self.message().map_or(0, str::len);
        let overrides = [self.active_override(), self.ended_override()];
        let reasons = overrides.into_iter().flatten().map(|it| it.reason().len());
        message + reasons.sum::<usize>()
    }

    /// Returns the transition as a reader with this disclosure sees it.
    #[cfg(feature = "http")]
    pub(crate) fn disclosed(&self, disclosure: Disclosure) -> Self {
        let component = Component::clone(&self.component).disclosed(disclosure);
        let ended_override = self.ended_override.clone();
        let ended_override = ended_override.map(|ended| ended.disclosed(disclosure));
        Self { component: Arc::new(component), ended_override, ..self.clone() }
    }

    /// Returns the component's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.component.name()
    }

    /// Returns the component as it is reported from now on, with its details, and with what it
    /// [waits for](Component::waits_for).
    #[must_use]
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Returns the collection that the component belongs to.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.component.collection()
    }

    /// Returns the component's tags.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        self.component.tags()
    }

    /// Returns whether the service is unhealthy when the component is.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.component.critical()
    }

    /// Returns the status before; [`Status::Unknown`] before the first result. It is the same as
    /// [`to`](Self::to) if setting or ending an override did not change it.
    #[must_use]
    pub fn from(&self) -> Status {
        self.from
    }

    /// Returns the status from now on.
    #[must_use]
    pub fn to(&self) -> Status {
        self.to
    }

    /// Returns the check's message, if there is one. While an override lasts, the reason for the
    /// status is the [override's](Self::active_override) instead.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.component.message()
    }

    /// Returns the override that was set with this transition. Its status is that of
    /// [`to`](Self::to).
    #[must_use]
    pub fn active_override(&self) -> Option<&Override> {
        self.component.active_override()
    }

    /// Returns the override that ended with this transition, because its time has passed or because
    /// it was cleared or replaced.
    #[must_use]
    pub fn ended_override(&self) -> Option<&Override> {
        self.ended_override.as_ref()
    }

    /// Returns when the run that changed the status ended, in whole milliseconds. For a transition
    /// to [`Status::Unknown`], returns when the last result was found to be too old. For a
    /// transition of an override, returns when the override was set or ended.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.name(), self.from, self.to)?;
        if let Some(active) = self.active_override() {
            f.write_str(" (override")?;
            if let Some(end) = active.ends_at() {
                write!(f, " until {}", Timestamp(end))?;
            }
            return write!(f, ": {})", Escaped(active.reason()));
        }
        let message = self.message().map(Escaped);
        let ended = self.ended_override().map(|ended| Escaped(ended.reason()));
        match (message, ended) {
            (Some(message), Some(ended)) => write!(f, " ({message}; override ended: {ended})"),
            (Some(message), None) => write!(f, " ({message})"),
            (None, Some(ended)) => write!(f, " (override ended: {ended})"),
            (None, None) => Ok(()),
        }
    }
}
