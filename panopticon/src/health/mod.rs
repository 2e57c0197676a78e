//! What a health check returns.

mod detail_limits;
mod detail_value;
mod details;
mod into_health;
mod message;
mod status;
mod truncation;
mod url_credentials;

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::details::Details;
pub use self::into_health::IntoHealth;
pub(crate) use self::message::{Message, shown};
pub use self::status::Status;
#[cfg(any(
    feature = "check-url",
    feature = "datadog",
    feature = "exec-probe",
    feature = "heartbeat",
    all(feature = "systemd", unix)
))]
pub(crate) use self::truncation::truncate;

/// The health of a component, as its health check returns it.
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
///
/// # Who reads it
///
/// Over HTTP, an anonymous reader sees the message that you write here and the details that you
/// add, but not the text of an error that a check returns, or that is passed to
/// [`from_error`](Self::from_error): only the log, publishers and authorized readers get that text; see
/// [`Disclosure`](crate::Disclosure).
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a `Health` has an effect only when the health check returns it"]
pub struct Health {
    pub(crate) status: Status,
    pub(crate) message: Option<Message>,
    pub(crate) response_time: Option<Duration>,
    pub(crate) details: Details,
}

impl Health {
    /// The length of the longest message that a report shows, in bytes of UTF-8: 4,096. A longer
    /// one is cut after the last character that fits, and ends with `…`. The credentials of URLs in
    /// a message are masked: `postgres://app:secret@db` becomes `postgres://…@db`, and
    /// `https://host/?api_key=secret` becomes `https://host/?api_key=…`.
    ///
    /// The same limit applies to the reason of an [`Override`](crate::Override), and to each reason
    /// in `detail_errors`.
    pub const MAX_MESSAGE_BYTES: usize = 4096;

    /// The maximum number of details: 256.
    pub const MAX_DETAILS: usize = 256;

    /// The maximum length of a detail's key, in bytes of UTF-8: 256.
    pub const MAX_DETAIL_KEY_BYTES: usize = 256;

    /// The maximum length of all details together, in bytes of JSON with their keys: 65,536.
    pub const MAX_DETAILS_BYTES: usize = 65_536;

    /// The maximum depth of nested arrays and objects in a detail: 32. `[1]` has a depth of 1.
    pub const MAX_DETAIL_DEPTH: usize = 32;

    /// Creates a healthy result: the component works. An empty message is left out of the report.
    pub fn healthy(message: impl Into<String>) -> Self {
        Self::new(Status::Healthy, Message::authored(message))
    }

    /// Creates a degraded result: the component works, but not as it should. Its `healthy` stays
    /// true, and the report is still answered with 200. An empty message is replaced as in
    /// [`unhealthy`](Self::unhealthy).
    pub fn degraded(message: impl Into<String>) -> Self {
        Self::new(Status::Degraded, Message::authored(message))
    }

    /// Creates an unhealthy result: the component does not work. An empty message becomes
    /// `the health check gave no reason`.
    pub fn unhealthy(message: impl Into<String>) -> Self {
        Self::new(Status::Unhealthy, Message::authored(message))
    }

    /// Creates a result with this status, or an unhealthy one for [`Status::Unknown`], which no check
    /// returns.
    pub(crate) fn with_status(status: Status, message: impl Into<String>) -> Self {
        match status {
            Status::Healthy => Self::healthy(message),
            Status::Degraded => Self::degraded(message),
            Status::Unknown | Status::Unhealthy => Self::unhealthy(message),
        }
    }

    /// Creates an [unhealthy](Self::unhealthy) result from an error. The message is the error's
    /// text and those of its [sources](Error::source), joined by `": "`. The text of a source is
    /// left out if the message already ends with it, since many errors include their source's text.
    ///
    /// The `?` operator in a function with `#[healthcheck]` does the same.
    ///
    /// Anonymous readers [do not see](crate::Disclosure) the message. If they should, write
    /// `Health::unhealthy(error.to_string())`.
    ///
    /// ```
    /// # use panopticon::Health;
    /// use std::fs;
    ///
    /// fn spool() -> Result<Health, Health> {
    ///     let files = fs::read_dir("/no/such/folder")
    ///         .map_err(|error| Health::from_error(&error).with("attempts", 1))?;
    ///     Ok(Health::healthy("readable").with("files", files.count()))
    /// }
    ///
    /// assert_eq!(spool().unwrap_err().detail("attempts"), Some(&1.into()));
    /// ```
    pub fn from_error<E: Error + ?Sized>(error: &E) -> Self {
        Self::from_error_text(text_with_sources(error))
    }

    /// Creates an unhealthy result from the text of an error.
    pub(crate) fn from_error_text(text: String) -> Self {
        Self::from_message(Message::of_error(text))
    }

    /// Creates an unhealthy result with a message that anonymous readers may see in part.
    pub(crate) fn from_message(message: Message) -> Self {
        Self::new(Status::Unhealthy, message)
    }

    /// Creates a degraded result with a message that anonymous readers may see in part.
    #[cfg(any(feature = "check-url", feature = "heartbeat"))]
    pub(crate) fn degraded_from_message(message: Message) -> Self {
        Self::new(Status::Degraded, message)
    }

    /// Adds a detail, which is shown next to the report's own keys in the component's JSON object.
    /// It replaces an earlier detail with the same key.
    ///
    /// NaN and the infinities become the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
    ///
    /// A detail is left out:
    /// - if JSON cannot hold its value;
    /// - if its key is reserved, as are those in the table of [`Component`](crate::Component), or
    ///   is longer than [256 bytes](Self::MAX_DETAIL_KEY_BYTES);
    /// - if it is nested deeper than [32 levels](Self::MAX_DETAIL_DEPTH), or endlessly;
    /// - if all details together would have more than [65,536 bytes](Self::MAX_DETAILS_BYTES) of
    ///   JSON, or if there would be more than [256](Self::MAX_DETAILS). Those that were added first
    ///   stay.
    ///
    /// The object `detail_errors` then says why, under the detail's key, which is cut to 256 bytes
    /// if it is longer. All details beyond the maximum number share the key `…`. The status does
    /// not change.
    pub fn with(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.details.insert(key.into(), &value);
        self
    }

    /// Sets the response time to report, for checks that know better which part of their work
    /// counts. A report shows at most 30 days. Default: the time that the check took.
    pub fn response_time(mut self, response_time: Duration) -> Self {
        self.response_time = Some(response_time);
        self
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns the message, if there is one, at its reported length.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(Message::text)
    }

    /// Returns a detail that was added.
    #[must_use]
    pub fn detail(&self, key: &str) -> Option<&Value> {
        self.details.get(key)
    }

    fn new(status: Status, mut message: Message) -> Self {
        if status != Status::Healthy && message.is_blank() {
            message = Message::authored(NO_REASON);
        }
        Self {
            status,
            message: Some(message).filter(|message| !message.text().is_empty()),
            response_time: None,
            details: Details::default(),
        }
    }
}

/// The message of a check that is not healthy and gives none.
const NO_REASON: &str = "the health check gave no reason";

/// The `?` operator uses this in a function that returns `Result<Health, Health>`; see
/// [`Health::from_error`].
impl<E: Error> From<E> for Health {
    fn from(error: E) -> Self {
        Self::from_error(&error)
    }
}

/// Joins an error's text and those of its sources. A source whose text already ends the message is
/// left out; elsewhere in the message, its text may be there by chance.
pub(crate) fn text_with_sources<E: Error + ?Sized>(error: &E) -> String {
    // Chains are short, unless the source of an error leads back to itself.
    const MAX_SOURCES: usize = 32;
    let mut text = error.to_string();
    let mut source = error.source();
    for _ in 0..MAX_SOURCES {
        let Some(error) = source else { break };
        let part = error.to_string();
        let is_shown = text
            .strip_suffix(&*part)
            .is_some_and(|before| before.is_empty() || before.ends_with(": ") || part.is_empty());
        if !is_shown {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {part}");
        }
        source = error.source();
    }
    text
}
