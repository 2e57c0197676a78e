//! What a z-page shows of a probe. Unlike elsewhere, excluded names may be unknown, and everything
//! may be excluded.

use std::sync::Arc;

use super::handle::Panopticon;
use super::selection::{Selection, SelectionError};
use crate::report::{Component, Report};

/// The report on a probe without what a request excludes.
pub(crate) struct ZPageReport {
    pub(crate) report: Report,
    /// The names of the components that are excluded, sorted.
    pub(crate) excluded: Vec<Arc<str>>,
    /// The names that no component of the probe has, sorted.
    pub(crate) unmatched: Vec<String>,
}

impl Panopticon {
    /// Reports on what is selected except for the components with these names, whose checks do not
    /// run. An error says that the selection is unknown or empty.
    pub(crate) async fn z_page(
        &self,
        selection: Selection,
        mut unmatched: Vec<String>,
    ) -> Result<ZPageReport, SelectionError> {
        if unmatched.is_empty() {
            let report = self.report_for(selection).await?;
            return Ok(ZPageReport { report, excluded: Vec::new(), unmatched });
        }
        unmatched.sort();
        unmatched.dedup();
        let selected = self.selected(&selection)?;
        let name = |position: &usize| &self.shared.checks.sorted[*position].definition.name;
        let is_excluded = |position: &usize| unmatched.iter().any(|it| **it == **name(position));
        let (excluded, rest): (Vec<usize>, Vec<usize>) =
            selected.into_iter().partition(is_excluded);
        let excluded: Vec<Arc<str>> =
            excluded.iter().map(|position| Arc::clone(name(position))).collect();
        unmatched.retain(|it| excluded.iter().all(|name| **name != **it));
        let report = if excluded.is_empty() {
            self.report_for(selection).await?
        } else {
            self.report_on(&rest, selection.probe).await
        };
        Ok(ZPageReport { report, excluded, unmatched })
    }

    /// Returns the only component of this selection, even if it is optional and its check takes
    /// longer than a probe waits.
    pub(crate) async fn check_in(
        &self,
        selection: &Selection,
    ) -> Result<Component, SelectionError> {
        let position = *self.selected(selection)?.first().ok_or(SelectionError::Empty)?;
        let name = Arc::clone(&self.shared.checks.sorted[position].definition.name);
        match self.shared.passed_startup(selection.probe) {
            Some(passed) => passed.component(&name).cloned().ok_or(SelectionError::Empty),
            None => self.check(&name).await,
        }
    }
}
