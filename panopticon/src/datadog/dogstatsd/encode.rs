//! Events and service checks as lines; metrics are cadence's to write.
//!
//! No text can break out of its field. In titles, texts and messages a line break is written `\n`,
//! as Datadog prescribes, and in a message `m:` as `m\:`. For the bar, which ends a message and
//! cannot be escaped there, stands `¦`. The format has no way to write a backslash before an `n`
//! otherwise than as a line break.

use std::fmt::Write;

use crate::datadog::event::{AlertType, Event, Priority};
use crate::datadog::service_check::ServiceCheck;
use crate::datadog::sink::CommonFields;

/// What stands for that which was cut off.
const ELLIPSIS: &str = "…";

/// One event as a line of at most `max` bytes. Tags that would take more than half of that are left
/// off from the end; title and text are cut to what is left.
pub(super) fn event(event: &Event, common: &CommonFields, max: usize) -> String {
    let mut fields = String::new();
    if let Some(timestamp) = event.timestamp {
        push(&mut fields, format_args!("|d:{timestamp}"));
    }
    if let Some(hostname) = event.hostname.as_ref().or(common.hostname.as_ref()) {
        push(&mut fields, format_args!("|h:{hostname}"));
    }
    if let Some(key) = &event.aggregation_key {
        push(&mut fields, format_args!("|k:{key}"));
    }
    if event.priority != Priority::default() {
        push(&mut fields, format_args!("|p:{}", event.priority.as_str()));
    }
    if let Some(name) = &event.source_type_name {
        push(&mut fields, format_args!("|s:{name}"));
    }
    if event.alert_type != AlertType::default() {
        push(&mut fields, format_args!("|t:{}", event.alert_type.as_str()));
    }
    push_tags(&mut fields, &common.tags, &event.tags, max / 2);

    // Each of the two lengths has no more digits than the whole.
    let frame = "_e{,}:|".len() + 2 * max.to_string().len();
    let room = max.saturating_sub(frame + fields.len());
    let title = cut(event.title.replace('\n', "\\n"), room / 2);
    let text = cut(event.text.replace('\n', "\\n"), room - title.len());
    format!("_e{{{},{}}}:{title}|{text}{fields}", title.len(), text.len())
}

/// One service check as a line of at most `max` bytes, its message cut to what is left. `None` if
/// nothing is left even without one.
pub(super) fn service_check(
    check: &ServiceCheck,
    common: &CommonFields,
    max: usize,
) -> Option<String> {
    let prefix = &common.prefix;
    let mut line = format!("_sc|{prefix}.{}|{}", check.name, check.status.as_u8());
    if let Some(timestamp) = check.timestamp {
        push(&mut line, format_args!("|d:{timestamp}"));
    }
    if let Some(hostname) = check.hostname.as_ref().or(common.hostname.as_ref()) {
        push(&mut line, format_args!("|h:{hostname}"));
    }
    push_tags(&mut line, &common.tags, &check.tags, usize::MAX);
    if let Some(message) = &check.message {
        let message = message.replace('\n', "\\n").replace("m:", "m\\:").replace('|', "¦");
        let room = max.saturating_sub(line.len() + "|m:".len());
        push(&mut line, format_args!("|m:{}", cut(message, room)));
    }
    (line.len() <= max).then_some(line)
}

fn push(line: &mut String, field: std::fmt::Arguments<'_>) {
    // A `String` takes all.
    let _ = line.write_fmt(field);
}

/// Writes as many tags as `max` bytes take, the default ones first, as cadence does.
fn push_tags(
    line: &mut String,
    default: &[(String, String)],
    own: &[(String, String)],
    max: usize,
) {
    let mut written = 0;
    for (key, value) in default.iter().chain(own) {
        let tag_len = key.len() + value.len() + 2;
        if written + tag_len > max {
            return;
        }
        let start = if written == 0 { "|#" } else { "," };
        push(line, format_args!("{start}{key}:{value}"));
        written += tag_len;
    }
}

/// At most `max` bytes of an escaped text, with an ellipsis in the place of what was cut off.
fn cut(mut text: String, max: usize) -> String {
    if text.len() <= max {
        return text;
    }
    let Some(mut end) = max.checked_sub(ELLIPSIS.len()) else { return String::new() };
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    // Half of an escape would escape the ellipsis.
    if text.ends_with('\\') {
        text.pop();
    }
    text.push_str(ELLIPSIS);
    text
}
