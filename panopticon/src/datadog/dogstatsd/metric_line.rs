//! Lines of metrics, with version 1.3 of the format: several values in a line, and timestamps.
//! <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/?tab=metrics>

use std::fmt::{Display, Write as _};

use super::context::ContextKey;
use crate::datadog::sanitize::join_tag;
use crate::datadog::sink::CommonFields;

/// The encoder of metrics, which adds the prefix and the default tags.
#[derive(Debug)]
pub(super) struct MetricEncoder {
    /// The prefix and its dot.
    prefix: String,
    /// The default tags, separated by commas.
    default_tags: String,
}

/// A line without its values.
#[derive(Debug)]
pub(super) struct LineFrame {
    /// The full name.
    before: String,
    after: String,
}

impl MetricEncoder {
    pub(super) fn new(common: &CommonFields) -> Self {
        let tags: Vec<_> = common.tags.iter().map(|(key, value)| join_tag(key, value)).collect();
        Self { prefix: format!("{}.", common.prefix), default_tags: tags.join(",") }
    }

    /// Returns the line of a metric without its values.
    pub(super) fn frame(&self, key: &ContextKey<'_>) -> LineFrame {
        let mut after = String::new();
        self.write_end(&mut after, key);
        LineFrame { before: [&self.prefix, key.name].concat(), after }
    }

    /// Writes the line of one call.
    pub(super) fn line(
        &self,
        key: &ContextKey<'_>,
        value: impl Display,
        timestamp: Option<u64>,
    ) -> String {
        // Enough for most lines.
        let mut line = String::with_capacity(128);
        // Writing to a string does not fail.
        let _ = write!(line, "{}{}:{value}", self.prefix, key.name);
        self.write_end(&mut line, key);
        if let Some(timestamp) = timestamp {
            let _ = write!(line, "|T{timestamp}");
        }
        line
    }

    /// Writes what follows the values.
    #[allow(clippy::float_cmp, reason = "the default, as it was set")]
    fn write_end(&self, line: &mut String, key: &ContextKey<'_>) {
        line.push('|');
        line.push_str(key.kind.as_str());
        if key.rate != 1.0 {
            let _ = write!(line, "|@{}", key.rate);
        }
        let mut start = "|#";
        if !self.default_tags.is_empty() {
            line.push_str(start);
            line.push_str(&self.default_tags);
            start = ",";
        }
        for (key, value) in key.tags {
            line.push_str(start);
            line.push_str(key);
            if !value.is_empty() {
                line.push(':');
                line.push_str(value);
            }
            start = ",";
        }
    }
}

impl LineFrame {
    /// Returns the length of a line with no values.
    pub(super) fn len(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Returns the line with values, each of which has a colon before it.
    pub(super) fn around(&self, values: &str) -> String {
        [&self.before, values, &self.after].concat()
    }
}
