//! All components with which nothing is wrong, one line each.

use maud::{Markup, Render, html};

use super::component::{details, fact, options, response_time, runs};
use super::text::{Visible, ago, span};
use crate::formats::page::durations::Short;
use crate::formats::page::facts::{Check, Facts, by_collection};
use crate::formats::page::results_chart::{Line, Strip};

/// More bytes than most rows have.
const BYTES_OF_ROW: usize = 1024;

/// The section of these components. Its rows are written into the page one by one: copying a section
/// of 100 components there would take as long as writing it.
pub(super) struct Rest<'f>(pub(super) &'f Facts<'f>);

impl Render for Rest<'_> {
    fn render_to(&self, page: &mut String) {
        let Self(facts) = self;
        let healthy = facts.checks.iter().filter(|check| !check.is_noteworthy());
        let count = healthy.clone().count();
        page.push_str("<section id=\"rest\"><h2>All the rest</h2>");
        if count == 0 {
            html! { p.calm { "Nothing." } }.render_to(page);
        } else {
            page.reserve(count * BYTES_OF_ROW);
            page.push_str("<table>");
            head(count).render_to(page);
            let groups = by_collection(healthy);
            let has_collections = groups.iter().any(|(collection, _)| collection.is_some());
            for (collection, checks) in groups {
                page.push_str("<tbody>");
                if has_collections {
                    name_row(collection.unwrap_or("without a collection")).render_to(page);
                }
                for check in checks {
                    row(facts, check).render_to(page);
                }
                page.push_str("</tbody>");
            }
            page.push_str("</table>");
        }
        page.push_str("</section>");
    }
}

fn head(count: usize) -> Markup {
    html! {
        thead { tr {
            th scope="col" { (count) " healthy" }
            th scope="col" { "Last results" }
            th scope="col" { "Response time" }
            th scope="col" { "Checked" }
        } }
    }
}

fn name_row(collection: &str) -> Markup {
    html! { tr.collection { th scope="rowgroup" { (Visible(collection)) } } }
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
