//! Datadog's service checks: the status of something the service depends on.

use std::time::SystemTime;

use super::metric::Tags;
use super::sanitize::{MAX_HOSTNAME, field, owned_tag};
use super::unix_time::unix_seconds;
use crate::health::Status;

/// A Datadog service check: the status of something the service depends on. Send it with
/// [`datadog::service_check`](crate::datadog::service_check).
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

/// The status of a [`ServiceCheck`], with Datadog's numbers.
/// <https://docs.datadoghq.com/developers/service_checks/dogstatsd_service_checks_submission/>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "Datadog's words, which explain themselves")]
pub enum ServiceStatus {
    Ok = 0,
    Warning = 1,
    Critical = 2,
    Unknown = 3,
}

impl ServiceStatus {
    /// Returns 0 for ok, 1 for warning, 2 for critical, 3 for unknown.
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
    /// Creates a service check. Its name gets the client's prefix, like the name of a metric.
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

    /// Returns the name, without the prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> ServiceStatus {
        self.status
    }

    /// Sets the message, the reason for the status. If the check does not fit into a packet to the
    /// Agent, the message is cut.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Sets the host. Default: the [client's](crate::datadog::StatsBuilder::hostname).
    #[must_use]
    pub fn hostname(mut self, name: impl AsRef<str>) -> Self {
        self.hostname = field(name.as_ref(), MAX_HOSTNAME);
        self
    }

    /// Sets the time, in whole seconds. Default: when the check arrives at the Agent; for the API,
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
        tags.iter().fold(self, |check, (key, value)| check.tag(key, value))
    }
}
