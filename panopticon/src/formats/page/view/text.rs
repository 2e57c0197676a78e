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

/// A part of the page that is written into the whole. What `html!` returns is copied there instead,
/// which takes longer than writing it, and a page of 100 components has thousands of parts.
pub(super) struct Part<F>(pub(super) F);

impl<F: Fn(&mut String)> Render for Part<F> {
    fn render_to(&self, buffer: &mut String) {
        self.0(buffer);
    }
}

/// Writes what needs no escaping, such as numbers. Writing to a string cannot fail.
macro_rules! push {
    ($buffer:ident, $($argument:tt)*) => {{
        let _ = ::std::fmt::Write::write_fmt($buffer, format_args!($($argument)*));
    }};
}

pub(super) use push;

/// Returns a text of any direction and any characters, which does not affect what is around it.
pub(super) fn foreign(text: &str) -> impl Render {
    Part(move |buffer: &mut String| {
        buffer.push_str("<bdi>");
        Visible(text).render_to(buffer);
        buffer.push_str("</bdi>");
    })
}

/// Returns the time of day in UTC, with the date if that is not today's.
pub(super) fn clock(at: DateTime<Utc>, now: DateTime<Utc>) -> impl Render {
    Part(move |buffer: &mut String| {
        push!(buffer, "<time datetime=\"{}\">{}</time> UTC", Instant(at), Clock { at, now });
    })
}

/// Returns how long ago an instant was, which the script keeps current.
pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> impl Render {
    current("ago", at, move |buffer| push!(buffer, "{} ago", Span::between(at, now)))
}

/// Returns the time since an instant, which the script keeps current.
pub(super) fn span(at: DateTime<Utc>, now: DateTime<Utc>) -> impl Render {
    current("for", at, move |buffer| push!(buffer, "{}", Span::between(at, now)))
}

/// Returns the time until an instant, which the script keeps current.
pub(super) fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> impl Render {
    current("until", at, move |buffer| push!(buffer, "in {}", Span::between(now, at)))
}

/// Returns a time in words, which the script keeps current: `class` says how.
fn current(class: &'static str, at: DateTime<Utc>, words: impl Fn(&mut String)) -> impl Render {
    Part(move |buffer: &mut String| {
        push!(buffer, "<time class=\"{class}\" datetime=\"{}\">", Instant(at));
        words(buffer);
        buffer.push_str("</time>");
    })
}

/// Returns when something began and how long ago that was.
pub(super) fn since(at: DateTime<Utc>, or_earlier: bool, now: DateTime<Utc>) -> Markup {
    html! {
        "since " (clock(at, now)) @if or_earlier { " or earlier" } ", " (span(at, now))
    }
}
