//! The questions that Kubernetes asks of a container.

use std::fmt;

/// A Kubernetes probe (<https://kubernetes.io/docs/concepts/workloads/pods/probes/>), which checks
/// answer; [`Panopticon::probe`](crate::Panopticon::probe) returns its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Probe {
    /// Must the process be restarted? Answered by the checks that say `liveness`.
    Liveness,
    /// May the process receive traffic? Answered by the checks that say `readiness`, and by those
    /// that say nothing about probes. [Draining](crate::Panopticon::drain) fails this probe.
    #[default]
    Readiness,
    /// Has the process started? Answered by the checks that say `startup`. Once passed, it stays
    /// passed.
    Startup,
}

impl Probe {
    /// All probes.
    pub const ALL: [Self; 3] = [Self::Liveness, Self::Readiness, Self::Startup];

    /// Returns the probe's name in the attribute and in URLs: `"liveness"`, `"readiness"` or
    /// `"startup"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }

    /// Returns the name of the page that Kubernetes' API server has for the probe.
    #[cfg(feature = "http")]
    pub(crate) const fn z_page(self) -> &'static str {
        match self {
            Self::Liveness => "livez",
            Self::Readiness => "readyz",
            Self::Startup => "startupz",
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
