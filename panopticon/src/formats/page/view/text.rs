//! Texts from elsewhere and instants, as HTML.

use std::fmt::Write;

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

/// Returns the time of day in UTC, with the date if that is not today's.
pub(super) fn clock(at: DateTime<Utc>, now: DateTime<Utc>) -> Time {
    Time { at, now, form: TimeForm::Clock }
}

/// Returns how long ago an instant was, which the script keeps current.
pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Time {
    Time { at, now, form: TimeForm::Ago }
}

/// Returns the time since an instant, which the script keeps current.
pub(super) fn span(at: DateTime<Utc>, now: DateTime<Utc>) -> Time {
    Time { at, now, form: TimeForm::For }
}

/// Returns the time until an instant, which the script keeps current.
pub(super) fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Time {
    Time { at, now, form: TimeForm::Until }
}

/// An instant, with its machine-readable form. Written without `html!`, which would allocate, since a
/// page has hundreds of them.
#[derive(Clone, Copy)]
pub(super) struct Time {
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    form: TimeForm,
}

#[derive(Clone, Copy)]
enum TimeForm {
    Clock,
    Ago,
    For,
    Until,
}

impl Render for Time {
    fn render_to(&self, buffer: &mut String) {
        let Self { at, now, form } = *self;
        let (before, after) = match form {
            TimeForm::Clock => ("<time datetime=\"", "</time> UTC"),
            TimeForm::Ago => ("<time class=\"ago\" datetime=\"", " ago</time>"),
            TimeForm::For => ("<time class=\"for\" datetime=\"", "</time>"),
            TimeForm::Until => ("<time class=\"until\" datetime=\"", "</time>"),
        };
        buffer.push_str(before);
        // Writing to a string cannot fail.
        let _ = write!(buffer, "{}\">", Instant(at));
        let _ = match form {
            TimeForm::Clock => write!(buffer, "{}", Clock { at, now }),
            TimeForm::Ago | TimeForm::For => write!(buffer, "{}", Span::between(at, now)),
            TimeForm::Until => write!(buffer, "in {}", Span::between(now, at)),
        };
        buffer.push_str(after);
    }
}

/// Returns when something began and how long ago that was.
pub(super) fn since(at: DateTime<Utc>, or_earlier: bool, now: DateTime<Utc>) -> Markup {
    html! {
        "since " (clock(at, now)) @if or_earlier { " or earlier" } ", " (span(at, now))
    }
}
