//! Datadog's events: something that happened.

use std::time::SystemTime;

use serde::Serialize;

use super::metric::Tags;
use super::sanitize::{MAX_HOSTNAME, field, owned_tag};
use super::unix_time::unix_seconds;

/// The maximum length of an aggregation key or a source type name, in bytes. Datadog's limit is for
/// aggregation keys, in characters. <https://docs.datadoghq.com/api/latest/events/>
const MAX_FIELD: usize = 100;

/// An event for Datadog's event stream. Send it with [`datadog::event`](crate::datadog::event).
///
/// ```
/// use panopticon::datadog::{self, AlertType, Event};
///
/// datadog::event(
///     Event::new("Import finished", "312 orders were imported")
///         .alert_type(AlertType::Success)
///         .aggregation_key("import")
///         .tag("supplier", "acme"),
/// );
/// ```
///
/// Title and text may contain anything, including line breaks and Markdown. If they are too long,
/// they are cut and end in `…`: an event to the Agent must fit into a
/// [packet](crate::datadog::StatsBuilder::dogstatsd_url); for the API, a title has at most 500
/// characters and a text at most [4,000](https://docs.datadoghq.com/api/latest/events/).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) alert_type: AlertType,
    pub(super) priority: Priority,
    pub(super) aggregation_key: Option<String>,
    pub(super) source_type_name: Option<String>,
    pub(super) hostname: Option<String>,
    /// Seconds since 1970.
    pub(super) timestamp: Option<u64>,
    pub(super) tags: Vec<(String, String)>,
}

/// The type of an [`Event`]: how Datadog shows and filters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "Datadog's words, which explain themselves")]
pub enum AlertType {
    Error,
    Warning,
    #[default]
    Info,
    Success,
}

/// The priority of an [`Event`]; Datadog's event stream can hide low ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "Datadog's words, which explain themselves")]
pub enum Priority {
    #[default]
    Normal,
    Low,
}

impl AlertType {
    /// Returns Datadog's word: `"error"`, `"warning"`, `"info"` or `"success"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Success => "success",
        }
    }
}

impl Priority {
    /// Returns Datadog's word: `"normal"` or `"low"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

impl Event {
    /// Creates an event of type info and normal priority. Titles do not get the client's prefix.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            text: text.into(),
            alert_type: AlertType::default(),
            priority: Priority::default(),
            aggregation_key: None,
            source_type_name: None,
            hostname: None,
            timestamp: None,
            tags: Vec::new(),
        }
    }

    /// Returns the title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Sets the type. Default: info.
    #[must_use]
    pub fn alert_type(mut self, alert_type: AlertType) -> Self {
        self.alert_type = alert_type;
        self
    }

    /// Sets the priority. Default: normal.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Groups the event with others of the same key, of at most 100 bytes.
    #[must_use]
    pub fn aggregation_key(mut self, key: impl AsRef<str>) -> Self {
        self.aggregation_key = field(key.as_ref(), MAX_FIELD);
        self
    }

    /// Sets the integration the event belongs to, one of Datadog's
    /// [list](https://docs.datadoghq.com/integrations/faq/list-of-api-source-attribute-value/).
    #[must_use]
    pub fn source_type_name(mut self, name: impl AsRef<str>) -> Self {
        self.source_type_name = field(name.as_ref(), MAX_FIELD);
        self
    }

    /// Sets the host. Default: the [client's](crate::datadog::StatsBuilder::hostname).
    #[must_use]
    pub fn hostname(mut self, name: impl AsRef<str>) -> Self {
        self.hostname = field(name.as_ref(), MAX_HOSTNAME);
        self
    }

    /// Sets the time, in whole seconds. Default: when the event arrives at the Agent; for the API,
    /// the time of the call.
    #[must_use]
    pub fn timestamp(mut self, at: SystemTime) -> Self {
        self.timestamp = Some(unix_seconds(at));
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.tags.push(owned_tag(key.as_ref(), value.as_ref()));
        self
    }

    /// Adds tags.
    #[must_use]
    pub fn tags(self, tags: Tags<'_>) -> Self {
        tags.iter().fold(self, |event, (key, value)| event.tag(key, value))
    }
}
