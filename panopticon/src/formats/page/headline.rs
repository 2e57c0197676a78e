//! The sentence at the top: the state in a word, since when, and because of what.

use std::fmt::{self, Display};

use super::facts::{Facts, Subject};
use super::problems::{Kind, Problem};
use super::since::{Counted, Since, since};
use crate::health::Status;

/// The state of what the page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Healthy,
    Degraded,
    Unknown,
    Unhealthy,
    /// The answer fails because the service is about to stop.
    Draining,
    /// Nothing is checked, so nothing is known.
    NoChecks,
}

impl State {
    pub(super) fn of(status: Status) -> Self {
        match status {
            Status::Healthy => Self::Healthy,
            Status::Degraded => Self::Degraded,
            Status::Unknown => Self::Unknown,
            Status::Unhealthy => Self::Unhealthy,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Healthy => "HEALTHY",
            Self::Degraded => "DEGRADED",
            Self::Unknown => "UNKNOWN",
            Self::Unhealthy => "UNHEALTHY",
            Self::Draining => "DRAINING",
            Self::NoChecks => "NO CHECKS",
        }
    }

    /// Returns the CSS class for what is shown in the state's color.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unknown | Self::NoChecks => "unknown",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
        }
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Healthy => "✓",
            Self::Degraded => "▲",
            Self::Unknown => "?",
            Self::Unhealthy => "✕",
            Self::Draining => "▼",
            Self::NoChecks => "○",
        }
    }
}

/// The sentence in its parts. `{}` writes it without the time, `{:#}` with the number of causes that
/// fit in a title.
pub(super) struct Headline<'f> {
    pub(super) state: State,
    pub(super) since: Option<Since>,
    pub(super) reason: Reason<'f>,
    /// What the state does not show: failures that do not count, and overrides.
    pub(super) remarks: Vec<String>,
}

/// What follows the state.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reason<'f> {
    Causes(Vec<Cause<'f>>),
    Text(String),
}

/// A component that keeps the state from being healthy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cause<'f> {
    pub(super) name: &'f str,
    pub(super) critical: bool,
    /// The number of components that wait for it.
    pub(super) waiting: usize,
}

/// The number of causes that the sentence names.
pub(super) const MAX_CAUSES: usize = 3;

impl<'f> Headline<'f> {
    pub(super) fn new(facts: &Facts<'_>, problems: &'f [Problem<'f, '_>]) -> Self {
        let probe = facts.subject.probe();
        let counted = facts.checks.iter().map(|check| check.component.counted(probe)).max();
        let status = match (facts.subject, facts.checks.first()) {
            // An optional component that fails is not just degraded itself.
            (Subject::Component, Some(check)) => Some(check.status()),
            _ => counted,
        };
        let state = match status {
            _ if facts.drain_fails => State::Draining,
            Some(status) => State::of(status),
            None => State::NoChecks,
        };
        Self {
            state,
            since: facts_since(facts, problems, state),
            reason: reason(facts, problems, state, status),
            remarks: remarks(facts, problems),
        }
    }
}

fn facts_since(facts: &Facts<'_>, problems: &[Problem<'_, '_>], state: State) -> Option<Since> {
    match (facts.subject, state) {
        (_, State::NoChecks) => None,
        (_, State::Draining) => facts.draining_since.map(Since::exactly),
        (Subject::Component, _) => facts.checks[0].status_since().map(Since::exactly),
        (subject, _) => {
            let mut counted: Vec<Counted<'_>> = facts
                .checks
                .iter()
                .filter(|check| check.waits_for.is_none())
                .map(|check| Counted {
                    name: check.name(),
                    critical: check.component.critical(),
                    status: match check.component.counted(subject.probe()) {
                        // Optional, or no reason for the probe to fail.
                        Status::Degraded if check.component.passes(subject.probe()) => {
                            Status::Degraded
                        }
                        _ => check.status(),
                    },
                })
                .collect();
            // An optional component counts like the critical ones that wait for it.
            for problem in problems.iter().filter(|it| it.kind.fails() && it.is_critical()) {
                let name = problem.check.name();
                counted.iter_mut().filter(|it| it.name == name).for_each(|it| it.critical = true);
            }
            since(&counted, subject.probe(), facts.past)
        }
    }
}

fn reason<'f>(
    facts: &Facts<'_>,
    problems: &'f [Problem<'f, '_>],
    state: State,
    status: Option<Status>,
) -> Reason<'f> {
    let fails = |problem: &&Problem<'_, '_>| problem.kind.fails() && problem.is_critical();
    let causes = |problems: Vec<&'f Problem<'f, '_>>| {
        let cause = |problem: &&'f Problem<'f, '_>| Cause {
            name: problem.check.name(),
            critical: problem.is_critical(),
            waiting: problem.waiting_count(),
        };
        Reason::Causes(problems.iter().map(cause).collect())
    };
    match (state, facts.subject) {
        (State::NoChecks, Subject::Probe(probe)) if facts.is_built => {
            Reason::Text(format!("no check answers {probe}"))
        }
        (State::NoChecks, _) if facts.is_built => {
            Reason::Text("nothing says whether the service is healthy".to_owned())
        }
        (State::NoChecks, _) => Reason::Text("the service is still starting".to_owned()),
        (State::Draining, _) => Reason::Text(match status {
            Some(status @ (Status::Unhealthy | Status::Unknown)) => {
                let names: Vec<&str> =
                    problems.iter().filter(fails).map(|it| it.check.name()).collect();
                format!("about to stop, and {}: {}", State::of(status).word(), names.join(", "))
            }
            _ => "about to stop, and gets no new requests".to_owned(),
        }),
        (_, Subject::Component) => {
            let check = &facts.checks[0];
            Reason::Text(match check.waits_for {
                Some(cause) => format!("{} waits for {cause}", check.name()),
                None => check.name().to_owned(),
            })
        }
        (State::Healthy, _) => Reason::Text(match &facts.checks[..] {
            [check] => check.name().to_owned(),
            checks => format!("all {} components", checks.len()),
        }),
        (State::Degraded, _) => {
            causes(problems.iter().filter(|it| it.kind <= Kind::Degraded).collect())
        }
        (State::Unknown | State::Unhealthy, _) => causes(problems.iter().filter(fails).collect()),
    }
}

fn remarks(facts: &Facts<'_>, problems: &[Problem<'_, '_>]) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut add = |count: usize, one: &str, many: &str| match count {
        0 => {}
        1 => remarks.push(format!("1 {one}")),
        count => remarks.push(format!("{count} {many}")),
    };
    let not_counted = problems.iter().filter(|problem| problem.kind == Kind::NotCounted).count();
    add(not_counted, "failure does not count yet", "failures do not count yet");
    let overridden = |only_because: bool| {
        let checks = facts.checks.iter().map(|check| check.component);
        let overridden = checks.filter(|it| it.active_override().is_some());
        overridden
            .filter(move |it| (it.healthy() && !it.check_status().is_healthy()) == only_because)
    };
    add(
        overridden(true).count(),
        "check fails but is overridden",
        "checks fail but are overridden",
    );
    add(overridden(false).count(), "check is overridden", "checks are overridden");
    remarks
}

impl Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        f.write_str(self.suffix())?;
        match self.waiting {
            0 => Ok(()),
            1 => f.write_str(" (1 more waits for it)"),
            count => write!(f, " ({count} more wait for it)"),
        }
    }
}

impl Cause<'_> {
    /// Returns what follows the name.
    pub(super) fn suffix(&self) -> &'static str {
        if self.critical { "" } else { " (optional)" }
    }
}

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Causes(causes) => {
                for (position, cause) in causes.iter().take(MAX_CAUSES).enumerate() {
                    write!(f, "{}{cause}", if position == 0 { "" } else { ", " })?;
                }
                match causes.len().saturating_sub(MAX_CAUSES) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}
