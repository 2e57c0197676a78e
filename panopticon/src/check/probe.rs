use std::fmt;

/// A question that Kubernetes asks of a container
/// (<https://kubernetes.io/docs/concepts/workloads/pods/probes/>), and that a check answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Probe {
    /// Is it beyond help, so that it must be restarted? Checks that say `liveness`.
    Liveness,
    /// May traffic go to it? Checks that say nothing else. [Draining](crate::Panopticon::drain)
    /// fails this one.
    #[default]
    Readiness,
    /// Has it started? Checks that say `startup`. Once it has, it has.
    Startup,
}

impl Probe {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Liveness, Self::Readiness, Self::Startup];

    /// The word for it, in the attribute and in URLs: `"liveness"`, `"readiness"`, `"startup"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
