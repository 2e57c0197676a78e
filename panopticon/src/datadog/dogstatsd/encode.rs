//! Lines of events and service checks.
//!
//! No text can break out of its field. As Datadog prescribes, a line break in titles, texts and
//! messages is written `\n`, and `m:` in a message is written `m\:`. A `|` ends a message and
//! cannot be escaped, so it is written `¦`. A backslash followed by an `n` has no escape either,
//! and reads as a line break.

use std::fmt::Write;

use crate::datadog::event::{AlertType, Event, Priority};
use crate::datadog::sanitize::join_tag;
use crate::datadog::service_check::ServiceCheck;
use crate::datadog::sink::CommonFields;

/// Replaces what was cut off.
const ELLIPSIS: &str = "…";

/// Encodes an event in at most `max` bytes. Tags may take half of them; further tags are left out.
/// Title and text are cut to the remaining space.
pub(super) fn encode_event(event: &Event, common: &CommonFields, max: usize) -> String {
    let mut fields = String::new();
    if let Some(timestamp) = event.timestamp {
        let _ = write!(fields, "|d:{timestamp}");
    }
    if let Some(hostname) = event.hostname.as_ref().or(common.hostname.as_ref()) {
        let _ = write!(fields, "|h:{hostname}");
    }
    if let Some(key) = &event.aggregation_key {
        let _ = write!(fields, "|k:{key}");
    }
    if event.priority != Priority::default() {
        let _ = write!(fields, "|p:{}", event.priority.as_str());
    }
    if let Some(name) = &event.source_type_name {
        let _ = write!(fields, "|s:{name}");
    }
    if event.alert_type != AlertType::default() {
        let _ = write!(fields, "|t:{}", event.alert_type.as_str());
    }
    push_tags(&mut fields, &common.tags, &event.tags, max / 2);

    // Neither length has more digits than `max`.
    let frame = "_e{,}:|".len() + 2 * max.to_string().len();
    let room = max.saturating_sub(frame + fields.len());
    let title = cut(event.title.replace('\n', "\\n"), room / 2);
    let text = cut(event.text.replace('\n', "\\n"), room - title.len());
    format!("_e{{{},{}}}:{title}|{text}{fields}", title.len(), text.len())
}

/// Encodes a service check in at most `max` bytes, with its message cut to the remaining space.
/// Returns `None` if it does not fit even without a message.
pub(super) fn encode_service_check(
    check: &ServiceCheck,
    common: &CommonFields,
    max: usize,
) -> Option<String> {
    let prefix = &common.prefix;
    let mut line = format!("_sc|{prefix}.{}|{}", check.name, check.status.as_u8());
    if let Some(timestamp) = check.timestamp {
        let _ = write!(line, "|d:{timestamp}");
    }
    if let Some(hostname) = check.hostname.as_ref().or(common.hostname.as_ref()) {
        let _ = write!(line, "|h:{hostname}");
    }
    push_tags(&mut line, &common.tags, &check.tags, usize::MAX);
    if let Some(message) = &check.message {
        let message = message.replace('\n', "\\n").replace("m:", "m\\:").replace('|', "¦");
        let room = max.saturating_sub(line.len() + "|m:".len());
        let _ = write!(line, "|m:{}", cut(message, room));
    }
    (line.len() <= max).then_some(line)
}

/// Writes as many tags as fit into `max` bytes, default tags first.
fn push_tags(
    line: &mut String,
    default: &[(String, String)],
    own: &[(String, String)],
    max: usize,
) {
    let mut written = 0;
    for (key, value) in default.iter().chain(own) {
        let tag = join_tag(key, value);
        let tag_len = tag.len() + ",".len();
        if written + tag_len > max {
            return;
        }
        let start = if written == 0 { "|#" } else { "," };
        let _ = write!(line, "{start}{tag}");
        written += tag_len;
    }
}

/// Cuts an escaped text to at most `max` bytes, ending in an ellipsis if anything was cut off.
fn cut(mut text: String, max: usize) -> String {
    if text.len() <= max {
        return text;
    }
    let Some(mut end) = max.checked_sub(ELLIPSIS.len()) else { return String::new() };
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    // Half an escape would escape the ellipsis.
    if text.ends_with('\\') {
        text.pop();
    }
    text.push_str(ELLIPSIS);
    text
}
