//! One component of a report.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::damped::Damped;
use super::keys::{component, component_keys, doc_table};
use super::origin::Origin;
use super::status_override::Override;
use super::timestamp::in_milliseconds;
use crate::check::{Definition, Probe, duration};
use crate::health::{Details, Health, Message, Status};

/// The key of a component's message.
///
/// In python-panopticon 0.4 it is `friendly_status` according to the documentation, and
/// `status_message` in the code. The configured one is written; both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MessageKey {
    /// `"friendly_status"`, the default.
    #[default]
    FriendlyStatus,
    /// `"status_message"`, for monitors written against python-panopticon 0.4.
    StatusMessage,
}

impl MessageKey {
    /// Returns the key itself.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FriendlyStatus => component::FRIENDLY_STATUS,
            Self::StatusMessage => component::STATUS_MESSAGE,
        }
    }
}

/// A component of a report. In JSON, it is an object under its name in [`Report`](crate::Report).
///
#[doc = component_keys!(doc_table)]
///
/// Details that were added with [`Health::with`](crate::Health::with) are next to these keys, and
/// cannot use the same ones. There are at most [256](crate::Health::MAX_DETAILS), together with at
/// most [65,536 bytes](crate::Health::MAX_DETAILS_BYTES) of JSON, each with at most
/// [32 levels](crate::Health::MAX_DETAIL_DEPTH) of arrays and objects. Deserializing requires
/// `healthy` and `response_time`; a missing `status` follows from `healthy`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Component {
    pub(super) name: Arc<str>,
    pub(super) check_status: Status,
    pub(super) response_time: Duration,
    pub(super) message: Option<ComponentMessage>,
    pub(super) checked_at: Option<DateTime<Utc>>,
    pub(super) critical: bool,
    pub(super) damped: Option<Damped>,
    pub(super) hung_since: Vec<DateTime<Utc>>,
    pub(super) active_override: Option<Override>,
    pub(super) collection: Option<Arc<str>>,
    pub(super) tags: Arc<[String]>,
    pub(super) details: Details,
    pub(super) origin: Origin,
}

/// How the messages of a service's components are written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MessageForm {
    pub(crate) key: MessageKey,
    /// What a reader sees instead of the text of an error. `None` for a component that was
    /// deserialized.
    pub(crate) withheld: Option<&'static str>,
}

/// A component's message, and how it is written.
#[derive(Debug, Clone)]
pub(super) struct ComponentMessage {
    pub(super) form: MessageForm,
    pub(super) text: Message,
}

impl ComponentMessage {
    /// Returns the message without the text of an error.
    pub(super) fn authored(&self) -> Option<Self> {
        let text = self.text.authored_text().or(self.form.withheld)?;
        Some(Self { form: self.form, text: Message::authored(text) })
    }
}

/// Compares only what is serialized.
impl PartialEq for ComponentMessage {
    fn eq(&self, other: &Self) -> bool {
        self.form.key == other.form.key && self.text == other.text
    }
}

/// The reason why a detail is missing if its key is reserved.
const RESERVED: &str = "the report itself uses this key; give the detail another one";

/// The result of a run, and the status that the component reports because of it.
pub(crate) struct Finding {
    /// What the component reports: the status in `health`, unless thresholds damp it.
    pub(crate) status: Status,
    /// The status of the run itself.
    pub(crate) found: Status,
    pub(crate) damped: Option<Damped>,
    pub(crate) health: Health,
    /// How long the run took, reported unless `health` has a response time of its own.
    pub(crate) elapsed: Duration,
    /// `None` if the check was not called.
    pub(crate) checked_at: Option<SystemTime>,
    /// Since when each hung run has been running.
    pub(crate) hung_since: Vec<DateTime<Utc>>,
}

impl Component {
    /// Creates the component of a check that has a result.
    pub(crate) fn new(check: &Definition, form: MessageForm, finding: Finding) -> Self {
        let Finding { status, found, damped, mut health, elapsed, checked_at, hung_since } =
            finding;
        health.details.refuse(component::ALL, RESERVED);
        Self {
            // A JSON number holds every nanosecond of it.
            response_time: health.response_time.unwrap_or(elapsed).min(duration::MAX),
            message: health.message.map(|text| ComponentMessage { form, text }),
            checked_at: checked_at.map(in_milliseconds),
            damped,
            hung_since,
            details: health.details,
            origin: Origin::run(found),
            ..Self::without_result(check, form, status, String::new())
        }
    }

    /// Creates the component of a check without a result to show; the message says why.
    pub(crate) fn without_result(
        check: &Definition,
        form: MessageForm,
        status: Status,
        message: String,
    ) -> Self {
        Self {
            name: Arc::clone(&check.name),
            check_status: status,
            response_time: Duration::ZERO,
            message: Some(ComponentMessage { form, text: Message::authored(message) }),
            checked_at: None,
            critical: check.critical,
            damped: None,
            hung_since: Vec::new(),
            active_override: None,
            collection: check.collection.clone(),
            tags: Arc::clone(&check.tags),
            details: Details::default(),
            origin: Origin::default(),
        }
    }

    /// Returns the same component with an operator's override, whose end must be an instant.
    pub(crate) fn with_override(&self, active: &Override) -> Self {
        Self { active_override: Some(active.clone()), ..self.clone() }
    }

    /// Returns the same component without its details.
    pub(crate) fn without_details(&self) -> Self {
        Self { details: Details::default(), ..self.clone() }
    }

    /// Returns the same component without its result.
    #[cfg(feature = "metrics")]
    pub(crate) fn forgotten(self) -> Self {
        Self {
            check_status: Status::Unknown,
            message: None,
            checked_at: None,
            damped: None,
            active_override: None,
            origin: Origin::default(),
            ..self.without_details()
        }
    }

    /// Returns the same component with other hung runs.
    pub(crate) fn with_hung_since(&self, hung_since: Vec<DateTime<Utc>>) -> Self {
        Self { hung_since, ..self.clone() }
    }

    /// Returns the same component with the time of the result that it replaces.
    pub(crate) fn checked_when(self, replaced: &Self) -> Self {
        Self { checked_at: replaced.checked_at, ..self }
    }

    /// Returns the status with which the component counts in a report, for a probe if there is one.
    pub(crate) fn counted(&self, probe: Option<Probe>) -> Status {
        match self.status() {
            Status::Healthy => Status::Healthy,
            _ if !self.critical || self.passes(probe) => Status::Degraded,
            status => status,
        }
    }

    /// Returns whether the component passes by itself, for a probe if there is one.
    pub(crate) fn passes(&self, probe: Option<Probe>) -> bool {
        match probe {
            // A process must not be restarted because nothing is known about it yet.
            Some(Probe::Liveness) => !self.is_reason_to_restart(),
            Some(Probe::Readiness | Probe::Startup) | None => self.healthy(),
        }
    }

    /// Returns whether this is a reason to restart the process: a failure that counts, or a lack of
    /// results after there have been some. Having no result yet is not a reason, and neither is a
    /// check that was not called.
    fn is_reason_to_restart(&self) -> bool {
        match self.status() {
            Status::Healthy | Status::Degraded => false,
            Status::Unhealthy => self.checked_at.is_some() || self.active_override.is_some(),
            Status::Unknown => self.checked_at.is_some() && self.damped.is_none(),
        }
    }

    /// Returns the component's name. In a report's JSON, it is the component's key and not a part
    /// of the component itself, so a component that is deserialized alone has an empty name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the component's [status is healthy or degraded](Status::is_healthy).
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.status().is_healthy()
    }

    /// Returns the status that the component reports, which is its check's unless an operator has
    /// set an [override](Self::active_override).
    #[must_use]
    pub fn status(&self) -> Status {
        self.active_override.as_ref().map_or(self.check_status, Override::status)
    }

    /// Returns the status of the component's check, even if an operator has set another one.
    /// Thresholds have already [damped](Self::damped) it.
    #[must_use]
    pub fn check_status(&self) -> Status {
        self.check_status
    }

    /// Returns how long the check took, or the response time that it set itself; at most 30 days.
    #[must_use]
    pub fn response_time(&self) -> Duration {
        self.response_time
    }

    /// Returns the check's message, if there is one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|message| message.text.text())
    }

    /// Returns the message without the text of an error, or `None` if nothing is left of it.
    pub(crate) fn authored_message(&self) -> Option<&str> {
        self.message.as_ref().and_then(|message| message.text.authored_text())
    }

    /// Returns when the check ended, in whole milliseconds.
    #[must_use]
    pub fn checked_at(&self) -> Option<DateTime<Utc>> {
        self.checked_at
    }

    /// Returns whether the service is unhealthy when this component is.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.critical
    }

    /// Returns the latest result if it does not count yet. If it is worse than the reported status,
    /// the message and the details are its own. If it is better, they are those of the last result
    /// at least as bad as the reported status.
    #[must_use]
    pub fn damped(&self) -> Option<Damped> {
        self.damped
    }

    /// Returns since when each hung run has been running, earliest first. Such a run of a blocking
    /// check has timed out but has not ended, and so still holds a thread. There are at most two.
    #[must_use]
    pub fn hung_since(&self) -> &[DateTime<Utc>] {
        &self.hung_since
    }

    /// Returns the override that an operator has set and that has not ended.
    #[must_use]
    pub fn active_override(&self) -> Option<&Override> {
        self.active_override.as_ref()
    }

    /// Returns the collection that the check belongs to.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.collection.as_deref()
    }

    /// Returns the check's tags, by which components can be selected.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns a detail that the check added.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&Value> {
        self.details.get(key)
    }

    /// Returns all details that the check added, sorted by key.
    pub fn details(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.details.iter()
    }

    /// Returns why details are missing, by their keys; see [`Health::with`](crate::Health::with).
    pub fn detail_errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.details.errors()
    }
}
