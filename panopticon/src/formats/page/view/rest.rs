//! All components that are not wrong, one line each.

use maud::{Markup, html};

use super::component::{details, fact, options, response_time, runs};
use super::text::{Visible, ago, span};
use crate::formats::page::durations::Short;
use crate::formats::page::facts::{Check, Facts, by_collection};
use crate::formats::page::results_chart::{Line, Strip};

pub(super) fn rest(facts: &Facts<'_>) -> Markup {
    let healthy = facts.checks.iter().filter(|check| !check.is_noteworthy());
    let groups = by_collection(healthy.clone());
    let has_collections = groups.iter().any(|(collection, _)| collection.is_some());
    html! {
        section #rest {
            h2 { "All the rest" }
            @if groups.is_empty() {
                p.calm { "Nothing." }
            } @else {
                table {
                    thead { tr {
                        th scope="col" { (healthy.count()) " healthy" }
                        th scope="col" { "Last results" }
                        th scope="col" { "Response time" }
                        th scope="col" { "Checked" }
                    } }
                    @for (collection, checks) in &groups {
                        tbody {
                            @if has_collections {
                                tr.collection { th scope="rowgroup" {
                                    (Visible(collection.unwrap_or("without a collection")))
                                } }
                            }
                            @for check in checks { (row(facts, check)) }
                        }
                    }
                }
            }
        }
    }
}

fn row(facts: &Facts<'_>, check: &Check<'_>) -> Markup {
    let component = check.component;
    html! {
        tr #{ "component-" (check.name()) } {
            th scope="row" {
                details {
                    summary { (check.name()) }
                    @if let Some(message) = component.message() {
                        p dir="auto" { (Visible(message)) }
                    }
                    dl {
                        (fact("Status", html! {
                            "healthy" @if !component.critical() { ", optional" }
                            @if let Some(at) = check.status_since() {
                                " for " (span(at, facts.now))
                            }
                        }))
                        (fact("Response time", response_time(check)))
                        (details(check))
                        (options(check))
                    }
                }
            }
            td { @if !check.results().is_empty() { (Strip(check.results())) } }
            td {
                @if !check.results().is_empty() { (Line(check.results())) }
                " " (Short(component.response_time()))
            }
            td {
                @if let Some(at) = component.checked_at() { (ago(at, facts.now)) }
                @if let Some(runs) = runs(check) {
                    @if component.checked_at().is_some() { ", " }
                    (runs)
                }
            }
        }
    }
}
