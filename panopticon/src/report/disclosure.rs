//! How much of a report a reader sees.

use std::sync::Arc;

use super::Report;
use super::component::Component;
use crate::health::Details;

/// How much of a report or a component a reader sees, from least to most.
///
/// It applies to every HTTP answer. Unless you
/// [configure](crate::guide::http#who-can-read-it) it, it is [`Authored`](Self::Authored), or
/// [`Full`](Self::Full) for a
/// [management server](crate::guide::management_server#where-it-listens) on a loopback address or a Unix
/// socket. [`Report::disclosed`] does the same for a surface of your own. The log, publishers,
/// [`Panopticon::report`](crate::Panopticon::report) and `Display` always have everything.
///
/// | | `StatusOnly` | `Authored` | `Full` |
/// | --- | --- | --- | --- |
/// | names, collections, tags, statuses, times, whether a component is critical | yes | yes | yes |
/// | messages that a check's author passes to [`Health::healthy`](crate::Health::healthy), [`degraded`](crate::Health::degraded) or [`unhealthy`](crate::Health::unhealthy), also in an `Err` | no | yes | yes |
/// | details that the author adds with [`Health::with`](crate::Health::with) | no | yes | yes |
/// | on the page: the options of a component's check, such as its interval and timeout | no | yes | yes |
/// | the [`ServiceInfo`](crate::ServiceInfo) | no | yes | yes |
/// | the library's own messages: "timed out after 2s", "panicked", "not checked: …" | no | yes | yes |
/// | why a detail is missing | no | yes, except for the text of a `Serialize` error | yes |
/// | the reason for an operator's [`Override`](crate::Override) | no | yes | yes |
/// | the text of an error that a check returns, or that was passed to [`Health::from_error`](crate::Health::from_error) | no | no | yes |
/// | why a request of `checks::url` failed | no | `Error connecting to URL` | yes |
///
/// Instead of a text that it withholds, `Authored` says that there was an error, and where to find
/// the text. If such a text is only part of a message, as in "timed out after 2s; its last result,
/// 3 s ago, was unhealthy (no answer)", only that part is left out.
///
/// No message or reason shows the credentials in a URL: what is before the host, as in
/// `postgres://app:secret@db`, and query parameters such as `?password=secret` or `?api_key=secret`
/// are masked when the message is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Disclosure {
    /// Names, statuses and times, but no messages and no details.
    StatusOnly,
    /// Everything except the texts of errors.
    Authored,
    /// Everything.
    Full,
}

impl Disclosure {
    pub(crate) const ALL: [Self; 3] = [Self::StatusOnly, Self::Authored, Self::Full];

    /// Returns the name that `PANOPTICON_DISCLOSURE` has for it, such as `status-only`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StatusOnly => "status-only",
            Self::Authored => "authored",
            Self::Full => "full",
        }
    }
}

impl Report {
    /// Returns the report as a reader with this disclosure sees it, for surfaces of your own. Those
    /// of this library do this themselves.
    ///
    /// Reports of the same results share the work. A deserialized report does not say who wrote its
    /// messages, so [`Authored`](Disclosure::Authored) leaves out all of them.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use panopticon::{CheckOptions, Disclosure, Panopticon};
    ///
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async { Err::<(), _>("no route to 10.0.0.7") })
    ///     .build()?;
    /// let report = health.report().await;
    /// assert_eq!(report.component("database").unwrap().message(), Some("no route to 10.0.0.7"));
    ///
    /// let report = report.disclosed(Disclosure::Authored);
    /// let message = report.component("database").unwrap().message().unwrap();
    /// assert!(message.starts_with("the check returned an error"));
    /// # Ok::<(), panopticon::BuildError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn disclosed(mut self, disclosure: Disclosure) -> Self {
        if let Some(components) = self.components.disclosed(disclosure) {
            self.components = Arc::clone(components);
        }
        self
    }
}

impl Component {
    /// Returns the component as a reader with this disclosure sees it; see [`Report::disclosed`].
    #[must_use]
    pub fn disclosed(self, disclosure: Disclosure) -> Self {
        match disclosure {
            _ if !self.withholds(disclosure) => self,
            Disclosure::StatusOnly => Self {
                message: None,
                details: Details::default(),
                active_override: self.active_override.map(|active| active.disclosed(disclosure)),
                ..self
            },
            Disclosure::Authored => Self {
                message: self.message.and_then(|message| message.authored()),
                details: self.details.authored(),
                ..self
            },
            Disclosure::Full => self,
        }
    }

    /// Returns whether a reader with this disclosure does not see everything.
    pub(super) fn withholds(&self, disclosure: Disclosure) -> bool {
        match disclosure {
            Disclosure::StatusOnly => {
                self.message.is_some() || !self.details.is_empty() || self.active_override.is_some()
            }
            Disclosure::Authored => {
                self.message.as_ref().is_some_and(|message| !message.text.is_authored())
                    || !self.details.is_authored()
            }
            Disclosure::Full => false,
        }
    }
}
