//! The tags of everything that is sent.

use super::sanitize::{self, owned_tag};
use crate::settings::SettingWarning;

/// Keys and values; a tag without a value has an empty one.
pub(super) type TagList = Vec<(String, String)>;

/// Default tags while they are merged, each with the platform's variable it comes from, if any.
#[derive(Debug, Default)]
pub(super) struct DefaultTags(Vec<(Option<&'static str>, (String, String))>);

impl DefaultTags {
    /// Adds tags; each replaces an earlier one with the same key.
    pub(super) fn merge(&mut self, variable: Option<&'static str>, tags: TagList) {
        for (key, value) in tags {
            let tag = owned_tag(&key, &value);
            self.0.retain(|(_, (other, _))| *other != tag.0);
            self.0.push((variable, tag));
        }
    }

    /// Adds the tags in a text, except those that Datadog does not accept.
    pub(super) fn merge_text(
        &mut self,
        variable: &'static str,
        text: &str,
        warnings: &mut Vec<SettingWarning>,
    ) {
        for word in words(text) {
            match parse_tag(word) {
                Some(tag) => self.merge(Some(variable), vec![tag]),
                None => warnings.push(skipped_tag(
                    variable,
                    word,
                    "a tag must not begin or end with a colon",
                )),
            }
        }
    }

    /// Skips tags of the platform until all tags have at most `max` bytes. Those of `DD_TAGS` are
    /// skipped first, since the others identify the service.
    pub(super) fn limit(&mut self, max: usize, warnings: &mut Vec<SettingWarning>) {
        while self.bytes() > max {
            let last_of = |is_found: fn(&str) -> bool| {
                self.0.iter().rposition(|(variable, _)| variable.is_some_and(is_found))
            };
            let Some(position) =
                last_of(|variable| variable == DD_TAGS).or_else(|| last_of(|_| true))
            else {
                return;
            };
            let (variable, (key, value)) = self.0.remove(position);
            let reason = format!("the default tags must have at most {max} bytes together");
            let tag = sanitize::join_tag(&key, &value);
            warnings.push(skipped_tag(variable.unwrap_or_default(), &tag, &reason));
        }
    }

    pub(super) fn into_list(self) -> TagList {
        self.0.into_iter().map(|(_, tag)| tag).collect()
    }

    fn bytes(&self) -> usize {
        bytes(self.0.iter().map(|(_, tag)| tag))
    }
}

pub(super) const DD_TAGS: &str = "DD_TAGS";

/// Returns the size of the tags in a packet, in bytes.
pub(super) fn bytes<'a>(tags: impl IntoIterator<Item = &'a (String, String)>) -> usize {
    tags.into_iter().map(|(key, value)| key.len() + value.len() + ":,".len()).sum()
}

fn skipped_tag(variable: &str, tag: &str, reason: &str) -> SettingWarning {
    SettingWarning::new(variable, format!("has the tag {tag:?}, which is skipped, since {reason}"))
}

/// Returns the tags of a text. The Agent accepts both separators in `DD_TAGS`.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty())
}

/// Parses a tag with or without a value. One that begins or ends with a colon is a mistake, such as
/// `team:$TEAM` without a team; Datadog's own library for Rust skips it as well.
pub(super) fn parse_tag(word: &str) -> Option<(String, String)> {
    if word.starts_with(':') || word.ends_with(':') {
        return None;
    }
    let (key, value) = word.split_once(':').unwrap_or((word, ""));
    Some((key.to_owned(), value.to_owned()))
}
