//! Reports, their components, and the keys that both have when they are serialized.

mod component;
mod components;
mod damped;
mod deserialize;
mod disclosure;
mod display;
pub(crate) mod keys;
mod origin;
mod serialize;
#[cfg(any(feature = "heartbeat", all(feature = "systemd", unix)))]
mod status_line;
mod status_override;
mod timestamp;

use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use self::keys::{doc_table, report_keys};
use crate::check::Probe;
use crate::health::Status;

pub use self::component::{Component, MessageKey};
pub(crate) use self::component::{Finding, MessageForm};
pub(crate) use self::components::ComponentList;
pub use self::damped::Damped;
pub use self::disclosure::Disclosure;
pub(crate) use self::serialize::Summary;
pub use self::status_override::Override;
pub(crate) use self::status_override::OverrideEnd;
pub(crate) use self::timestamp::{Timestamp, in_milliseconds};

/// The statuses of all selected components at one instant.
///
/// Its JSON is that of python-panopticon, with `status` and `draining` added:
///
#[doc = report_keys!(doc_table)]
///
/// Deserializing requires all of them except `draining` and `status`; a missing `status` follows
/// from `service_healthy`. A report equals itself read back, except that `serde_json` may read a
/// float in a detail as its neighbour, unless its feature `float_roundtrip` is enabled.
///
/// `{}` writes one line, for logs; `{:#}` writes a line for each component, for terminals. Both
/// escape the characters that could start a line, control a terminal or reorder the text: control
/// characters, U+2028 and U+2029, and those that control bidirectional text.
///
/// ```
/// let report: panopticon::Report = serde_json::from_str(r#"{
///     "service_healthy": false,
///     "timestamp": "2014-09-03T23:09:38.702Z",
///     "components": {
///         "database": {"healthy": false, "response_time": 0.5, "friendly_status": "no answer"},
///         "queue": {"healthy": true, "response_time": 0.00123, "queued_jobs": 423}
///     }
/// }"#)?;
/// assert!(!report.service_healthy());
/// assert_eq!(report.component("queue").and_then(|queue| queue.detail("queued_jobs")), Some(&423.into()));
/// assert_eq!(
///     report.to_string(),
///     "service unhealthy: database unhealthy (no answer), queue healthy",
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    status: Status,
    timestamp: DateTime<Utc>,
    draining: bool,
    components: Arc<ComponentList>,
}

impl Report {
    /// Creates a report of components, which must be sorted by name, for a probe if there is one.
    pub(crate) fn new(components: Vec<Arc<Component>>, probe: Option<Probe>) -> Self {
        let status = components.iter().map(|component| component.counted(probe)).max();
        Self {
            status: status.unwrap_or(Status::Healthy),
            timestamp: in_milliseconds(SystemTime::now()),
            draining: false,
            components: Arc::new(ComponentList::sorted(components)),
        }
    }

    /// Returns the report with the service marked as draining and, if `is_unhealthy`, as unhealthy.
    pub(crate) fn draining(mut self, is_unhealthy: bool) -> Self {
        self.draining = true;
        if is_unhealthy {
            self.status = Status::Unhealthy;
        }
        self
    }

    /// Returns whether every check has passed, and none only because of an override.
    pub(crate) fn has_passed(&self) -> bool {
        self.components()
            .all(|(_, component)| component.healthy() && component.active_override().is_none())
    }

    /// Returns the components, which reports of the same results share.
    pub(crate) fn shared_components(&self) -> &Arc<ComponentList> {
        &self.components
    }

    /// Returns a report of the same components, made now.
    pub(crate) fn again(&self) -> Self {
        Self { timestamp: in_milliseconds(SystemTime::now()), ..self.clone() }
    }

    /// Returns whether every critical component is healthy or degraded.
    #[must_use]
    pub fn service_healthy(&self) -> bool {
        self.status.is_healthy()
    }

    /// Returns the worst status of the critical components, and at least degraded if an optional
    /// one is not healthy.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns when the report was made, in whole milliseconds.
    #[must_use]
    pub fn timestamp(&self) -> DateTime<Utc> {
        self.timestamp
    }

    /// Returns whether the service is draining.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// Returns the component with this name, if the report has it.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.get(name).map(|component| &**component)
    }

    /// Returns all components with their names, sorted by name.
    #[must_use]
    pub fn components(&self) -> impl ExactSizeIterator<Item = (&str, &Component)> {
        self.components.iter()
    }
}
