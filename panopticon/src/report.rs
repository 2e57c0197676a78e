//! The results of all selected components, and their wire format.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::details::Details;
use crate::health::Health;
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

/// What one run of a check ended in.
#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) health: Health,
    /// From the call of the function to its answer, or from the question to the timeout.
    pub(crate) elapsed: Duration,
    pub(crate) checked_at: SystemTime,
}

impl Outcome {
    /// Of a run that has just ended.
    pub(crate) fn now(health: Health, elapsed: Duration) -> Self {
        Self { health, elapsed, checked_at: SystemTime::now() }
    }

    /// Of a run that could not begin.
    pub(crate) fn not_checked(reason: &str) -> Self {
        Self::now(Health::unhealthy(format!("not checked: {reason}")), Duration::ZERO)
    }
}

/// What is known of one component: an object under its name in [`Report`].
///
/// | key | type | present |
/// | --- | --- | --- |
/// | `healthy` | boolean: `status` is `healthy` or `degraded` | always |
/// | `status` | `"healthy"`, `"degraded"`, `"unhealthy"` or `"unknown"` | always |
/// | `response_time` | number: seconds | always |
/// | `friendly_status` (or `status_message`, by [`MessageKey`]) | string, at most [`Health::MAX_MESSAGE_BYTES`] | with a message |
/// | `checked_at` | string: when the check ended, as `timestamp` in [`Report`] | with a result |
/// | what [`Health::with`] added | any JSON | |
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
    details: Details,
}

impl Component {
    pub(crate) fn new(outcome: Outcome, message_key: MessageKey) -> Self {
        let health = outcome.health;
        Self {
            status: health.status,
            response_time: health.response_time.unwrap_or(outcome.elapsed),
            message: health.message,
            message_key,
            checked_at: Some(in_milliseconds(outcome.checked_at)),
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

    /// A detail that the check added.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&Value> {
        self.details.get(key)
    }

    /// All details that the check added, sorted by key.
    pub fn details(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.details.iter()
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
            details: wire.details,
        })
    }
}

/// The status that a boolean and a word give together; either may be the older of the two formats.
fn agreed_status<E: serde::de::Error>(
    key: &str,
    healthy: bool,
    status: Option<Status>,
) -> Result<Status, E> {
    match status {
        Some(status) if status.is_healthy() == healthy => Ok(status),
        Some(status) => {
            Err(E::custom(format_args!("`{key}` is {healthy}, but `status` is \"{status}\"")))
        }
        None if healthy => Ok(Status::Healthy),
        None => Ok(Status::Unhealthy),
    }
}

/// The statuses of all selected components at one instant.
///
/// As JSON, the agreed format of python-panopticon with `status` added:
///
/// | key | type |
/// | --- | --- |
/// | `service_healthy` | boolean: every critical component's `healthy` is true |
/// | `status` | the worst status of the critical components; at least `"degraded"` where an optional one is not healthy |
/// | `timestamp` | string: when the report was made, UTC, ISO 8601 with milliseconds and `Z` |
/// | `components` | object: a [`Component`] by its name, sorted by name |
///
/// Reading needs all of them but `status`, which then follows from `service_healthy`.
///
/// `{}` writes one line, for logs; `{:#}` writes a line a component, for terminals. Control
/// characters in messages are escaped in both.
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
    components: Vec<(Arc<str>, Component)>,
}

impl Report {
    /// Adds up components that are sorted by name, each with whether it is critical.
    pub(crate) fn new(components: impl Iterator<Item = (Arc<str>, bool, Component)>) -> Self {
        let mut status = Status::Healthy;
        let components = components
            .map(|(name, critical, component)| {
                let counted = match component.status {
                    counted if critical => counted,
                    Status::Healthy => Status::Healthy,
                    _ => Status::Degraded,
                };
                status = status.max(counted);
                (name, component)
            })
            .collect();
        Self { status, timestamp: in_milliseconds(SystemTime::now()), components }
    }

    /// Whether every critical component is healthy or degraded.
    #[must_use]
    pub fn service_healthy(&self) -> bool {
        self.status.is_healthy()
    }

    /// The worst status of the critical components, and at least degraded where an optional one is
    /// not healthy.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// When the report was made, in milliseconds.
    #[must_use]
    pub fn timestamp(&self) -> DateTime<Utc> {
        self.timestamp
    }

    /// The component of this name, if the report has it.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        let found = self.components.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(&self.components[found].1)
    }

    /// All components with their names, sorted by name.
    #[must_use]
    pub fn components(&self) -> impl ExactSizeIterator<Item = (&str, &Component)> {
        self.components.iter().map(|(name, component)| (&**name, component))
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(4))?;
        object.serialize_entry("service_healthy", &self.service_healthy())?;
        object.serialize_entry("status", &self.status)?;
        object.serialize_entry("timestamp", &Timestamp(self.timestamp))?;
        object.serialize_entry("components", &ByName(self))?;
        object.end()
    }
}

struct ByName<'a>(&'a Report);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.components())
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Wire {
            service_healthy: bool,
            status: Option<Status>,
            timestamp: DateTime<Utc>,
            components: Components,
        }

        let wire = Wire::deserialize(deserializer)?;
        Ok(Self {
            status: agreed_status("service_healthy", wire.service_healthy, wire.status)?,
            timestamp: wire.timestamp,
            components: wire.components.0,
        })
    }
}

/// The object `components`, sorted by name; two of one name are an error, not the last one.
struct Components(Vec<(Arc<str>, Component)>);

impl<'de> Deserialize<'de> for Components {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ComponentsVisitor;

        impl<'de> Visitor<'de> for ComponentsVisitor {
            type Value = Components;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of components by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Components, A::Error> {
                let mut components: Vec<(Arc<str>, Component)> = Vec::new();
                while let Some((name, component)) = map.next_entry::<String, Component>()? {
                    components.push((name.into(), component));
                }
                components.sort_by(|(a, _), (b, _)| a.cmp(b));
                match components.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                    Some(pair) => {
                        Err(A::Error::custom(format_args!("two components named `{}`", pair[0].0)))
                    }
                    None => Ok(Components(components)),
                }
            }
        }

        deserializer.deserialize_map(ComponentsVisitor)
    }
}

/// An instant as the wire format has it: `2014-09-03T23:09:38.702Z`.
struct Timestamp(DateTime<Utc>);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// An instant in the milliseconds that the wire format keeps, so that a report equals itself read
/// back.
fn in_milliseconds(instant: SystemTime) -> DateTime<Utc> {
    // Not from `Utc::now()`, which panics where the clock stands before 1970.
    DateTime::<Utc>::from(instant).trunc_subsecs(3)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_as_table(f);
        }
        write!(f, "service {}", self.status)?;
        for (position, (name, component)) in self.components().enumerate() {
            f.write_str(if position == 0 { ": " } else { ", " })?;
            write!(f, "{name} {component}")?;
        }
        Ok(())
    }
}

impl Report {
    fn fmt_as_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = self.timestamp.to_rfc3339_opts(SecondsFormat::Millis, true);
        write!(f, "service {} at {timestamp}", self.status)?;
        let width = self.components().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, component) in self.components() {
            let milliseconds = component.response_time.as_secs_f64() * 1e3;
            write!(f, "\n  {name:width$}  {:9}  {milliseconds:8.1} ms", component.status)?;
            if let Some(message) = &component.message {
                write!(f, "  {}", Escaped(message))?;
            }
            for (key, value) in component.details() {
                write!(f, "  {}={value}", Escaped(key))?;
            }
            for (key, reason) in component.details.errors() {
                write!(f, "  {}: {}", Escaped(key), Escaped(reason))?;
            }
        }
        Ok(())
    }
}

/// `unhealthy (no answer)`: the status, then the message if there is one.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match &self.message {
            Some(message) => write!(f, " ({})", Escaped(message)),
            None => Ok(()),
        }
    }
}

/// Text with its control characters escaped, so that a message cannot forge a line of a log or
/// steer a terminal.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}
