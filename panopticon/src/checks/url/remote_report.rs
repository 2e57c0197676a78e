//! The health that the report of another service means.

use std::fmt::Write as _;

use crate::escaped::Escaped;
use crate::health::{Health, Message, Status, truncate};
use crate::report::{Component, Report};

/// The number of components that a message names.
const MAX_NAMED: usize = 10;

/// How much of a component's name, and of its message, is shown, in bytes.
const MAX_SHOWN: usize = 200;

/// Returns the health that a report means, whose HTTP status is one of the expected ones or not.
pub(super) fn judge(report: &Report, is_expected: bool) -> Result<Health, UnexpectedStatus> {
    let status = status_of_checks(report);
    if status == Status::Healthy && !report.is_draining() {
        return match report.components().len() {
            _ if !is_expected => Err(UnexpectedStatus),
            0 => Ok(Health::degraded(
                "the service's report has no components, so none of its checks says that it is healthy",
            )),
            _ => Ok(Health::healthy("the service is healthy")),
        };
    }
    let findings = Findings::new(report);
    let text = |with_messages| describe(report, status, &findings, with_messages);
    // The messages may contain the texts of the other service's errors.
    let message = Message::with_error(text(true), text(false));
    let health = match status {
        // It still works, but not for long.
        Status::Healthy | Status::Degraded => Health::degraded_from_message(message),
        Status::Unknown | Status::Unhealthy => Health::from_message(message),
    };
    Ok(if report.is_draining() { health.with("draining", true) } else { health })
}

/// The HTTP status of a report that says that all is well.
pub(super) struct UnexpectedStatus;

/// Returns the status of the report without what draining does to it. One that is healthy although a
/// component is not contradicts itself, and the components count.
fn status_of_checks(report: &Report) -> Status {
    if report.is_draining() || report.status() == Status::Healthy {
        let counted = report.components().map(|(_, component)| component.counted(None));
        counted.max().unwrap_or(Status::Healthy)
    } else {
        report.status()
    }
}

/// The components that are not healthy.
struct Findings<'a> {
    /// Those that were checked, the worst first.
    failing: Vec<&'a Component>,
    /// The number of those that were not checked, since they depend on one that is unhealthy.
    waiting: usize,
}

impl<'a> Findings<'a> {
    fn new(report: &'a Report) -> Self {
        let unhealthy = report.components().map(|(_, component)| component);
        let (waiting, mut failing): (Vec<_>, Vec<_>) =
            unhealthy.filter(|it| it.status() != Status::Healthy).partition(|it| waits(it));
        failing.sort_by_key(|it| std::cmp::Reverse((it.counted(None), it.status())));
        // What they wait for may be left out of the report.
        if failing.is_empty() {
            return Self { failing: waiting, waiting: 0 };
        }
        Self { failing, waiting: waiting.len() }
    }
}

/// Returns whether the component was not checked, because one that it depends on is unhealthy. An
/// unhealthy one that was checked says when, and in the format of python-panopticon how long it
/// took.
fn waits(component: &Component) -> bool {
    component.status() == Status::Unhealthy
        && component.checked_at().is_none()
        && component.response_time().is_zero()
        && component.active_override().is_none()
}

fn describe(
    report: &Report,
    status: Status,
    findings: &Findings<'_>,
    with_messages: bool,
) -> String {
    let mut words = Vec::new();
    if report.is_draining() {
        words.push("draining");
    }
    match status {
        Status::Healthy => {}
        Status::Unknown => words.push("not known to be healthy"),
        status => words.push(status.as_str()),
    }
    let mut text = format!("the service is {}", words.join(" and "));
    let named = findings.failing.iter().take(MAX_NAMED);
    let named: Vec<_> = named.map(|component| name(component, with_messages)).collect();
    if !named.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {}", named.join(", "));
    }
    if let Some(more @ 1..) = findings.failing.len().checked_sub(MAX_NAMED) {
        let _ = write!(text, " and {more} more");
    }
    let them = if findings.failing.len() == 1 { "it" } else { "them" };
    match findings.waiting {
        0 => {}
        1 => {
            let _ = write!(text, "; 1 more waits for {them}");
        }
        waiting => {
            let _ = write!(text, "; {waiting} more wait for {them}");
        }
    }
    text
}

fn name(component: &Component, with_message: bool) -> String {
    let mut text = shown(component.name());
    if component.status() != Status::Unhealthy {
        // Writing to a String cannot fail.
        let _ = write!(text, " {}", component.status());
    }
    if let Some(message) = component.message().filter(|_| with_message) {
        let _ = write!(text, " ({})", shown(message));
    }
    text
}

fn shown(text: &str) -> String {
    let mut shown = Escaped(text).to_string();
    truncate(&mut shown, MAX_SHOWN);
    shown
}
