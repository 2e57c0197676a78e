//! Reports for logs and terminals.

use std::fmt;

use super::Report;
use super::component::Component;
use super::damped::Damped;
use super::timestamp::Timestamp;
use crate::escaped::Escaped;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_as_table(f);
        }
        write!(f, "service {}{}", self.status, self.suffix())?;
        for (position, (name, component)) in self.components().enumerate() {
            f.write_str(if position == 0 { ": " } else { ", " })?;
            write!(f, "{} {component}", Escaped(name))?;
        }
        Ok(())
    }
}

impl Report {
    pub(super) fn suffix(&self) -> &'static str {
        if self.draining { ", draining" } else { "" }
    }

    fn fmt_as_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = Timestamp(self.timestamp);
        write!(f, "service {}{} at {timestamp}", self.status, self.suffix())?;
        // Only in a deserialized report can a name need it.
        let names: Vec<String> =
            self.components().map(|(name, _)| Escaped(name).to_string()).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, (_, component)) in names.iter().zip(self.components()) {
            let milliseconds = component.response_time().as_secs_f64() * 1e3;
            write!(f, "\n  {name:width$}  {:9}  {milliseconds:8.1} ms", component.status())?;
            if let Some(message) = component.message() {
                write!(f, "  {}", Escaped(message))?;
            }
            if let Some(Damped { status, count, threshold, .. }) = component.damped() {
                write!(f, "  damped: {status} {count} of {threshold}")?;
            }
            for &since in component.hung_since() {
                write!(f, "  hung since {}", Timestamp(since))?;
            }
            if let Some(active) = component.active_override() {
                f.write_str("  override")?;
                if !active.reason().is_empty() {
                    write!(f, ": {}", Escaped(active.reason()))?;
                }
                write!(f, ", while {}", component.check_status())?;
            }
            for (key, value) in component.details() {
                write!(f, "  {}={}", Escaped(key), Escaped(value.to_string()))?;
            }
            for (key, reason) in component.detail_errors() {
                write!(f, "  {}: {}", Escaped(key), Escaped(reason))?;
            }
        }
        Ok(())
    }
}

/// Writes the status, then the message if there is one: `unhealthy (no answer)`.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status())?;
        match self.message() {
            Some(message) => write!(f, " ({})", Escaped(message)),
            None => Ok(()),
        }
    }
}
