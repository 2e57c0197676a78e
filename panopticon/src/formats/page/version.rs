//! Whether a page shows anything new, so that a browser that polls need not read it again.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::formats::format::PageContext;
use crate::report::{Disclosure, Report, Timestamp};

/// Changes with everything on the page of a report but the time. It is that of one URL, since
/// another one has another page.
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
            for (_, component) in report.components() {
                (component.checked_at(), component.status(), component.message()).hash(&mut shown);
            }
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
        Self(format!("{built_at}-{latest}-{shown:x}-{disclosed}-{draining_since}{started}"))
    }

    /// Returns whether the value of `If-None-Match` lists this version.
    pub(crate) fn is_listed(&self, if_none_match: &str) -> bool {
        if_none_match.split(',').map(str::trim).any(|known| {
            let known = known.strip_prefix("W/").unwrap_or(known);
            known == "*" || known.trim_matches('"') == self.0
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}
