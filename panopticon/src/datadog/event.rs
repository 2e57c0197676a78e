//! Datadog's events.

use std::time::SystemTime;

use serde::Serialize;

use super::metric::Tags;
use super::sanitize::{MAX_HOSTNAME, field, owned_tag};
use super::unix_time::unix_seconds;

/// The longest field of an event that is not its title or text, in bytes; Datadog states it of
/// aggregation keys, in characters. <https://docs.datadoghq.com/api/latest/events/>
const MAX_FIELD: usize = 100;

/// Something that happened, for Datadog's event stream. To be given to
/// [`datadog::event`](crate::datadog::event).
///
/// ```
/// use panopticon::datadog::{self, AlertType, Event};
///
/// datadog::event(
///     Event::new("Import finished", "312 orders were taken over")
///         .alert_type(AlertType::Success)
///         .aggregation_key("import")
///         .tag("supplier", "acme"),
/// );
/// ```
///
/// Title and text may hold anything, line breaks and Markdown among it. What does not fit is cut
/// and ends in `…`: to the Agent a whole event takes at most a
/// [packet](crate::datadog::StatsBuilder::dogstatsd_url); to the API a title takes at most 500
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

/// What an event says of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "Datadog's words, which say it all")]
pub enum AlertType {
    Error,
    Warning,
    #[default]
    Info,
    Success,
}

/// Whether an event is shown where only the important ones are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "Datadog's words, which say it all")]
pub enum Priority {
    #[default]
    Normal,
    Low,
}

impl AlertType {
    /// Datadog's word: `"error"`, `"warning"`, `"info"` or `"success"`.
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
    /// Datadog's word: `"normal"` or `"low"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

impl Event {
    /// An event of the type info and of normal priority. The prefix does not stand before titles.
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

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says of the service. Default: info.
    #[must_use]
    pub fn alert_type(mut self, alert_type: AlertType) -> Self {
        self.alert_type = alert_type;
        self
    }

    /// Default: normal.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Groups it with the events of the same key, of at most 100 bytes.
    #[must_use]
    pub fn aggregation_key(mut self, key: impl AsRef<str>) -> Self {
        self.aggregation_key = field(key.as_ref(), MAX_FIELD);
        self
    }

    /// The integration that it counts to, one of Datadog's
    /// [list](https://docs.datadoghq.com/integrations/faq/list-of-api-source-attribute-value/).
    #[must_use]
    pub fn source_type_name(mut self, name: impl AsRef<str>) -> Self {
        self.source_type_name = field(name.as_ref(), MAX_FIELD);
        self
    }

    /// The host that it is of. Default: the
    /// [client's](crate::datadog::StatsBuilder::hostname).
    #[must_use]
    pub fn hostname(mut self, name: impl AsRef<str>) -> Self {
        self.hostname = field(name.as_ref(), MAX_HOSTNAME);
        self
    }

    /// When it happened, in whole seconds. Default: when it arrives at the Agent, or to the
    /// API when it was sent.
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
