//! The probes that one check answers.

use super::probe::Probe;

/// A set of probes, in one byte, since every static that a macro generates contains one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Probes(u8);

impl Probes {
    /// No probe.
    pub(crate) const NONE: Self = Self(0);

    /// Returns the set with this probe added.
    #[must_use]
    pub(crate) const fn with(self, probe: Probe) -> Self {
        Self(self.0 | Self::bit(probe))
    }

    pub(crate) const fn contains(self, probe: Probe) -> bool {
        self.0 & Self::bit(probe) != 0
    }

    pub(crate) fn is_only(self, probe: Probe) -> bool {
        self == Self::NONE.with(probe)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn bit(probe: Probe) -> u8 {
        1 << probe as u8
    }
}
