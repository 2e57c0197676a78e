//! The line that `systemctl status` shows.

use std::fmt::Write as _;

use crate::escaped::Escaped;
use crate::health::{Status, truncate};
use crate::report::{Component, Disclosure, Report};

/// The maximum length in bytes. Messages of more than 4,096 bytes are dropped by systemd.
const MAX_BYTES: usize = 500;

/// Returns one line with the status of the service and the components that are not healthy, worst
/// first. It cannot start a line, and so not another assignment.
pub(super) fn status_line(report: Report) -> String {
    let report = report.disclosed(Disclosure::Authored);
    let draining = if report.is_draining() { ", draining" } else { "" };
    let mut line = format!("service {}{draining}", report.status());
    let mut not_healthy: Vec<_> =
        report.components().filter(|(_, it)| it.status() != Status::Healthy).collect();
    not_healthy.sort_by_key(|(_, component)| std::cmp::Reverse(component.status()));
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

/// Returns the status, and the reason for it.
fn described(component: &Component) -> String {
    match component.active_override() {
        Some(active) => {
            format!("{} (override: {})", component.status(), Escaped(active.reason()))
        }
        None => component.to_string(),
    }
}
