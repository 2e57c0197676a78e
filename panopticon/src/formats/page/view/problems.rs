//! What is wrong, always open.

use maud::{Markup, html};

use super::component::{details, fact, hung_runs, options, response_time, runs};
use super::text::{Visible, ago, clock, since, until};
use crate::events::ComponentHistory;
use crate::formats::page::facts::{Facts, Subject};
use crate::formats::page::headline::State;
use crate::formats::page::problems::{Kind, Problem};
use crate::formats::page::results_chart::Strip;
use crate::health::Status;

/// The length from which a message is small and scrolls, so that others stay in sight.
const LONG_MESSAGE_BYTES: usize = 400;

pub(super) fn problems(
    facts: &Facts<'_>,
    problems: &[Problem<'_, '_>],
    incident: Option<&str>,
) -> Markup {
    html! {
        section #wrong {
            h2 { "What is wrong" }
            @if problems.is_empty() {
                p.calm {
                    @if facts.checks.is_empty() { "Nothing is checked." } @else { "Nothing." }
                }
            } @else {
                @if incident.is_some() {
                    button #copy.scripted type="button" data-keep { "Copy as text" }
                }
                ol.problems { @for it in problems { (problem(facts, it)) } }
            }
            @if let Some(incident) = incident {
                details #as-text {
                    summary { "As text for the incident channel" }
                    pre #incident { (incident) }
                }
            }
        }
    }
}

fn problem(facts: &Facts<'_>, problem: &Problem<'_, '_>) -> Markup {
    let check = problem.check;
    let component = check.component;
    let state = shown_state(problem);
    html! {
        li class={ (state.class()) @if !problem.is_critical() { " optional" } }
            #{ "component-" (check.name()) } {
            h3 {
                span.badge { (state.symbol()) " " (word(problem)) } " "
                span.name { (check.name()) }
            }
            p.since {
                @if component.critical() { "critical" } @else { "optional" }
                @match check.waits_for {
                    Some(cause) => { " · waits for " b { (cause) } }
                    None => (times(facts, problem)),
                }
            }
            @if check.waits_for.is_none() {
                @if let Some(message) = component.message() {
                    @if message.len() > LONG_MESSAGE_BYTES {
                        p.long dir="auto" tabindex="0" { (Visible(message)) }
                    } @else {
                        p dir="auto" { (Visible(message)) }
                    }
                }
                (evidence(facts, problem))
            }
            @if !problem.waiting.is_empty() {
                p.waiting {
                    @match problem.waiting_count() {
                        1 => "1 more waits for it, and is not checked:",
                        count => { (count) " more wait for it, and are not checked:" }
                    }
                }
                ol.problems { @for waiting in &problem.waiting { (self::problem(facts, waiting)) } }
            }
        }
    }
}

/// Returns the state whose color the problem has.
fn shown_state(problem: &Problem<'_, '_>) -> State {
    match problem.kind {
        Kind::NotCounted => State::Degraded,
        _ => State::of(problem.check.status()),
    }
}

fn word(problem: &Problem<'_, '_>) -> &'static str {
    match problem.kind {
        Kind::NotCounted => "not counted yet",
        _ => problem.check.status().as_str(),
    }
}

fn times(facts: &Facts<'_>, problem: &Problem<'_, '_>) -> Markup {
    let check = problem.check;
    let began = match problem.kind {
        Kind::NotCounted => check.streak_since(),
        _ => check.status_since(),
    };
    html! {
        @if let Some(at) = began {
            " · " (since(at, false, facts.now))
        }
    }
}

/// What else is known about a problem: as much as an operator needs to judge it.
fn evidence(facts: &Facts<'_>, problem: &Problem<'_, '_>) -> Markup {
    let check = problem.check;
    let component = check.component;
    let now = facts.now;
    html! {
        div.evidence {
            @if check.past.is_some() {
                (Strip(check.results()))
            }
            dl {
                @if let Some(damped) = component.damped() {
                    (fact("Does not count yet", html! {
                        b { (damped.count) " of " (damped.threshold) " "
                            (results_in(damped.status, damped.threshold)) }
                        @if problem.kind == Kind::NotCounted {
                            ", so it is still " (component.status().as_str())
                        }
                    }))
                }
                @if let Some(active) = component.active_override() {
                    (fact("Override", html! {
                        b { "set to " (active.status().as_str()) }
                        ", while the check says " (component.check_status().as_str())
                        @if let Some(end) = active.ends_at() {
                            ", until " (clock(end, now)) " (" (until(end, now)) ")"
                        }
                        @if !active.reason().is_empty() {
                            ": " bdi { (Visible(active.reason())) }
                        }
                    }))
                }
                @if let Some(good) = check.past.and_then(ComponentHistory::last_good) {
                    @if good.status() == Status::Healthy || !component.status().is_healthy() {
                        (fact("Last good result", html! {
                            (clock(good.ended_at(), now)) ", " (ago(good.ended_at(), now))
                        }))
                    }
                } @else if check.past.is_some() {
                    (fact("Last good result", "none since the start"))
                }
                @if let [oldest, _, ..] = check.results() {
                    (fact(html! { "Last " (check.results().len()) " results" }, html! {
                        "since " (clock(oldest.ended_at(), now))
                    }))
                }
                @if component.checked_at().is_some() {
                    (fact("Response time", response_time(check)))
                }
                @if let Some(at) = component.checked_at() {
                    (fact("Checked", ago(at, now)))
                }
                (hung_runs(check, now))
                (details(check))
                @if let Some(runs) = runs(check) { (fact("Runs", runs)) }
                @if facts.subject == Subject::Component { (options(check)) }
            }
        }
    }
}

fn results_in(status: Status, threshold: u32) -> &'static str {
    match (status, threshold) {
        (Status::Healthy, 1) => "success",
        (Status::Healthy, _) => "successes",
        (Status::Degraded, 1) => "degraded result",
        (Status::Degraded, _) => "degraded results",
        (_, 1) => "failure",
        _ => "failures",
    }
}
