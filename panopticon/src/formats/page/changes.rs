//! What changed: the last transitions, newest first.

use chrono::{DateTime, Utc};

use super::facts::Facts;
use crate::events::{History, Transition};
use crate::health::Status;
use crate::report::Disclosure;

/// A transition, or several that say the same.
#[derive(Debug)]
pub(super) struct Change<'h> {
    pub(super) at: DateTime<Utc>,
    pub(super) names: Vec<&'h str>,
    pub(super) from: Status,
    pub(super) to: Status,
    pub(super) reason: Option<Reason>,
}

/// Why a status has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Message(String),
    Override { reason: String, until: Option<DateTime<Utc>> },
    OverrideEnded { reason: String, message: Option<String> },
}

/// The number of changes that the page shows.
const MAX_CHANGES: usize = 10;

/// The number of bytes of a text that a change shows. What is still wrong is shown in full elsewhere.
const MAX_TEXT_BYTES: usize = 200;

/// Returns the last changes of the components that the page shows, newest first, and whether there
/// are older ones; `None` if nothing is recorded.
///
/// The first results of all components are one change if they are healthy, which would otherwise fill
/// the list after a start.
pub(super) fn changes<'f>(facts: &Facts<'f>) -> Option<(Vec<Change<'f>>, bool)> {
    let history: &'f History = facts.past.history?;
    let mut changes: Vec<Change<'f>> = Vec::new();
    let is_shown =
        |name: &str| facts.checks.binary_search_by(|check| check.name().cmp(name)).is_ok();
    for transition in history.transitions().rev().filter(|it| is_shown(it.name())) {
        if let Some(last) = changes.last_mut() {
            if is_healthy_start(transition) && last.is_healthy_start() {
                last.names.push(transition.name());
                last.reason = None;
                continue;
            }
        }
        if changes.len() == MAX_CHANGES {
            return Some((changes, true));
        }
        changes.push(Change {
            at: transition.at(),
            names: vec![transition.name()],
            from: transition.from(),
            to: transition.to(),
            reason: reason(transition, facts.past.disclosure),
        });
    }
    Some((changes, false))
}

impl Change<'_> {
    fn is_healthy_start(&self) -> bool {
        (self.from, self.to) == (Status::Unknown, Status::Healthy)
            && !matches!(self.reason, Some(Reason::Override { .. } | Reason::OverrideEnded { .. }))
    }
}

fn is_healthy_start(transition: &Transition) -> bool {
    (transition.from(), transition.to()) == (Status::Unknown, Status::Healthy)
        && transition.active_override().is_none()
        && transition.ended_override().is_none()
}

fn reason(transition: &Transition, disclosure: Disclosure) -> Option<Reason> {
    let transition = transition.disclosed(disclosure);
    let message = transition.message().map(shortened);
    if let Some(active) = transition.active_override() {
        let reason = shortened(active.reason());
        return Some(Reason::Override { reason, until: active.ends_at() });
    }
    match transition.ended_override() {
        Some(ended) => Some(Reason::OverrideEnded { reason: shortened(ended.reason()), message }),
        None => message.map(Reason::Message),
    }
}

/// Returns the beginning of a text, with an ellipsis if it goes on.
fn shortened(text: &str) -> String {
    if text.len() <= MAX_TEXT_BYTES {
        return text.to_owned();
    }
    let mut end = MAX_TEXT_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
