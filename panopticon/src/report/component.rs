use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::damped::Damped;
use super::keys::{component, component_keys, doc_table};
use super::status_override::Override;
use super::timestamp::in_milliseconds;
use crate::check::Definition;
use crate::health::{Details, Health, Status};

/// The key under which a component's message stands.
///
/// It is `friendly_status` by python-panopticon's documentation and `status_message` by its code
/// (version 0.4). Written as configured; both are read.
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
    /// The key itself.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FriendlyStatus => component::FRIENDLY_STATUS,
            Self::StatusMessage => component::STATUS_MESSAGE,
        }
    }
}

/// What is known of one component: in JSON, an object under its name in
/// [`Report`](crate::Report).
///
#[doc = component_keys!(doc_table)]
///
/// What [`Health::with`](crate::Health::with) added stands next to these keys, which a detail cannot
/// have. Reading needs `healthy` and `response_time`; a missing `status` follows from `healthy`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Component {
    pub(super) name: Arc<str>,
    pub(super) check_status: Status,
    pub(super) response_time: Duration,
    pub(super) message: Option<String>,
    pub(super) message_key: MessageKey,
    pub(super) checked_at: Option<DateTime<Utc>>,
    pub(super) critical: bool,
    pub(super) damped: Option<Damped>,
    pub(super) active_override: Option<Override>,
    pub(super) collection: Option<Arc<str>>,
    pub(super) details: Details,
}

/// Why a detail is missing whose key the report needs.
const RESERVED: &str = "the report itself uses this key; give the detail another one";

/// The result of a run, and the status that the component reports because of it.
pub(crate) struct Finding {
    /// What the component reports: the status in `health`, unless thresholds damp it.
    pub(crate) status: Status,
    pub(crate) damped: Option<Damped>,
    pub(crate) health: Health,
    /// How long the run took, reported unless `health` has a response time of its own.
    pub(crate) elapsed: Duration,
    pub(crate) checked_at: SystemTime,
}

impl Component {
    /// The component of a check that has a result.
    pub(crate) fn new(check: &Definition, message_key: MessageKey, finding: Finding) -> Self {
        let Finding { status, damped, mut health, elapsed, checked_at } = finding;
        health.details.refuse(component::ALL, RESERVED);
        Self {
            name: Arc::clone(&check.name),
            check_status: status,
            response_time: health.response_time.unwrap_or(elapsed),
            message: health.message,
            message_key,
            checked_at: Some(in_milliseconds(checked_at)),
            critical: check.critical,
            damped,
            active_override: None,
            collection: check.collection.clone(),
            details: health.details,
        }
    }

    /// The component of a check without a result that could be shown; the message says why.
    pub(crate) fn without_result(
        check: &Definition,
        message_key: MessageKey,
        status: Status,
        message: String,
    ) -> Self {
        Self {
            name: Arc::clone(&check.name),
            check_status: status,
            response_time: Duration::ZERO,
            message: Some(message),
            message_key,
            checked_at: None,
            critical: check.critical,
            damped: None,
            active_override: None,
            collection: check.collection.clone(),
            details: Details::default(),
        }
    }

    /// The same component while an operator's override is active, whose end must be an instant.
    pub(crate) fn with_override(&self, active: &Override) -> Self {
        Self { active_override: Some(active.clone()), ..self.clone() }
    }

    /// The component's name. It is the key in the report's JSON and not part of the component's
    /// own, so a component that is read alone has an empty one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether traffic may go to it: [`Status::is_healthy`].
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.status().is_healthy()
    }

    /// The status that it reports: that of its check, unless an operator has set an
    /// [override](Self::active_override).
    #[must_use]
    pub fn status(&self) -> Status {
        self.active_override.as_ref().map_or(self.check_status, Override::status)
    }

    /// The status that its check reports, whether or not an operator has set another one. It counts
    /// [thresholds](Self::damped).
    #[must_use]
    pub fn check_status(&self) -> Status {
        self.check_status
    }

    /// How long the check took, unless the check set one itself.
    #[must_use]
    pub fn response_time(&self) -> Duration {
        self.response_time
    }

    /// What the check said of it, if anything.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// When the check ended, in milliseconds.
    #[must_use]
    pub fn checked_at(&self) -> Option<DateTime<Utc>> {
        self.checked_at
    }

    /// Whether the service is unhealthy when this component is.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.critical
    }

    /// The latest results, where they do not count yet. The message and the details are those of
    /// the last failure then.
    #[must_use]
    pub fn damped(&self) -> Option<Damped> {
        self.damped
    }

    /// The override that an operator has set, to which it owes its [`status`](Self::status).
    #[must_use]
    pub fn active_override(&self) -> Option<&Override> {
        self.active_override.as_ref()
    }

    /// The collection that the check belongs to.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.collection.as_deref()
    }

    /// A detail that the check added.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&Value> {
        self.details.get(key)
    }

    /// All details that the check added, sorted by key.
    pub fn details(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.details.iter()
    }

    /// Why a detail is missing, by its key; see [`Health::with`](crate::Health::with).
    pub fn detail_errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.details.errors().iter().map(|(key, reason)| (key.as_str(), reason.as_str()))
    }
}
