use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::agreed_status;
use super::outcome::Outcome;
use super::timestamp::{Timestamp, in_milliseconds};
use crate::details::Details;
use crate::registry::Check;
use crate::status::Status;

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
    collection: Option<Arc<str>>,
    details: Details,
}

impl Component {
    pub(crate) fn new(check: &Check, outcome: Outcome, message_key: MessageKey) -> Self {
        let health = outcome.health;
        Self {
            status: health.status,
            response_time: health.response_time.unwrap_or(outcome.elapsed),
            message: health.message,
            message_key,
            checked_at: Some(in_milliseconds(outcome.checked_at)),
            collection: check.collection.clone(),
            details: health.details,
        }
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
            collection: wire.collection.map(Into::into),
            details: wire.details,
        })
    }
}
