//! The history of results and transitions.

use super::builder::Builder;
use super::handle::Panopticon;
use crate::events::History;

impl Builder {
    /// Sets whether the last results of each component and the last transitions are recorded, for
    /// [`Panopticon::history`] and, with the feature `http`, at `/healthcheck/_history`. They take
    /// about 2 kB for each component and, for all transitions together, 50 kB and at most 256 KiB of
    /// messages. In the environment, `PANOPTICON_HISTORY=true`. Default: `true` with the feature
    /// `page`, whose page shows the history; otherwise `false`.
    pub fn history(mut self, is_recorded: bool) -> Self {
        self.settings.history = Some(is_recorded);
        self
    }
}

impl Panopticon {
    /// Returns the last results of each component and the last transitions, without running any
    /// check, or `None` if they are not [recorded](Builder::history).
    #[must_use]
    pub fn history(&self) -> Option<History> {
        let checks = &self.shared.checks;
        let transitions = checks.context.hub.history()?;
        let components = checks.sorted.iter().filter_map(|check| check.history()).collect();
        Some(transitions.with_components(components))
    }
}
