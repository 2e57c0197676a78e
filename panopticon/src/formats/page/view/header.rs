//! The sentence, and under it the service and the time.

use maud::{Markup, Render, html};

use super::text::{Visible, ago, clock, foreign, span};
use crate::formats::page::durations::Span;
use crate::formats::page::facts::{Facts, Subject};
use crate::formats::page::headline::{Cause, Headline, MAX_CAUSES, Reason};

/// The title of the browser's tab: the sentence, then what it is about.
pub(super) struct Title<'p> {
    pub(super) facts: &'p Facts<'p>,
    pub(super) headline: &'p Headline<'p>,
}

impl Render for Title<'_> {
    fn render(&self) -> Markup {
        let Self { facts, headline } = self;
        let now = facts.now;
        html! {
            (headline.state.symbol()) " " (headline.state.word())
            @if let Some(since) = headline.since {
                " for " @if since.or_earlier { "at least " }
                (maud::display(Span::between(since.at, now)))
            }
            ": " (maud::display(&headline.reason))
            @if let Subject::Probe(probe) = facts.subject { " – " (probe.as_str()) }
            @if let Some(name) = facts.service.and_then(|service| service.name.as_deref()) {
                " – " (Visible(name))
            }
        }
    }
}

pub(super) fn header(facts: &Facts<'_>, headline: &Headline<'_>) -> Markup {
    html! {
        header class=(headline.state.class()) {
            @if let Some(url) = facts.links.report_url {
                p.subject {
                    @match facts.subject {
                        Subject::Probe(probe) => { (probe.as_str()) " probe" }
                        Subject::Component => "component",
                        Subject::Report => "report",
                    }
                    " · " a href=(url) { "whole report" }
                }
            } @else if !facts.links.selection.is_empty() {
                p.subject { "part of the report · " a href="?" { "whole report" } }
            }
            (sentence(facts, headline))
            @if !headline.remarks.is_empty() {
                p.remarks { (headline.remarks.join(" · ")) }
            }
            div.about {
                p { (about(facts)) }
                p #as-of {
                    strong #stale { "NOT UPDATING" }
                    " as of " (ago(facts.now, facts.now)) " · " (clock(facts.now, facts.now))
                    span #local data-keep {}
                }
            }
        }
    }
}

/// Writes the sentence. Screen readers speak it when it changes, but not when time passes.
fn sentence(facts: &Facts<'_>, headline: &Headline<'_>) -> Markup {
    html! {
        h1 #headline aria-live="polite" aria-atomic="true" {
            span.symbol aria-hidden="true" { (headline.state.symbol()) } " "
            span.state { (headline.state.word()) }
            @if let Some(since) = headline.since {
                span aria-live="off" {
                    " for " @if since.or_earlier { "at least " } (span(since.at, facts.now))
                }
            }
            ": "
            @match &headline.reason {
                Reason::Text(text) => (text),
                Reason::Causes(causes) => (causes_of(causes)),
            }
        }
    }
}

fn causes_of(causes: &[Cause<'_>]) -> Markup {
    html! {
        @for (position, cause) in causes.iter().take(MAX_CAUSES).enumerate() {
            @if position > 0 { ", " }
            a href={ "#component-" (cause.name) } { (cause.name) }
            (cause.suffix())
            @match cause.waiting {
                0 => {}
                1 => small { " (1 more waits for it)" },
                count => small { " (" (count) " more wait for it)" },
            }
        }
        @if causes.len() > MAX_CAUSES { " and " (causes.len() - MAX_CAUSES) " more" }
    }
}

fn about(facts: &Facts<'_>) -> Markup {
    let service = facts.service;
    let parts = [
        service.and_then(|it| it.name.as_deref()).map(|name| html! { b { (foreign(name)) } }),
        service
            .and_then(|it| it.version.as_deref())
            .map(|version| html! { "version " (foreign(version)) }),
        service
            .and_then(|it| it.release_id.as_deref())
            .map(|release| html! { "release " (foreign(release)) }),
        facts.host.as_deref().map(|host| html! { "on " (foreign(host)) }),
        facts.up_since.map(|at| html! { "up " (span(at, facts.now)) }),
    ];
    html! {
        @for (position, part) in parts.iter().flatten().enumerate() {
            @if position > 0 { " · " }
            (part)
        }
    }
}
