use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::agreed_status;
use super::damped::Damped;
use super::timestamp::{self, Timestamp, in_milliseconds};
use super::written::Written;
use crate::check::Definition;
use crate::engine::Observation;
use crate::engine::Outcome;
use crate::health::Details;
use crate::health::Status;

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
/// | `override` | object, an [`Override`]: what the check says while an operator has pinned the component to `status`, and why | while one holds |
/// | `collection` | string: the name of the [collection](crate::collection) that the check belongs to | but for closures that are in none |
/// | what [`Health::with`](crate::Health::with) added | any JSON | |
/// | `detail_errors` | object: why a detail is missing, by its key | where one is |
///
/// Reading needs `healthy` and `response_time`; a missing `status` follows from `healthy`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Component {
    status: Status,
    response_time: Duration,
    message: Option<String>,
    message_key: MessageKey,
    checked_at: Option<DateTime<Utc>>,
    critical: bool,
    damped: Option<Damped>,
    pinned: Option<Override>,
    collection: Option<Arc<str>>,
    details: Details,
    written: Written,
}

/// That an operator has pinned a component to a status, for a while; see
/// [`Panopticon::override_status`](crate::Panopticon::override_status).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Override {
    /// What the check says meanwhile.
    pub status: Status,
    /// Why it does not count.
    pub reason: String,
    /// When it counts again.
    #[serde(serialize_with = "timestamp::serialize")]
    pub until: DateTime<Utc>,
}

impl Component {
    /// What a run ended in, and what that comes to.
    pub(crate) fn new(
        check: &Definition,
        outcome: Outcome,
        observation: Observation,
        message_key: MessageKey,
    ) -> Self {
        let health = outcome.health;
        Self {
            status: observation.reported,
            response_time: health.response_time.unwrap_or(outcome.elapsed),
            message: health.message,
            message_key,
            checked_at: Some(in_milliseconds(outcome.checked_at)),
            critical: check.critical,
            damped: observation.damped,
            pinned: None,
            collection: check.collection.clone(),
            details: health.details,
            written: Written::default(),
        }
    }

    /// One without a result that could be shown, and why.
    pub(crate) fn without_result(
        check: &Definition,
        status: Status,
        message: String,
        message_key: MessageKey,
    ) -> Self {
        Self {
            status,
            response_time: Duration::ZERO,
            message: Some(message),
            message_key,
            checked_at: None,
            critical: check.critical,
            damped: None,
            pinned: None,
            collection: check.collection.clone(),
            details: Details::default(),
            written: Written::default(),
        }
    }

    /// The same, pinned to a status.
    pub(crate) fn pinned_to(&self, status: Status, reason: String, until: SystemTime) -> Self {
        let pinned = Override { status: self.status, reason, until: in_milliseconds(until) };
        Self { status, pinned: Some(pinned), ..self.clone() }
    }

    /// Writes it as JSON behind what is there.
    pub(super) fn write_json(&self, json: &mut Vec<u8>) {
        self.written.write(self, json);
    }

    /// Whether traffic may go to it: [`Status::is_healthy`].
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.status.is_healthy()
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
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

    /// That an operator has pinned it to its [`status`](Self::status), and why.
    #[must_use]
    pub fn pinned(&self) -> Option<&Override> {
        self.pinned.as_ref()
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
        object.serialize_entry("status", &self.status)?;
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
        if let Some(pinned) = &self.pinned {
            object.serialize_entry("override", pinned)?;
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
            pinned: Option<Override>,
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
        Ok(Self {
            status: agreed_status("healthy", wire.healthy, wire.status)?,
            response_time: Duration::try_from_secs_f64(wire.response_time).map_err(|error| {
                D::Error::custom(format_args!("`response_time` {}: {error}", wire.response_time))
            })?,
            message,
            message_key,
            checked_at: wire.checked_at,
            critical: wire.critical.unwrap_or(true),
            damped: wire.damped,
            pinned: wire.pinned,
            collection: wire.collection.map(Into::into),
            details: wire.details,
            written: Written::default(),
        })
    }
}
