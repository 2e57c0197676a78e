mod details;
mod finite_floats;
mod status;

use std::error::Error;
use std::fmt::{self, Write as _};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::details::Details;
pub use self::status::Status;

/// What a health check says of its component.
///
/// ```
/// use panopticon::{Health, Status};
/// use std::time::Duration;
///
/// let health = Health::healthy("keeping up")
///     .with("queued_jobs", 423)
///     .response_time(Duration::from_micros(800));
///
/// // In the tests of a check:
/// assert_eq!(health.status(), Status::Healthy);
/// assert_eq!(health.detail("queued_jobs"), Some(&423.into()));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a `Health` says something only when the health check returns it"]
pub struct Health {
    pub(crate) status: Status,
    pub(crate) message: Option<String>,
    pub(crate) response_time: Option<Duration>,
    pub(crate) details: Details,
}

impl Health {
    /// The longest message that a report shows, in bytes of UTF-8: 4,096. A longer one is cut at
    /// the last character that fits, and `…` follows.
    pub const MAX_MESSAGE_BYTES: usize = 4096;

    /// The component works. An empty message is no message.
    pub fn healthy(message: impl Into<String>) -> Self {
        Self::new(Status::Healthy, message.into())
    }

    /// The component works, though not as it should. The service is still served: `healthy` stays
    /// true and the report answers 200.
    pub fn degraded(message: impl Into<String>) -> Self {
        Self::new(Status::Degraded, message.into())
    }

    /// The component does not work.
    pub fn unhealthy(message: impl Into<String>) -> Self {
        Self::new(Status::Unhealthy, message.into())
    }

    /// [Unhealthy](Self::unhealthy) because of `error`: its text and those of its
    /// [sources](Error::source), joined by `": "`. A source whose text its parent already has is
    /// not repeated.
    ///
    /// The `?` operator in a function under `#[healthcheck]` does this by itself.
    pub fn from_error<E: Error + ?Sized>(error: &E) -> Self {
        Self::unhealthy(text_with_sources(error))
    }

    /// Adds a detail, which is shown next to the report's own keys in the component's JSON object. It
    /// replaces an earlier detail with the same key.
    ///
    /// NaN and the infinities become the strings `"NaN"`, `"Infinity"` and `"-Infinity"`. A detail is
    /// left out if JSON cannot hold its value, or if the report needs its key, as it needs those in
    /// [`Component`](crate::Component)'s table; the object `detail_errors` then says why, under the
    /// detail's key. The status does not change.
    pub fn with(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.details.insert(key.into(), &value);
        self
    }

    /// Reports this response time in place of the one measured around the health check, for
    /// checks that know better which part of their work counts.
    pub fn response_time(mut self, response_time: Duration) -> Self {
        self.response_time = Some(response_time);
        self
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// What is said of the component, if anything; cut already.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// A detail that was added.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&Value> {
        self.details.get(key)
    }

    fn new(status: Status, mut message: String) -> Self {
        cut(&mut message);
        Self {
            status,
            message: Some(message).filter(|message| !message.is_empty()),
            response_time: None,
            details: Details::default(),
        }
    }
}

/// Cuts a message to [`Health::MAX_MESSAGE_BYTES`], the ellipsis included.
fn cut(message: &mut String) {
    const ELLIPSIS: char = '…';
    if message.len() <= Health::MAX_MESSAGE_BYTES {
        return;
    }
    let mut end = Health::MAX_MESSAGE_BYTES - ELLIPSIS.len_utf8();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.truncate(end);
    message.push(ELLIPSIS);
    message.shrink_to_fit();
}

/// An error's text, then its sources' where they add something.
pub(crate) fn text_with_sources<E: Error + ?Sized>(error: &E) -> String {
    // A chain is a handful of errors; the bound is for one whose `source` leads back to itself.
    const MAX_SOURCES: usize = 32;
    let mut text = error.to_string();
    let mut source = error.source();
    for _ in 0..MAX_SOURCES {
        let Some(error) = source else { break };
        let part = error.to_string();
        if !text.contains(&part) {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {part}");
        }
        source = error.source();
    }
    text
}

/// What a health check may return.
///
/// Implemented for [`Health`], for `()` (healthy, without a message) and for a `Result` of any of
/// these whose error implements [`Display`](fmt::Display): an error is unhealthy with its text as
/// the message, followed under `#[healthcheck]` by those of its sources, as
/// [`Health::from_error`] does it.
///
/// ```
/// use panopticon::{Health, IntoHealth};
///
/// struct Lag(u64);
///
/// impl IntoHealth for Lag {
///     fn into_health(self) -> Health {
///         match self.0 {
///             0..100 => Health::healthy("replica follows"),
///             _ => Health::degraded("replica is behind").with("lag", self.0),
///         }
///     }
/// }
/// # let _ = Lag(3).into_health();
/// ```
#[diagnostic::on_unimplemented(
    message = "a health check must not return `{Self}`",
    label = "a health check cannot return this",
    note = "return `Health`, `()`, or a `Result` of one of them whose error implements `Display`"
)]
pub trait IntoHealth {
    /// Turns the answer of a health check into what is reported of its component.
    fn into_health(self) -> Health;
}

impl IntoHealth for Health {
    fn into_health(self) -> Health {
        self
    }
}

impl IntoHealth for () {
    fn into_health(self) -> Health {
        Health::healthy("")
    }
}

impl<T: IntoHealth, E: fmt::Display> IntoHealth for Result<T, E> {
    fn into_health(self) -> Health {
        match self {
            Ok(value) => value.into_health(),
            // The alternate form is where anyhow and eyre show the sources; for the errors of std
            // and of thiserror it is the plain text.
            Err(error) => Health::unhealthy(format!("{error:#}")),
        }
    }
}
