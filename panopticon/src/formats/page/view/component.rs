//! What is shown of any component: its last results and everything in its report.

use std::time::Duration;

use maud::{Markup, Render, html};
use serde_json::Value;

use super::text::{Visible, clock, foreign};
use crate::check::Probe;
use crate::events::{History, PastResult};
use crate::formats::page::durations::{Chosen, Short};
use crate::formats::page::facts::{Check, Options};
use crate::formats::page::results_chart::{Bars, Line, NoBars, Summary, VIEW_BOX};
use crate::health::Status;

/// The number of details that are shown, and the bytes of each. The JSON has all.
const MAX_DETAILS: usize = 20;
const MAX_DETAIL_BYTES: usize = 200;

/// The results as bars, whose height shows the status as well as their colour.
pub(super) fn strip(results: &[PastResult]) -> Markup {
    html! {
        svg.strip viewBox=(VIEW_BOX) role="img" aria-label=(maud::display(Summary(results))) {
            @if results.len() < History::MAX_RESULTS {
                path.none d=(maud::display(NoBars(results))) {}
            }
            @for status in Status::ALL {
                @let bars = Bars { results, status };
                @if bars.exist() {
                    path class=(status.as_str()) d=(maud::display(bars)) {}
                }
            }
        }
    }
}

/// The response times as a line.
pub(super) fn line(results: &[PastResult]) -> Markup {
    html! {
        svg.line viewBox=(VIEW_BOX) aria-hidden="true" {
            path d=(maud::display(Line(results))) {}
        }
    }
}

/// The response time, and what is usual for the component.
pub(super) fn response_time(check: &Check<'_>) -> Markup {
    let usual = check.usual_response_time();
    html! {
        (maud::display(Short(check.component.response_time())))
        @if let Some(usual) = usual { ", usually " (maud::display(Short(usual))) }
    }
}

/// An item of a list of facts.
pub(super) fn fact(name: &str, value: impl Render) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// The details that the check added.
pub(super) fn details(check: &Check<'_>) -> Markup {
    let component = check.component;
    let shown = component.details().take(MAX_DETAILS);
    let more = component.details().count().saturating_sub(MAX_DETAILS);
    html! {
        @for (key, value) in shown {
            div { dt { (foreign(key)) } dd { (foreign(&detail(value))) } }
        }
        @if more > 0 { (fact("more", html! { (more) " details in the JSON" })) }
        @for (key, reason) in component.detail_errors() {
            div { dt { (foreign(key)) } dd { "missing: " (foreign(reason)) } }
        }
    }
}

fn detail(value: &Value) -> String {
    let mut text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.len() > MAX_DETAIL_BYTES {
        let end = (0..=MAX_DETAIL_BYTES).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
    text
}

/// The options of the check, and what else its result says.
pub(super) fn options(check: &Check<'_>) -> Markup {
    let component = check.component;
    html! {
        @if let Some(Options { timeout, failure_threshold, success_threshold, probes, dependencies, .. }) = &check.options {
            @let names: Vec<&str> = probes.iter().map(|probe| Probe::as_str(*probe)).collect();
            (fact("Answers", if names.is_empty() { "no probe".to_owned() } else { names.join(", ") }))
            (fact("Runs", runs(check)))
            (fact("Timeout", maud::display(Chosen(*timeout))))
            @if (*failure_threshold, *success_threshold) != (1, 1) {
                (fact("Counts after", html! {
                    (failure_threshold) " failures, " (success_threshold) " successes"
                }))
            }
            @if !dependencies.is_empty() { (fact("Depends on", dependencies.join(", "))) }
        }
        @if !component.tags().is_empty() { (fact("Tags", Visible(&component.tags().join(", ")))) }
    }
}

/// When the check runs, in words.
pub(super) fn runs(check: &Check<'_>) -> String {
    match &check.options {
        Some(Options { interval: Some(interval), .. }) => format!("every {}", Chosen(*interval)),
        Some(Options { cache: Some(cache), .. }) if *cache > Duration::ZERO => {
            format!("on demand, cached {}", Chosen(*cache))
        }
        Some(_) => "on demand".to_owned(),
        None => String::new(),
    }
}

/// Runs of the check that have timed out and go on.
pub(super) fn hung_runs(check: &Check<'_>, now: chrono::DateTime<chrono::Utc>) -> Markup {
    html! {
        @for &since in check.component.hung_since() {
            (fact("Run hangs", html! { "since " (clock(since, now)) }))
        }
    }
}
