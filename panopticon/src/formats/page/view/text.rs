//! Texts from elsewhere and instants, as HTML.

use chrono::{DateTime, Utc};
use maud::{Markup, Render, html};

use crate::escaped::is_escaped;
use crate::formats::page::durations::{Clock, Instant, Span};

/// A text from elsewhere. Line breaks and tabs stay; what could hide or reorder text is shown as its
/// number, such as `\u{202e}`.
pub(super) struct Visible<'t>(pub(super) &'t str);

impl Render for Visible<'_> {
    fn render_to(&self, buffer: &mut String) {
        let is_hidden = |c: char| is_escaped(c) && !matches!(c, '\n' | '\t');
        let mut rest = self.0;
        while let Some(at) = rest.find(is_hidden) {
            let (before, after) = rest.split_at(at);
            before.render_to(buffer);
            let mut characters = after.chars();
            buffer.extend(characters.next().into_iter().flat_map(char::escape_default));
            rest = characters.as_str();
        }
        rest.render_to(buffer);
    }
}

/// Returns a text of any direction and any characters, which does not affect what is around it.
pub(super) fn foreign(text: &str) -> Markup {
    html! { bdi { (Visible(text)) } }
}

/// Returns an instant for the script.
fn instant(at: DateTime<Utc>) -> impl Render {
    maud::display(Instant(at))
}

/// Returns the time of day in UTC, with the date if that is not today's.
pub(super) fn clock(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time datetime=(instant(at)) { (maud::display(Clock { at, now })) } " UTC" }
}

/// Returns how long ago an instant was, which the script keeps current.
pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time.ago datetime=(instant(at)) { (maud::display(Span::between(at, now))) " ago" } }
}

/// Returns the time since an instant, which the script keeps current.
pub(super) fn span(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time.for datetime=(instant(at)) { (maud::display(Span::between(at, now))) } }
}

/// Returns the time until an instant, which the script keeps current.
pub(super) fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time.until datetime=(instant(at)) { "in " (maud::display(Span::between(now, at))) } }
}

/// Returns when something began and how long ago that was.
pub(super) fn since(at: DateTime<Utc>, or_earlier: bool, now: DateTime<Utc>) -> Markup {
    html! {
        "since " (clock(at, now)) @if or_earlier { " or earlier" } ", " (span(at, now))
    }
}
