//! The tags of everything that is sent.

use std::fmt::{self, Write as _};

use super::sanitize::{self, owned_tag};
use crate::settings::{SettingValue, SettingWarning, may_have_password};

/// Keys and values; a tag without a value has an empty one.
pub(super) type TagList = Vec<(String, String)>;

impl SettingValue for TagList {
    fn shown(&self) -> String {
        let tags: Vec<_> = self.iter().map(|(key, value)| sanitize::join_tag(key, value)).collect();
        tags.shown()
    }
}

/// Default tags while they are merged.
#[derive(Debug, Default)]
pub(super) struct DefaultTags {
    /// Each with the platform's variable it comes from, if any.
    tags: Vec<(Option<&'static str>, (String, String))>,
    skipped: Vec<SkippedTags>,
}

/// Tags of a variable that are skipped for the same reason.
#[derive(Debug)]
struct SkippedTags {
    variable: &'static str,
    reason: String,
    tags: Vec<String>,
}

impl DefaultTags {
    /// Adds tags; each replaces an earlier one with the same key.
    pub(super) fn merge(&mut self, variable: Option<&'static str>, tags: TagList) {
        for (key, value) in tags {
            let tag = owned_tag(&key, &value);
            self.tags.retain(|(_, (other, _))| *other != tag.0);
            self.tags.push((variable, tag));
        }
    }

    /// Adds the tags in a text, except those that Datadog does not accept.
    pub(super) fn merge_text(&mut self, variable: &'static str, text: &str) {
        for word in words(text) {
            match parse_tag(word) {
                Some(tag) => self.merge(Some(variable), vec![tag]),
                None => self.skip(variable, "a tag must not begin or end with a colon", word),
            }
        }
    }

    /// Skips tags of the platform until all tags have at most `max` bytes. Those of `DD_TAGS` are
    /// skipped first, since the others identify the service.
    pub(super) fn limit(&mut self, max: usize) {
        let mut removed = Vec::new();
        while bytes(self.tags.iter().map(|(_, tag)| tag)) > max {
            let last_of = |is_found: fn(&str) -> bool| {
                self.tags.iter().enumerate().rev().find_map(|(position, (variable, _))| {
                    variable.filter(|variable| is_found(variable)).map(|it| (position, it))
                })
            };
            let Some((position, variable)) =
                last_of(|variable| variable == DD_TAGS).or_else(|| last_of(|_| true))
            else {
                break;
            };
            removed.push((variable, self.tags.remove(position).1));
        }
        let reason = format!("the default tags must have at most {max} bytes together");
        for (variable, (key, value)) in removed.into_iter().rev() {
            self.skip(variable, &reason, &sanitize::join_tag(&key, &value));
        }
    }

    fn skip(&mut self, variable: &'static str, reason: &str, tag: &str) {
        let tag = tag.to_owned();
        let same =
            |skipped: &&mut SkippedTags| skipped.variable == variable && skipped.reason == reason;
        match self.skipped.iter_mut().find(same) {
            Some(skipped) => skipped.tags.push(tag),
            None => self.skipped.push(SkippedTags {
                variable,
                reason: reason.to_owned(),
                tags: vec![tag],
            }),
        }
    }

    /// Returns one warning for each variable of which tags are skipped.
    pub(super) fn warnings(&self) -> Vec<SettingWarning> {
        let mut problems: Vec<(&'static str, String)> = Vec::new();
        for skipped in &self.skipped {
            match problems.iter_mut().find(|(variable, _)| *variable == skipped.variable) {
                Some((_, problem)) => {
                    // Writing to a string does not fail.
                    let _ = write!(problem, "; it also {skipped}");
                }
                None => problems.push((skipped.variable, skipped.to_string())),
            }
        }
        let warning = |(variable, problem)| SettingWarning::new(variable, problem);
        problems.into_iter().map(warning).collect()
    }

    pub(super) fn into_list(self) -> TagList {
        self.tags.into_iter().map(|(_, tag)| tag).collect()
    }
}

impl fmt::Display for SkippedTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let Self { reason, tags, .. } = self;
        match tags.len() {
            1 => write!(f, "has a tag that is skipped, since {reason}: ")?,
            count => write!(f, "has {count} tags that are skipped, since {reason}: ")?,
        }
        let show =
            |tag: &String| if may_have_password(tag) { "…".to_owned() } else { tag.shown() };
        let shown: Vec<_> = tags.iter().take(SHOWN).map(show).collect();
        write!(f, "{}{}", shown.join(", "), if tags.len() > SHOWN { ", …" } else { "" })
    }
}

pub(super) const DD_TAGS: &str = "DD_TAGS";

/// Returns the size of the tags in a packet, in bytes.
pub(super) fn bytes<'a>(tags: impl IntoIterator<Item = &'a (String, String)>) -> usize {
    tags.into_iter().map(|(key, value)| key.len() + value.len() + ":,".len()).sum()
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
