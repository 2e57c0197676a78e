//! Reports of what is known without a run, kept for as long as it stays the same.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::check::Probe;
use crate::events::News;
use crate::report::Report;

/// How much a selection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Everything,
    /// All that answer the probe.
    Probe(Probe),
    /// Less.
    Part,
}

/// The last report on everything, and that on each probe: what load balancers and monitors ask for
/// again and again. Other selections are answered anew, since there is no end of them.
#[derive(Default)]
pub(crate) struct Kept([Mutex<Option<KeptReport>>; 1 + Probe::ALL.len()]);

struct KeptReport {
    report: Report,
    /// The changes before it was asked for.
    changes: u64,
    until: Instant,
}

/// What is asked for, where no answer was kept.
#[derive(Clone, Copy)]
pub(crate) struct OpenQuestion {
    scope: Scope,
    changes: u64,
}

impl Kept {
    /// The report on a selection, made again now, if it is what would be found out.
    pub(crate) fn answer(&self, scope: Scope, news: &News) -> Result<Report, OpenQuestion> {
        let changes = news.changes();
        if let Some(mut place) = self.lock(scope) {
            let holds = |kept: &KeptReport| kept.changes == changes && Instant::now() < kept.until;
            if let Some(kept) = place.as_ref().filter(|kept| holds(kept)) {
                return Ok(kept.report.again());
            }
            let outdated = place.take();
            drop(place);
            // Not under the lock: it may be the last to hold many components.
            drop(outdated);
        }
        Err(OpenQuestion { scope, changes })
    }

    /// Keeps the report that a question was answered with.
    pub(crate) fn keep(&self, question: OpenQuestion, report: Report, until: Instant) {
        let OpenQuestion { scope, changes } = question;
        if let Some(mut kept) = self.lock(scope) {
            let before = kept.replace(KeptReport { report, changes, until });
            drop(kept);
            drop(before);
        }
    }

    fn lock(&self, scope: Scope) -> Option<MutexGuard<'_, Option<KeptReport>>> {
        let position = match scope {
            Scope::Everything => 0,
            Scope::Probe(probe) => 1 + Probe::ALL.iter().position(|&known| known == probe)?,
            Scope::Part => return None,
        };
        Some(self.0.get(position)?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What comes of it where one thing changes, or does not, between the question and the answer.
    fn is_kept_where(changes: impl FnOnce(&News)) -> bool {
        let (kept, news) = (Kept::default(), News::new(Vec::new()));
        let Err(question) = kept.answer(Scope::Everything, &news) else {
            panic!("nothing was kept yet")
        };
        changes(&news);
        let until = Instant::now() + Duration::from_secs(3600);
        kept.keep(question, Report::new(Vec::new()), until);
        kept.answer(Scope::Everything, &news).is_ok()
    }

    #[test]
    fn what_changes_while_it_is_asked_for_is_not_answered_from_memory() {
        assert!(is_kept_where(|_| {}));
        assert!(!is_kept_where(News::changed));
    }
}
