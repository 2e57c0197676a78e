//! What is shown of any component: its last results and everything in its report.

use std::time::Duration;

use maud::{Markup, Render, html};
use serde_json::Value;

use super::text::{Visible, clock, foreign};
use crate::check::Probe;
use crate::formats::page::durations::{Chosen, Short};
use crate::formats::page::facts::{Check, Options};

/// The number of details that are shown, and the bytes of each. The JSON has all.
const MAX_DETAILS: usize = 20;
const MAX_DETAIL_BYTES: usize = 200;

/// The response time, and what is usual for the component.
pub(super) fn response_time(check: &Check<'_>) -> Markup {
    let usual = check.usual_response_time();
    html! {
        (Short(check.component.response_time()))
        @if let Some(usual) = usual { ", usually " (Short(usual)) }
    }
}

/// Returns a name and a value of a list.
pub(super) fn fact<N: Render, V: Render>(name: N, value: V) -> Fact<N, V> {
    Fact { name, value }
}

/// Written without `html!`, which would allocate, since a page has hundreds of them.
pub(super) struct Fact<N, V> {
    name: N,
    value: V,
}

impl<N: Render, V: Render> Render for Fact<N, V> {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str("<dt>");
        self.name.render_to(buffer);
        buffer.push_str("</dt><dd>");
        self.value.render_to(buffer);
        buffer.push_str("</dd>");
    }
}

/// The details that the check added.
pub(super) fn details(check: &Check<'_>) -> Markup {
    let component = check.component;
    let shown = component.details().take(MAX_DETAILS);
    let more = component.details().count().saturating_sub(MAX_DETAILS);
    html! {
        @for (key, value) in shown {
            (fact(foreign(key), foreign(&detail(value))))
        }
        @if more > 0 { (fact("more", html! { (more) " details in the JSON" })) }
        @for (key, reason) in component.detail_errors() {
            (fact(foreign(key), html! { "missing: " (foreign(reason)) }))
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

/// The options of the check that are not the default, and its tags.
pub(super) fn options(check: &Check<'_>) -> Markup {
    let tags = check.component.tags();
    html! {
        @if let Some(options) = &check.options {
            @if options.probes != [Probe::Readiness] { (fact("Probes", probes(options))) }
            (fact("Timeout", maud::display(Chosen(options.timeout))))
            @let thresholds = (options.failure_threshold, options.success_threshold);
            @if thresholds != (1, 1) {
                (fact("Status changes after", html! {
                    (thresholds.0) @if thresholds.0 == 1 { " failure" } @else { " failures" }
                    " or " (thresholds.1)
                    @if thresholds.1 == 1 { " success" } @else { " successes" } " in a row"
                }))
            }
            @if !options.dependencies.is_empty() {
                (fact("Depends on", options.dependencies.join(", ")))
            }
        }
        @if !tags.is_empty() { (fact("Tags", Visible(&tags.join(", ")))) }
    }
}

/// The probes that the check answers, in words.
fn probes(options: &Options<'_>) -> String {
    let names: Vec<&str> = options.probes.iter().map(|probe| probe.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// When the check runs, in words.
pub(super) fn runs(check: &Check<'_>) -> Option<String> {
    Some(match check.options.as_ref()? {
        Options { interval: Some(interval), .. } => format!("every {}", Chosen(*interval)),
        Options { cache: Some(cache), .. } if *cache > Duration::ZERO => {
            format!("on demand, cached for {}", Chosen(*cache))
        }
        _ => "on demand".to_owned(),
    })
}

/// The runs of the check that have timed out but have not ended.
pub(super) fn hung_runs(check: &Check<'_>, now: chrono::DateTime<chrono::Utc>) -> Markup {
    html! {
        @for &since in check.component.hung_since() {
            (fact("Run hangs", html! { "since " (clock(since, now)) }))
        }
    }
}
