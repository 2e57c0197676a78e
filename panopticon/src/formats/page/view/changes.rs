//! The last transitions.

use maud::{Markup, html};

use super::text::{Visible, ago, clock};
use crate::formats::page::changes::{Change, Reason};
use crate::formats::page::facts::Facts;
use crate::formats::page::headline::State;

/// The number of names that a change of several components has.
const MAX_NAMES: usize = 3;

pub(super) fn changes(facts: &Facts<'_>, changes: Option<&(Vec<Change<'_>>, bool)>) -> Markup {
    html! {
        section #changes {
            h2 { "What changed" }
            @match changes {
                None => p.calm { "No history is recorded." },
                Some((changes, _)) if changes.is_empty() => p.calm { "Nothing so far." },
                Some((changes, has_older)) => {
                    table {
                        thead.hidden { tr {
                            th scope="col" { "When" } th scope="col" { "Component" }
                            th scope="col" { "Change" } th scope="col" { "Reason" }
                        } }
                        tbody { @for it in changes { (change(facts, it)) } }
                    }
                    @if *has_older { p.calm { "Older changes are not shown." } }
                }
            }
        }
    }
}

fn change(facts: &Facts<'_>, change: &Change<'_>) -> Markup {
    let Change { at, names, from, to, reason } = change;
    html! {
        tr {
            td.when { (clock(*at, facts.now)) " " small { (ago(*at, facts.now)) } }
            th scope="row" {
                (names[..names.len().min(MAX_NAMES)].join(", "))
                @if names.len() > MAX_NAMES { " and " (names.len() - MAX_NAMES) " more" }
            }
            td.change {
                (from.as_str()) " → "
                b class=(State::of(*to).class()) { (State::of(*to).symbol()) " " (to.as_str()) }
            }
            td.reason {
                @match reason {
                    Some(reason) => (because(facts, reason)),
                    None => {}
                }
            }
        }
    }
}

fn because(facts: &Facts<'_>, reason: &Reason) -> Markup {
    let text = |text: &str| html! { @if !text.is_empty() { bdi { (Visible(text)) } } };
    html! {
        @match reason {
            Reason::Message(message) => (text(message)),
            Reason::Override { reason, until } => {
                "override"
                @if let Some(until) = until { " until " (clock(*until, facts.now)) }
                @if !reason.is_empty() { ": " (text(reason)) }
            }
            Reason::OverrideEnded { reason, message } => {
                "override ended"
                @if !reason.is_empty() { ": " (text(reason)) }
                @if let Some(message) = message { " · " (text(message)) }
            }
        }
    }
}
