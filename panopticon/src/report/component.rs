use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::agreed_status;
use super::damped::Damped;
use super::status_override::{Override, OverrideJson};
use super::timestamp::{Timestamp, in_milliseconds};
use super::written::Written;
use crate::check::Check;
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
            Self::FriendlyStatus => "friendly_status",
            Self::StatusMessage => "status_message",
        }
    }
}

/// What is known of one component: an object under its name in [`Report`](crate::Report).
///
/// | key | type | present |
/// | --- | --- | --- |
/// | `healthy` | boolean: `status` is `healthy` or `degraded` | always |
/// | `status` | `"healthy"`, `"degraded"`, `"unhealthy"` or `"unknown"` | always |
/// | `response_time` | number: seconds | always |
/// | `friendly_status` (or `status_message`, by [`MessageKey`]) | string, at most [4,096 bytes](crate::Health::MAX_MESSAGE_BYTES) | with a message |
/// | `checked_at` | string: when the check ended, as `timestamp` in [`Report`](crate::Report) | with a result |
/// | `critical` | boolean: `false` | where the component is optional |
/// | `damped` | object, a [`Damped`]: results that do not count yet | while there are some |
/// | `override` | object: `status` is what the check reports while an operator's [`Override`] sets the component's; `reason` and `until` are those of the override | while one is active |
/// | `collection` | string: the name of the [collection](crate::collection) that the check belongs to | but for closures that are in none |
/// | what [`Health::with`](crate::Health::with) added | any JSON | |
/// | `detail_errors` | object: why a detail is missing, by its key | where one is |
///
/// Reading needs `healthy` and `response_time`; a missing `status` follows from `healthy`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Component {
    name: Arc<str>,
    check_status: Status,
    response_time: Duration,
    message: Option<String>,
    message_key: MessageKey,
    checked_at: Option<DateTime<Utc>>,
    critical: bool,
    damped: Option<Damped>,
    active_override: Option<Override>,
    collection: Option<Arc<str>>,
    details: Details,
    written: Written,
}

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
    pub(crate) fn new(check: &Check, message_key: MessageKey, finding: Finding) -> Self {
        let Finding { status, damped, health, elapsed, checked_at } = finding;
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
            written: Written::default(),
        }
    }

    /// The component of a check without a result that could be shown; the message says why.
    pub(crate) fn without_result(
        check: &Check,
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
            written: Written::default(),
        }
    }

    /// The same component while an operator's override is active, whose end must be an instant.
    pub(crate) fn with_override(&self, active: &Override) -> Self {
        Self { active_override: Some(active.clone()), ..self.clone() }
    }

    /// Writes it as JSON behind what is there.
    pub(super) fn write_json(&self, json: &mut Vec<u8>) {
        self.written.write(self, json);
    }

    /// Sets the name of a component that was read from its JSON, which does not have it.
    pub(super) fn named(self, name: Arc<str>) -> Self {
        Self { name, ..self }
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

impl Serialize for Component {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("healthy", &self.healthy())?;
        object.serialize_entry("status", &self.status())?;
        object.serialize_entry("response_time", &self.response_time.as_secs_f64())?;
        if let Some(message) = &self.message {
            object.serialize_entry(self.message_key.as_str(), message)?;
        }
        if let Some(checked_at) = self.checked_at {
            object.serialize_entry("checked_at", &Timestamp(checked_at))?;
        }
        if !self.critical {
            object.serialize_entry("critical", &false)?;
        }
        if let Some(damped) = &self.damped {
            object.serialize_entry("damped", damped)?;
        }
        if let Some(active) = &self.active_override {
            let json = OverrideJson::new(active, self.check_status);
            object.serialize_entry("override", &json)?;
        }
        if let Some(collection) = &self.collection {
            object.serialize_entry("collection", &**collection)?;
        }
        for (key, value) in self.details.iter() {
            object.serialize_entry(key, value)?;
        }
        if !self.details.errors().is_empty() {
            object.serialize_entry("detail_errors", self.details.errors())?;
        }
        object.end()
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Wire {
            healthy: bool,
            status: Option<Status>,
            response_time: f64,
            friendly_status: Option<String>,
            status_message: Option<String>,
            checked_at: Option<DateTime<Utc>>,
            critical: Option<bool>,
            damped: Option<Damped>,
            #[serde(rename = "override")]
            active_override: Option<OverrideJson>,
            collection: Option<String>,
            #[serde(flatten)]
            details: Details,
        }

        let wire = Wire::deserialize(deserializer)?;
        let (message, message_key) = match (wire.friendly_status, wire.status_message) {
            (Some(_), Some(_)) => {
                return Err(D::Error::custom(
                    "a component has `friendly_status` and `status_message`, which mean the same",
                ));
            }
            (None, Some(message)) => (Some(message), MessageKey::StatusMessage),
            (message, None) => (message, MessageKey::FriendlyStatus),
        };
        let status = agreed_status("healthy", wire.healthy, wire.status)?;
        let (active_override, check_status) =
            wire.active_override.map(|json| json.read(status)).unzip();
        Ok(Self {
            name: Arc::default(),
            check_status: check_status.unwrap_or(status),
            response_time: Duration::try_from_secs_f64(wire.response_time).map_err(|error| {
                D::Error::custom(format_args!("`response_time` {}: {error}", wire.response_time))
            })?,
            message,
            message_key,
            checked_at: wire.checked_at,
            critical: wire.critical.unwrap_or(true),
            damped: wire.damped,
            active_override,
            collection: wire.collection.map(Into::into),
            details: wire.details,
            written: Written::default(),
        })
    }
}
