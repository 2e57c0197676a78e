//! Reports for logs and terminals.

use std::fmt::{self, Write as _};

use super::Report;
use super::component::Component;
use super::damped::Damped;
use super::timestamp::Timestamp;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_as_table(f);
        }
        write!(f, "service {}{}", self.status, self.suffix())?;
        for (position, (name, component)) in self.components().enumerate() {
            f.write_str(if position == 0 { ": " } else { ", " })?;
            write!(f, "{name} {component}")?;
        }
        Ok(())
    }
}

impl Report {
    fn suffix(&self) -> &'static str {
        if self.draining { ", draining" } else { "" }
    }

    fn fmt_as_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = Timestamp(self.timestamp);
        write!(f, "service {}{} at {timestamp}", self.status, self.suffix())?;
        let width = self.components().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, component) in self.components() {
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
                let (reason, status) = (Escaped(active.reason()), component.check_status());
                write!(f, "  override: {reason}, while {status}")?;
            }
            for (key, value) in component.details() {
                write!(f, "  {}={value}", Escaped(key))?;
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

/// Text with its control characters escaped, so that a message cannot forge a line of a log or
/// steer a terminal.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}
