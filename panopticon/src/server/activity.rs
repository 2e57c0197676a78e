//! What a connection does, by which it has more or less time, and is closed sooner or later to make
//! room for others.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::limits;

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// Has not sent a complete request.
    New,
    /// Is receiving an answer, or has received it and may send the next request.
    Answered,
    /// Is receiving an answer that may go on for as long as the client likes.
    #[cfg_attr(not(feature = "grpc"), allow(dead_code, reason = "only gRPC has such answers"))]
    Streaming,
    /// Is waiting for an answer.
    Asked,
}

/// The activity of a connection, which its tasks and the list of connections share.
pub(super) struct ActivityCell(Mutex<State>);

struct State {
    has_asked: bool,
    /// The number of requests that wait for an answer; more than one only with HTTP/2.
    asked: usize,
    /// The number of answers that may go on.
    streams: usize,
    /// When one of these last changed.
    since: Instant,
}

impl ActivityCell {
    pub(super) fn new() -> Arc<Self> {
        let state = State { has_asked: false, asked: 0, streams: 0, since: Instant::now() };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Returns what the connection does, and since when.
    pub(super) fn get(&self) -> (Activity, Instant) {
        let state = self.lock();
        let activity = match *state {
            State { asked: 1.., .. } => Activity::Asked,
            State { streams: 1.., .. } => Activity::Streaming,
            State { has_asked: true, .. } => Activity::Answered,
            State { has_asked: false, .. } => Activity::New,
        };
        (activity, state.since)
    }

    /// Returns the instant by which the client must have sent the next request.
    pub(super) fn deadline(&self) -> Instant {
        let (activity, since) = self.get();
        since
            + match activity {
                Activity::New => limits::FIRST_REQUEST,
                Activity::Answered => limits::NEXT_REQUEST,
                Activity::Streaming => limits::STREAM,
                // Computing the answer has its own limit; then it is written.
                Activity::Asked => limits::ANSWER + limits::NEXT_REQUEST,
            }
    }

    /// Records that a request waits for its answer, until the returned value is dropped.
    pub(super) fn ask(self: &Arc<Self>) -> Pending {
        self.change(|state| {
            state.has_asked = true;
            state.asked += 1;
        });
        Pending { cell: Arc::clone(self), end: |state| state.asked -= 1 }
    }

    /// Records that an answer goes on, until the returned value is dropped.
    #[cfg(feature = "grpc")]
    pub(super) fn stream(self: &Arc<Self>) -> Pending {
        self.change(|state| state.streams += 1);
        Pending { cell: Arc::clone(self), end: |state| state.streams -= 1 }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.since = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request or an answer that has not ended. Dropped with it, even if the client resets it.
pub(super) struct Pending {
    cell: Arc<ActivityCell>,
    end: fn(&mut State),
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.cell.change(self.end);
    }
}
