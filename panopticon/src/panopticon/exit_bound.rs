//! The end of a process that drains for too long.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{io, process, thread};

use super::handle::Panopticon;
use crate::engine::MonitoredChecks;
use crate::events::EventHub;
use crate::panics::contain_panics;

/// How long ending the process waits for the log and for publishers.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Panopticon {
    /// Bounds the whole shutdown: if the process is still running `limit` after
    /// [draining](Self::drain) began, ends it with exit status 1.
    ///
    /// Otherwise, a process may hang forever although it was asked to stop: a server's graceful
    /// shutdown waits for open streams, and `#[tokio::main]` waits for code that blocks its
    /// threads. Kubernetes then kills it after `terminationGracePeriodSeconds`, and nothing says
    /// why.
    ///
    /// When the limit has passed, an error names the health checks that are still running, and for
    /// how long: it is logged through `tracing` with that feature, and otherwise written to
    /// standard error. Publishers then handle what is queued. Together, this takes at most a
    /// second. The process then exits without running destructors.
    ///
    /// The limit is enforced by a thread of its own, which is started here and needs no runtime. It
    /// also holds if every runtime is stuck, or if the last handle has been dropped since draining
    /// began. [`undrain`](Self::undrain) calls it off. If this is called more than once, the
    /// shortest limit counts.
    ///
    /// Choose a limit longer than the grace period and the longest request together, and
    /// `terminationGracePeriodSeconds` at least a second longer than the limit. The guide has
    /// [an example](crate::guide::kubernetes#how-long-stopping-takes), and an alternative.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn exit_after_drain(&self, limit: Duration) -> io::Result<()> {
        let bound = ExitBound {
            limit,
            checks: Arc::downgrade(&self.shared.checks),
            hub: Arc::clone(&self.shared.checks.context.hub),
        };
        let draining = self.shared.drain.subscribe_exit_bound();
        let thread = thread::Builder::new().name("panopticon-exit".to_owned());
        thread.spawn(move || bound.enforce(&draining)).map(drop)
    }
}

struct ExitBound {
    limit: Duration,
    /// Not kept alive: the last handle drops the resources of the checks.
    checks: Weak<MonitoredChecks>,
    hub: Arc<EventHub>,
}

impl ExitBound {
    /// Waits until the service has drained for too long, and ends the process. Returns if the last
    /// handle is dropped while the service does not drain.
    fn enforce(self, draining: &Receiver<Option<Instant>>) {
        let mut since: Option<Instant> = None;
        loop {
            let received = match since {
                Some(since) => draining.recv_timeout(self.left(since)),
                None => draining.recv().map_err(RecvTimeoutError::from),
            };
            match (received, since) {
                (Ok(changed), _) => since = changed,
                (Err(RecvTimeoutError::Timeout), _) => break,
                (Err(RecvTimeoutError::Disconnected), Some(since)) => {
                    thread::sleep(self.left(since));
                    break;
                }
                (Err(RecvTimeoutError::Disconnected), None) => return,
            }
        }
        self.end_process()
    }

    fn left(&self, since: Instant) -> Duration {
        self.limit.saturating_sub(since.elapsed())
    }

    fn end_process(self) -> ! {
        // Another thread logs and waits, since a subscriber or a publisher may block forever.
        let (ends, ended) = channel::<Infallible>();
        let last_words = move || {
            let _ends = ends;
            let _ = contain_panics(|| self.log());
            self.hub.flush_blocking();
        };
        if thread::Builder::new().spawn(last_words).is_ok() {
            let _ = ended.recv_timeout(LAST_WORDS);
        }
        process::exit(1)
    }

    fn log(&self) {
        let mut in_flight = String::new();
        if let Some(checks) = self.checks.upgrade() {
            for (name, age) in checks.runs_in_flight() {
                let separator = if in_flight.is_empty() { "" } else { ", " };
                // Writing to a string does not fail.
                let _ = write!(in_flight, "{separator}{name} for {} s", age.as_secs());
            }
        }
        #[cfg(feature = "tracing")]
        if crate::events::log_exit(self.limit, &in_flight) {
            return;
        }
        let in_flight = if in_flight.is_empty() { "none" } else { &in_flight };
        let limit = self.limit;
        // Not `eprintln!`, which panics if standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "panopticon: the process did not stop within {limit:?} after draining began and is being ended; \
             health checks in flight: {in_flight}"
        );
    }
}
