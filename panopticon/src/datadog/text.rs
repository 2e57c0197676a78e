//! Names and tags as Datadog takes them: what it would not take is replaced, so that no text can
//! break out of its field.

use std::borrow::Cow;

/// The longest name of a metric, its prefix included, in characters.
/// <https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics>
pub(super) const MAX_NAME: usize = 200;

/// The longest tag, its key and its colon included, in characters.
/// <https://docs.datadoghq.com/getting_started/tagging/#define-tags>
pub(super) const MAX_TAG: usize = 200;

/// A metric's name of ASCII letters, digits, `_` and `.`, with `_` for each other character, and of
/// at most `max` characters. `None` where there is nothing to name it by.
pub(super) fn metric_name(name: &str, max: usize) -> Option<Cow<'_, str>> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    (!name.is_empty()).then(|| replaced(name, max, is_plain))
}

/// Whether a text can begin the names of metrics as it is: a letter, then what [`metric_name`]
/// leaves as it is, and no dot at its end, since one follows.
pub(super) fn is_prefix(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with('.')
        && matches!(metric_name(text, MAX_NAME / 2), Some(Cow::Borrowed(_)))
}

/// A tag's key and value of letters, digits and `_ - : . /`, with `_` for each other character, and
/// of at most [`MAX_TAG`] characters. A key has no colon, since the first one ends it.
pub(super) fn tag<'a>(key: &'a str, value: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let key = match replaced(key, MAX_TAG - 1, |c| c != ':' && is_plain_in_tags(c)) {
        key if key.is_empty() => Cow::Borrowed("_"),
        key => key,
    };
    let left = MAX_TAG - 1 - key.chars().count();
    (key, replaced(value, left, is_plain_in_tags))
}

/// Whether [`tag`] would leave it as it is; never true in doubt.
pub(super) fn is_plain_tag(key: &str, value: &str) -> bool {
    let is_plain = |&b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
    !key.is_empty()
        && key.len() + value.len() < MAX_TAG
        && key.as_bytes().iter().all(is_plain)
        && value.as_bytes().iter().all(|b| is_plain(b) || *b == b':')
}

/// A field of an event or a service check, such as a host's name: without what ends fields and
/// lines, and of at most `max` bytes, so that all fields together leave room in a packet.
pub(super) fn field(text: &str, max: usize) -> Cow<'_, str> {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    replaced(&text[..end], max, |c| c != '|' && !c.is_control())
}

fn is_plain_in_tags(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '/')
}

fn replaced(text: &str, max: usize, is_plain: impl Fn(char) -> bool) -> Cow<'_, str> {
    // All of one byte and no more than fit: the way of nearly all.
    if text.len() <= max && text.bytes().all(|b| b.is_ascii() && is_plain(char::from(b))) {
        return Cow::Borrowed(text);
    }
    let kept = match text.char_indices().nth(max) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    Cow::Owned(kept.chars().map(|c| if is_plain(c) { c } else { '_' }).collect())
}
