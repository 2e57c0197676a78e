//! Whether a service drains or stops, and everything that is notified when that changes.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Instant, SystemTime};

use tokio::sync::watch;

use crate::events::EventHub;
use crate::panics::contain_panics;

/// Whether a service drains or stops. Dropped with the last handle.
pub(super) struct DrainSwitch {
    hub: Arc<EventHub>,
    /// Changed under the lock of `state`; read for each report without it.
    is_draining: AtomicBool,
    state: Mutex<State>,
    changes: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// When draining began, if the service drains.
    since: Option<Instant>,
    /// The same instant as wall-clock time.
    #[cfg_attr(not(feature = "page"), allow(dead_code, reason = "only the page shows it"))]
    since_time: Option<SystemTime>,
    /// Threads that end the process if it drains for too long.
    exit_bounds: Vec<mpsc::Sender<Option<Instant>>>,
    is_stopping: bool,
    /// What to do when the service stops.
    at_stop: Vec<Box<dyn FnOnce() + Send>>,
}

impl DrainSwitch {
    pub(super) fn new(hub: Arc<EventHub>) -> Self {
        Self {
            hub,
            is_draining: AtomicBool::new(false),
            state: Mutex::default(),
            changes: watch::Sender::new(false),
        }
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Returns when draining began, if the service drains.
    #[cfg(feature = "page")]
    pub(super) fn draining_since(&self) -> Option<SystemTime> {
        self.lock().since_time
    }

    pub(super) fn set(&self, is_draining: bool) {
        {
            // Held while publishers are notified, so that they learn of changes in order.
            let mut state = self.lock();
            if self.is_draining.swap(is_draining, Ordering::AcqRel) != is_draining {
                state.since = is_draining.then(Instant::now);
                state.since_time = is_draining.then(SystemTime::now);
                self.hub.publish_draining(is_draining);
                let since = state.since;
                state.exit_bounds.retain(|thread| thread.send(since).is_ok());
            }
        }
        // Even if nothing has changed here: another caller may not have come as far as this.
        // Wakes tasks, which runs code of their executors, so without the lock. Whichever caller is
        // last leaves the latest value.
        let _ = contain_panics(|| {
            self.changes.send_if_modified(|seen| {
                let is_draining = self.is_draining();
                mem::replace(seen, is_draining) != is_draining
            })
        });
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<bool> {
        self.changes.subscribe()
    }

    /// Records that the service stops, which, unlike draining, cannot be called off.
    pub(super) fn stop(&self) {
        let actions = {
            let mut state = self.lock();
            state.is_stopping = true;
            mem::take(&mut state.at_stop)
        };
        for action in actions {
            action();
        }
    }

    /// Calls an action, which must not block, when the service stops, or at once if it already does.
    #[cfg(any(feature = "heartbeat", all(feature = "systemd", unix)))]
    pub(super) fn at_stop(&self, action: impl FnOnce() + Send + 'static) {
        {
            let mut state = self.lock();
            if !state.is_stopping {
                return state.at_stop.push(Box::new(action));
            }
        }
        action();
    }

    /// Returns a channel that receives when draining began, or `None` if the service does not
    /// drain: now and at each change. It closes when the last handle is dropped.
    pub(super) fn subscribe_exit_bound(&self) -> mpsc::Receiver<Option<Instant>> {
        let (sender, receiver) = mpsc::channel();
        let mut state = self.lock();
        // The receiver is still there.
        let _ = sender.send(state.since);
        state.exit_bounds.push(sender);
        receiver
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, and if it did, each field would still be valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
