//! The timer of a block, from its creation to its end.

use std::time::{Duration, Instant};

use super::client::Stats;
use super::metric::Tags;

/// A timer that sends a [`timing`](crate::datadog::timing) when it is dropped: the time since it was
/// started by [`datadog::timer`](crate::datadog::timer) or [`Stats::timer`].
///
/// It is also sent if the block ends early, such as by `?` or a panic, and if the future that it is
/// in is dropped. [`stop`](Self::stop) sends it before the end of the block, and
/// [`discard`](Self::discard) lets it send nothing. With a disabled client, the clock is not read.
#[derive(Debug)]
#[must_use = "the timer ends when dropped, so bind it to a name: `let _timer = …`"]
pub struct Timer<'a> {
    stats: Stats,
    name: &'a str,
    tags: Tags<'a>,
    /// `None` if nothing is to be sent.
    started: Option<Instant>,
}

impl Stats {
    /// Starts a timer; see [`datadog::timer`](crate::datadog::timer).
    pub fn timer<'a>(&self, name: &'a str) -> Timer<'a> {
        let started = self.is_enabled().then(Instant::now);
        Timer { stats: self.clone(), name, tags: &[], started }
    }
}

impl<'a> Timer<'a> {
    /// Sets the tags.
    pub fn tags(mut self, tags: Tags<'a>) -> Self {
        self.tags = tags;
        self
    }

    /// Sends the time now, and returns it; zero if the client is disabled.
    #[allow(clippy::must_use_candidate, reason = "sending it is the purpose")]
    pub fn stop(mut self) -> Duration {
        self.end()
    }

    /// Sends nothing.
    pub fn discard(mut self) {
        self.started = None;
    }

    fn end(&mut self) -> Duration {
        let Some(started) = self.started.take() else { return Duration::ZERO };
        let time = started.elapsed();
        self.stats.timing(self.name, time, self.tags);
        time
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
