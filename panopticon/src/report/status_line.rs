//! A report in one line for people who are not in the log, such as that of `systemctl status`.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::Report;
use super::component::Component;
use super::disclosure::Disclosure;
use crate::escaped::Escaped;
use crate::health::{Status, truncate};

/// The maximum length in bytes.
const MAX_BYTES: usize = 500;

impl Report {
    /// Returns one line with the status of the service and the components that are not healthy, worst
    /// first, as an anonymous reader sees them. No text in it can start another line.
    pub(crate) fn status_line(self) -> String {
        let report = self.disclosed(Disclosure::Authored);
        let mut line = format!("service {}{}", report.status, report.suffix());
        let mut not_healthy: Vec<_> =
            report.components().filter(|(_, it)| it.status() != Status::Healthy).collect();
        not_healthy.sort_by_key(|(_, component)| Reverse(component.status()));
        for (position, (name, component)) in not_healthy.into_iter().enumerate() {
            let separator = if position == 0 { ": " } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(line, "{separator}{} {}", Escaped(name), described(component));
            if line.len() > MAX_BYTES {
                break;
            }
        }
        truncate(&mut line, MAX_BYTES);
        line
    }
}

/// Returns the status, and the reason for it.
fn described(component: &Component) -> String {
    match component.active_override() {
        Some(active) => {
            format!("{} (override: {})", component.status(), Escaped(active.reason()))
        }
        None => component.to_string(),
    }
}
