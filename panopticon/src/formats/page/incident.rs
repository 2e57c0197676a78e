//! What is wrong as plain text, for the incident channel.

use std::fmt::Write;

use super::durations::{Clock, Short, Span};
use super::facts::{Check, Facts};
use super::headline::Headline;
use super::problems::{Kind, Problem};
use super::traffic::ProbeState;
use crate::escaped::{Escaped, is_escaped};
use crate::events::ComponentHistory;

/// Returns the text, or nothing if there is nothing to tell.
pub(super) fn incident(
    facts: &Facts<'_>,
    headline: &Headline<'_>,
    traffic: &[ProbeState<'_>],
    problems: &[Problem<'_, '_>],
) -> Option<String> {
    if problems.is_empty() {
        return None;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_incident(&mut text, facts, headline, traffic, problems);
    Some(text)
}

fn write_incident(
    text: &mut String,
    facts: &Facts<'_>,
    headline: &Headline<'_>,
    traffic: &[ProbeState<'_>],
    problems: &[Problem<'_, '_>],
) -> std::fmt::Result {
    let now = facts.now;
    let clock = |at| Clock { at, now };
    write!(text, "{}", headline.state.word())?;
    if let Some(since) = headline.since {
        let (or_earlier, span) = (or_earlier(since.or_earlier), Span::between(since.at, now));
        write!(text, " since {} UTC{or_earlier} ({span})", clock(since.at))?;
    }
    writeln!(text, ": {}", headline.reason)?;
    for remark in &headline.remarks {
        writeln!(text, "{remark}")?;
    }
    if let Some(name) = facts.service.and_then(|service| service.name.as_deref()) {
        write!(text, "service {}", Escaped(name))?;
        if let Some(release) = facts.service.and_then(|service| service.release_id.as_deref()) {
            write!(text, " {}", Escaped(release))?;
        }
        if let Some(host) = &facts.host {
            write!(text, " on {}", Escaped(host))?;
        }
        text.push('\n');
    }
    for ProbeState { probe, outcome, since, causes, .. } in traffic {
        write!(text, "{probe} {}", outcome.word())?;
        if let Some(since) = since {
            write!(text, " since {} UTC{}", clock(since.at), or_earlier(since.or_earlier))?;
        }
        if !causes.is_empty() {
            write!(text, " ({})", causes.join(", "))?;
        }
        text.push('\n');
    }
    let mut result = Ok(());
    for problem in problems {
        text.push('\n');
        problem.visit(0, &mut |problem, depth| {
            result = result.and_then(|()| write_problem(text, facts, problem, depth));
        });
    }
    result?;
    writeln!(text, "\nas of {} {} UTC", now.date_naive(), Clock { at: now, now })
}

fn write_problem(
    text: &mut String,
    facts: &Facts<'_>,
    problem: &Problem<'_, '_>,
    depth: usize,
) -> std::fmt::Result {
    let check: &Check<'_> = problem.check;
    let component = check.component;
    let indent = "  ".repeat(depth);
    let clock = |at| Clock { at, now: facts.now };
    write!(text, "{indent}- {}: {}", check.name(), component.status())?;
    if !component.critical() {
        text.push_str(", optional");
    }
    if let Some(cause) = check.waits_for {
        return writeln!(text, ", waits for {cause}");
    }
    if let Some(since) = check.status_since().filter(|_| problem.kind != Kind::NotCounted) {
        write!(text, ", since {} UTC", clock(since))?;
    }
    text.push('\n');
    if let Some(message) = component.message() {
        for line in message.lines() {
            write!(text, "{indent}  ")?;
            push_visible(text, line);
            text.push('\n');
        }
    }
    if let Some(damped) = component.damped() {
        let (status, count, threshold) = (damped.status, damped.count, damped.threshold);
        writeln!(text, "{indent}  {count} of {threshold} {status} results")?;
    }
    if let Some(active) = component.active_override() {
        write!(text, "{indent}  overridden; the check says {}", component.check_status())?;
        if let Some(end) = active.ends_at() {
            write!(text, "; until {} UTC", clock(end))?;
        }
        if !active.reason().is_empty() {
            text.push_str(": ");
            push_visible(text, active.reason());
        }
        text.push('\n');
    }
    if let Some(good) = check.past.and_then(ComponentHistory::last_good) {
        let time = Short(good.response_time());
        writeln!(text, "{indent}  last good result {} UTC, in {time}", clock(good.ended_at()))?;
    }
    Ok(())
}

fn or_earlier(is_possible: bool) -> &'static str {
    if is_possible { " or earlier" } else { "" }
}

/// Adds a text in which nothing can hide, or change how the rest is shown.
fn push_visible(text: &mut String, line: &str) {
    for character in line.chars() {
        if is_escaped(character) && character != '\t' {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
}
