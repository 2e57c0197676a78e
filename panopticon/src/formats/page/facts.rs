//! What the page is made of: the components that it shows and everything known about them, as far
//! as its reader may see it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::check::Probe;
use crate::events::{ComponentHistory, History, PastResult};
use crate::health::Status;
use crate::report::{Component, Disclosure};
use crate::settings::ServiceInfo;

/// All that the page shows is worked out from these.
pub(super) struct Facts<'a> {
    pub(super) subject: Subject,
    /// When the report was made.
    pub(super) now: DateTime<Utc>,
    /// The components that the page shows, sorted by name.
    pub(super) checks: Vec<Check<'a>>,
    pub(super) past: Past<'a>,
    /// The probes with all their components; `None` if the page does not show them.
    pub(super) probes: Option<Vec<ProbeFacts<'a>>>,
    /// Whether the answer fails because the service drains.
    pub(super) drain_fails: bool,
    pub(super) is_draining: bool,
    pub(super) draining_since: Option<DateTime<Utc>>,
    /// The description of the service, if the reader may see it.
    pub(super) service: Option<&'a ServiceInfo>,
    /// The name of the host or pod, if the reader may see it.
    pub(super) host: Option<String>,
    /// When the service was built, if the reader may see it.
    pub(super) up_since: Option<DateTime<Utc>>,
    pub(super) is_built: bool,
    pub(super) links: Links<'a>,
}

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Report,
    Probe(Probe),
    Component,
}

impl Subject {
    pub(super) fn probe(self) -> Option<Probe> {
        match self {
            Self::Probe(probe) => Some(probe),
            Self::Report | Self::Component => None,
        }
    }
}

/// What the links of a page are made of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Links<'a> {
    /// The parameters of the query that select a part of the report.
    pub(super) selection: &'a str,
    /// The relative URL of the whole report, unless the page shows that.
    pub(super) report_url: Option<&'static str>,
}

/// A component and everything that is known about it.
pub(super) struct Check<'a> {
    pub(super) component: &'a Component,
    pub(super) past: Option<&'a ComponentHistory>,
    /// The component because of which this one is not checked.
    pub(super) waits_for: Option<&'a str>,
    pub(super) options: Option<Options<'a>>,
}

/// The options of a check that the page shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Options<'a> {
    pub(super) interval: Option<Duration>,
    pub(super) cache: Option<Duration>,
    pub(super) timeout: Duration,
    pub(super) failure_threshold: u32,
    pub(super) success_threshold: u32,
    pub(super) probes: Vec<Probe>,
    pub(super) dependencies: Vec<&'a str>,
}

/// A probe, and what is known about the components that it asks for.
pub(super) struct ProbeFacts<'a> {
    pub(super) probe: Probe,
    /// Whether it has passed for good.
    pub(super) has_passed: bool,
    pub(super) checks: Vec<ProbeCheck<'a>>,
}

/// A component that a probe asks for.
pub(super) struct ProbeCheck<'a> {
    pub(super) name: &'a str,
    pub(super) critical: bool,
    /// How the component counts for the probe.
    pub(super) counted: Status,
    /// Whether the last result is too old to say anything, only because nothing asks for a new one.
    pub(super) is_outdated: bool,
    pub(super) is_skipped: bool,
}

/// What happened before, as far as it is recorded.
#[derive(Clone, Copy)]
pub(super) struct Past<'a> {
    pub(super) history: Option<&'a History>,
    /// How much of the transitions in it the reader may see.
    pub(super) disclosure: Disclosure,
    pub(super) built_at: Option<DateTime<Utc>>,
}

impl Check<'_> {
    pub(super) fn name(&self) -> &str {
        self.component.name()
    }

    pub(super) fn status(&self) -> Status {
        self.component.status()
    }

    /// Returns whether the component is not healthy, may soon not be, or is healthy only because of an
    /// operator.
    pub(super) fn is_noteworthy(&self) -> bool {
        let component = self.component;
        component.status() != Status::Healthy
            || component.damped().is_some()
            || component.active_override().is_some()
            || !component.hung_since().is_empty()
    }

    pub(super) fn results(&self) -> &[PastResult] {
        self.past.map_or(&[], ComponentHistory::results)
    }

    /// Returns since when the component has had its status. That is not known of one that is not
    /// checked, whether because of a dependency or a shutdown, since that is not a transition.
    pub(super) fn status_since(&self) -> Option<DateTime<Utc>> {
        let (status, since) = self.past?.status_since?;
        (status == self.status() && self.waits_for.is_none()).then_some(since)
    }

    /// Returns the first of the latest results in a row that have the status of the last one.
    pub(super) fn streak_since(&self) -> Option<DateTime<Utc>> {
        let results = self.results();
        let last = results.last()?.status();
        let streak = results.iter().rev().take_while(|result| result.status() == last);
        streak.last().map(PastResult::ended_at)
    }

    /// Returns the median response time of the healthy results, if there are enough to call it usual.
    pub(super) fn usual_response_time(&self) -> Option<Duration> {
        let healthy = self.results().iter().filter(|result| result.status() == Status::Healthy);
        // Not a `Vec`, since this is worked out for every component of each page.
        let mut times = [Duration::ZERO; History::MAX_RESULTS];
        let mut count = 0;
        for (time, result) in times.iter_mut().zip(healthy) {
            *time = result.response_time();
            count += 1;
        }
        let times = &mut times[..count];
        (count >= ENOUGH_FOR_USUAL).then(|| *times.select_nth_unstable(count / 2).1)
    }
}

/// The number of healthy results from which their median is shown.
const ENOUGH_FOR_USUAL: usize = 3;

/// Groups components by collection, sorted; those without one are last.
pub(super) fn by_collection<'c, 'a>(
    checks: impl Iterator<Item = &'c Check<'a>>,
) -> Vec<(Option<&'c str>, Vec<&'c Check<'a>>)>
where
    'a: 'c,
{
    let mut groups: BTreeMap<(bool, &str), Vec<&Check<'a>>> = BTreeMap::new();
    for check in checks {
        let collection = check.component.collection();
        let key = (collection.is_none(), collection.unwrap_or_default());
        groups.entry(key).or_default().push(check);
    }
    groups.into_iter().map(|((is_none, name), group)| ((!is_none).then_some(name), group)).collect()
}
