//! Names, tags and other fields the way Datadog accepts them. Other characters are replaced, so
//! that no text can break out of its field.

use std::borrow::Cow;

/// The maximum length of a metric's name with its prefix, in characters.
/// <https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics>
pub(super) const MAX_NAME: usize = 200;

/// The maximum length of a tag with its key and colon, in characters.
/// <https://docs.datadoghq.com/getting_started/tagging/#define-tags>
const MAX_TAG: usize = 200;

/// The maximum length of a hostname, in bytes (RFC 1035, section 2.3.4).
pub(super) const MAX_HOSTNAME: usize = 255;

/// Returns a metric's name of at most `max` characters, with `_` for every character but ASCII
/// letters, digits, `_` and `.`. Returns `None` for an empty name.
pub(super) fn metric_name(name: &str, max: usize) -> Option<Cow<'_, str>> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    (!name.is_empty()).then(|| replace(name, max, is_plain))
}

/// Returns whether names of metrics can start with this text unchanged: a letter, then characters
/// that [`metric_name`] keeps, and no dot at the end, since one follows.
pub(super) fn is_prefix(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with('.')
        && matches!(metric_name(text, MAX_NAME / 2), Some(Cow::Borrowed(_)))
}

/// Returns a tag's key and value of at most [`MAX_TAG`] characters together, with `_` for every
/// character but letters, digits and `_ - : . /`. A key has no colon, since the first one ends it.
pub(super) fn tag<'a>(key: &'a str, value: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let key = match replace(key, MAX_TAG - 1, |c| c != ':' && is_plain_in_tags(c)) {
        key if key.is_empty() => Cow::Borrowed("_"),
        key => key,
    };
    let left = MAX_TAG - 1 - key.chars().count();
    (key, replace(value, left, is_plain_in_tags))
}

/// Returns whether [`tag`] would keep the tag unchanged. May be false for a tag it keeps, never
/// true for one it changes.
pub(super) fn is_plain_tag(key: &str, value: &str) -> bool {
    let is_plain = |&b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
    !key.is_empty()
        && key.len() + value.len() < MAX_TAG
        && key.as_bytes().iter().all(is_plain)
        && value.as_bytes().iter().all(|b| is_plain(b) || *b == b':')
}

/// Returns a tag that can be sent; see [`tag`].
pub(super) fn owned_tag(key: &str, value: &str) -> (String, String) {
    let (key, value) = tag(key, value);
    (key.into_owned(), value.into_owned())
}

/// Returns a tag as it is sent: a tag without a value has no colon.
pub(super) fn join_tag(key: &str, value: &str) -> String {
    if value.is_empty() { key.to_owned() } else { format!("{key}:{value}") }
}

/// Returns a field of an event or a service check, such as a hostname, without characters that end
/// fields or lines, and cut to `max` bytes, so that all fields together leave room in a packet.
/// Returns `None` if nothing is left.
pub(super) fn field(text: &str, max: usize) -> Option<String> {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let field = replace(&text[..end], max, |c| c != '|' && !c.is_control());
    (!field.is_empty()).then(|| field.into_owned())
}

fn is_plain_in_tags(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '/')
}

fn replace(text: &str, max: usize, is_plain: impl Fn(char) -> bool) -> Cow<'_, str> {
    // The fast path for almost all calls.
    if text.len() <= max && text.bytes().all(|b| b.is_ascii() && is_plain(char::from(b))) {
        return Cow::Borrowed(text);
    }
    let kept = match text.char_indices().nth(max) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    Cow::Owned(kept.chars().map(|c| if is_plain(c) { c } else { '_' }).collect())
}
