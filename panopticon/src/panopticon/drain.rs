//! Draining a service before it stops.

use std::sync::atomic::Ordering;

use super::handle::Panopticon;
use crate::check::Probe;
use crate::report::Report;

impl Panopticon {
    /// Fails readiness from now on, and nothing else: a service that is about to stop gets no new
    /// traffic and is not restarted. Every report then says that the service is draining.
    pub fn drain(&self) {
        self.shared.is_draining.store(true, Ordering::Release);
    }

    /// Marks a report as that of a draining service, if the service is draining.
    pub(super) fn with_draining(&self, report: Report, probe: Option<Probe>) -> Report {
        if self.shared.is_draining.load(Ordering::Acquire) {
            report.draining(probe == Some(Probe::Readiness))
        } else {
            report
        }
    }
}
