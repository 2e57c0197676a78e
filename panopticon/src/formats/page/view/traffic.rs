//! The probes and draining.

use maud::{Markup, html};

use super::text::{clock, since};
use crate::formats::page::facts::Facts;
use crate::formats::page::traffic::{Outcome, ProbeState};

/// The number of causes of a probe's failure that are named.
const MAX_CAUSES: usize = 3;

pub(super) fn traffic(facts: &Facts<'_>, probes: &[ProbeState<'_>]) -> Markup {
    html! {
        section #traffic {
            h2 { "Traffic" }
            ul {
                @for state in probes {
                    (probe(facts, state))
                }
                @if facts.is_draining {
                    li.draining {
                        "draining "
                        b { "▼ DRAINING" }
                        @if let Some(at) = facts.draining_since {
                            small { (since(at, false, facts.now)) }
                        }
                    }
                } @else {
                    li { "draining " b { "no" } }
                }
            }
        }
    }
}

fn probe(facts: &Facts<'_>, state: &ProbeState<'_>) -> Markup {
    let (class, symbol) = match state.outcome {
        Outcome::Passes | Outcome::Passed => ("healthy", "✓"),
        Outcome::Fails => ("unhealthy", "✕"),
        Outcome::NotKnown => ("unknown", "?"),
    };
    let fails = state.outcome == Outcome::Fails;
    html! {
        li class=(class) {
            (state.probe.as_str()) " "
            b { (symbol) " " (state.outcome.word()) }
            @if let Some(consequence) = state.consequence() { small.consequence { (consequence) } }
            @if let Some(since) = state.since {
                small {
                    "since " (clock(since.at, facts.now)) @if since.or_earlier { " or earlier" }
                }
            }
            @if !state.causes.is_empty() {
                small {
                    @if !fails { "no recent result: " }
                    (state.causes[..state.causes.len().min(MAX_CAUSES)].join(", "))
                    @if state.causes.len() > MAX_CAUSES {
                        " and " (state.causes.len() - MAX_CAUSES) " more"
                    }
                }
            } @else if state.has_no_checks && !fails {
                small { "no check answers it" }
            }
        }
    }
}
