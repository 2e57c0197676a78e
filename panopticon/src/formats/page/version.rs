//! Whether a page shows anything new, so that a browser that polls need not read it again.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::formats::format::PageContext;
use crate::report::{Component, Disclosure, Report, Timestamp};

/// Changes with everything on the page of a report but the time. It belongs to one URL, since each
/// has a page of its own.
///
/// `{}` writes an entity tag ([RFC 9110, section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)),
/// which is weak, since the page also says how long ago things were.
pub(crate) struct Version(String);

impl Version {
    /// Returns the version of the page, which shows this report.
    pub(crate) fn of(report: &Report, context: &PageContext<'_>) -> Self {
        let PageContext { health, disclosure, .. } = *context;
        // Changes with every result, override and transition, but the report may be an older one.
        let latest = health.latest().number;
        let shown = report.shared_components().digest(|| {
            let mut shown = DefaultHasher::new();
            report.components().for_each(|(_, component)| hash(component, &mut shown));
            shown.finish()
        });
        let disclosed = match disclosure {
            Disclosure::StatusOnly => 's',
            Disclosure::Authored => 'a',
            Disclosure::Full => 'f',
        };
        let started = if health.has_started() { "-started" } else { "" };
        let built_at = Timestamp(health.built_at());
        let draining_since = health.draining_since().map(|since| since.timestamp_millis());
        let draining_since = draining_since.unwrap_or_default();
        let draining = if report.is_draining() { "-draining" } else { "" };
        // Instants of another day have a date.
        let today = report.timestamp().date_naive();
        Self(format!(
            "{built_at}-{latest}-{shown:x}-{disclosed}-{today}-{draining_since}{draining}{started}"
        ))
    }

    /// Returns whether the value of `If-None-Match` lists this version.
    pub(crate) fn is_listed(&self, if_none_match: &str) -> bool {
        if_none_match.split(',').map(str::trim).any(|known| {
            let known = known.strip_prefix("W/").unwrap_or(known);
            known == "*" || known.trim_matches('"') == self.0
        })
    }
}

/// Adds what a result, an operator or time can change about a component. Its details change only with
/// a result.
fn hash(component: &Component, shown: &mut impl Hasher) {
    let statuses = (component.status(), component.check_status());
    let times = (component.checked_at(), component.response_time(), component.hung_since());
    let damped = component.damped().map(|it| (it.status, it.count, it.threshold));
    let active = component.active_override().map(|it| (it.status(), it.reason(), it.ends_at()));
    (statuses, times, component.message(), damped, active).hash(shown);
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}
