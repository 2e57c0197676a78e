//! The interface between a client and what it sends to.

use std::fmt;
use std::time::Duration;

use super::event::Event;
use super::metric::{Sample, Tags};
use super::service_check::ServiceCheck;

/// The fields that a client adds to everything it sends.
#[derive(Debug, Clone, Default)]
pub(super) struct CommonFields {
    /// Put before each name, followed by a dot.
    pub(super) prefix: String,
    pub(super) tags: Vec<(String, String)>,
    pub(super) hostname: Option<String>,
}

/// A receiver of statistics: the Agent, the API or a test's recorder. No method but `flush` blocks.
pub(super) trait Sink: fmt::Debug + Send + Sync {
    fn sample(&self, sample: &Sample<'_>);

    /// Receives a value of a set. All texts are sanitized; the name has no prefix yet.
    fn set(&self, name: &str, value: &str, tags: Tags<'_>);

    fn event(&self, event: Event);

    /// Receives a service check, whose name is sanitized and has no prefix yet.
    fn service_check(&self, check: ServiceCheck);

    /// Sends everything received before, and returns whether that was done in time. Statistics lost
    /// meanwhile count as dropped; a flush does not wait for them.
    fn flush(&self, timeout: Duration) -> bool;
}
