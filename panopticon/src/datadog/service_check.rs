//! Datadog's service checks.

use std::time::SystemTime;

use super::metric::Tags;
use super::sanitize::{MAX_HOSTNAME, field, owned_tag};
use super::unix_time::unix_seconds;
use crate::health::Status;

/// The status of something that the service depends on, for Datadog's service checks. To be given
/// to [`datadog::service_check`](crate::datadog::service_check).
///
/// ```
/// use panopticon::datadog::{self, ServiceCheck, ServiceStatus};
///
/// let check = ServiceCheck::new("supplier", ServiceStatus::Warning).message("answers slowly");
/// datadog::service_check(check.tag("supplier", "acme"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCheck {
    pub(super) name: String,
    pub(super) status: ServiceStatus,
    pub(super) message: Option<String>,
    pub(super) hostname: Option<String>,
    /// Seconds since 1970.
    pub(super) timestamp: Option<u64>,
    pub(super) tags: Vec<(String, String)>,
}

/// Datadog's statuses, with its numbers.
/// <https://docs.datadoghq.com/developers/service_checks/dogstatsd_service_checks_submission/>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "Datadog's words, which say it all")]
pub enum ServiceStatus {
    Ok = 0,
    Warning = 1,
    Critical = 2,
    Unknown = 3,
}

impl ServiceStatus {
    /// 0 for ok, 1 for warning, 2 for critical, 3 for unknown.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
}

impl From<Status> for ServiceStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Healthy => Self::Ok,
            Status::Degraded => Self::Warning,
            Status::Unhealthy => Self::Critical,
            Status::Unknown => Self::Unknown,
        }
    }
}

impl ServiceCheck {
    /// The status of what is named; the prefix is put before the name, as before a metric's.
    pub fn new(name: impl Into<String>, status: ServiceStatus) -> Self {
        Self {
            name: name.into(),
            status,
            message: None,
            hostname: None,
            timestamp: None,
            tags: Vec::new(),
        }
    }

    /// Its name, without the prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> ServiceStatus {
        self.status
    }

    /// Why. Sent to the Agent, it is cut where the whole does not fit a packet.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The host that it is of. Default: the
    /// [client's](crate::datadog::StatsBuilder::hostname).
    #[must_use]
    pub fn hostname(mut self, name: impl AsRef<str>) -> Self {
        self.hostname = field(name.as_ref(), MAX_HOSTNAME);
        self
    }

    /// When it was so, in whole seconds. Default: when it arrives at the Agent, or to the
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
        tags.iter().fold(self, |check, (key, value)| check.tag(key, value))
    }
}
