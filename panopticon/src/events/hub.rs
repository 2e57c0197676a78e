//! Passes results and transitions on to publishers and subscribers, without waiting for any of
//! them.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use super::{Notification, PublisherThread, Transition, TransitionHistory, Transitions};
use crate::panics::contain_panics;
use crate::report::Component;
use crate::timer::Timer;

/// How long [`EventHub::flush`] waits for publishers.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The single point that results and transitions pass through. Once closed, it drops them.
pub(crate) struct EventHub {
    receivers: Mutex<Option<Receivers>>,
    /// `None` if no history is recorded.
    history: Option<TransitionHistory>,
    /// Called before the lock is taken, so that runs that end together do not contend for it when
    /// no publisher wants results.
    wants_results: Vec<fn() -> bool>,
    /// Wakes subscribers. Transitions are sent while a component is locked, and waking runs code of
    /// the subscriber's executor, so that is left to [`wake_subscribers`](Self::wake_subscribers).
    wake_signal: watch::Sender<()>,
    is_wake_due: AtomicBool,
}

struct Receivers {
    publishers: Vec<PublisherThread>,
    /// Created for the first subscriber, since the channel reserves room for all that may queue.
    subscribers: Option<broadcast::Sender<Arc<Transition>>>,
}

impl EventHub {
    pub(crate) fn new(publishers: Vec<PublisherThread>, history: bool) -> Self {
        Self {
            history: history.then(TransitionHistory::default),
            wants_results: publishers.iter().map(|publisher| publisher.wants_results).collect(),
            receivers: Mutex::new(Some(Receivers { publishers, subscribers: None })),
            wake_signal: watch::Sender::new(()),
            is_wake_due: AtomicBool::new(false),
        }
    }

    pub(crate) fn subscribe(&self) -> Transitions {
        let receiver = match &mut *self.lock() {
            Some(receivers) => receivers
                .subscribers
                .get_or_insert_with(|| broadcast::Sender::new(Transitions::CAPACITY))
                .subscribe(),
            // A receiver whose sender is already gone.
            None => broadcast::channel(1).1,
        };
        Transitions::new(receiver, self.wake_signal.subscribe())
    }

    /// Returns the transitions so far, if they are recorded.
    pub(crate) fn history(&self) -> Option<&TransitionHistory> {
        self.history.as_ref()
    }

    /// Starts the threads of publishers that want to be woken, whatever happens.
    pub(crate) fn start_publishers(&self) {
        if let Some(receivers) = &mut *self.lock() {
            receivers.publishers.iter_mut().for_each(PublisherThread::start_if_it_wakes);
        }
    }

    /// Passes a result on to every publisher that wants results.
    pub(crate) fn publish_result(&self, component: &Arc<Component>) {
        if !self.wants_results.iter().any(|wants_results| wants_results()) {
            return;
        }
        if let Some(receivers) = &mut *self.lock() {
            for publisher in &mut receivers.publishers {
                if (publisher.wants_results)() {
                    publisher.notify(Notification::CheckResult(Arc::clone(component)));
                }
            }
        }
    }

    /// Passes a transition on to all publishers and subscribers. Subscribers see it after the next
    /// [`wake_subscribers`](Self::wake_subscribers).
    pub(crate) fn publish_transition(&self, transition: Transition) {
        if let Some(history) = &self.history {
            history.add(&transition);
        }
        if let Some(receivers) = &mut *self.lock() {
            let transition = Arc::new(transition);
            for publisher in &mut receivers.publishers {
                publisher.notify(Notification::Transition(Arc::clone(&transition)));
            }
            if let Some(subscribers) = &receivers.subscribers {
                // Fails only if every subscriber is gone.
                let _ = subscribers.send(transition);
            }
            self.is_wake_due.store(true, Ordering::Release);
        }
    }

    /// Notifies all publishers that draining has begun or ended.
    pub(crate) fn publish_draining(&self, is_draining: bool) {
        if let Some(receivers) = &mut *self.lock() {
            for publisher in &mut receivers.publishers {
                publisher.notify(Notification::Draining(is_draining));
            }
        }
    }

    /// Wakes subscribers if a transition was published. Must be called without holding a lock.
    pub(crate) fn wake_subscribers(&self) {
        if self.is_wake_due.load(Ordering::Acquire)
            && self.is_wake_due.swap(false, Ordering::AcqRel)
        {
            // A waker that panics must not harm the run that the transition came from.
            let _ = contain_panics(|| self.wake_signal.send_replace(()));
        }
    }

    /// Waits until publishers have handled everything published so far, for at most
    /// [`FLUSH_TIMEOUT`] by this clock, which must not be paused, since publishers do not follow it.
    pub(crate) async fn flush(&self, clock: &Handle) {
        let mut confirmed = self.request_confirmations();
        let mut timer = {
            let _context = clock.enter();
            Timer::new(Instant::now() + FLUSH_TIMEOUT)
        };
        let _ = timer.limit(confirmed.recv()).await;
    }

    /// Waits like [`flush`](Self::flush), but blocks the thread and has no bound.
    pub(crate) fn flush_blocking(&self) {
        let _ = self.request_confirmations().blocking_recv();
    }

    /// Returns a channel that closes when every publisher has confirmed. Nothing is ever sent on
    /// it.
    fn request_confirmations(&self) -> mpsc::Receiver<Infallible> {
        let (sender, receiver) = mpsc::channel(1);
        if let Some(receivers) = &*self.lock() {
            for publisher in &receivers.publishers {
                publisher.flush(sender.clone());
            }
        }
        receiver
    }

    /// Returns whether there is anything to [`flush`](Self::flush).
    pub(crate) fn has_publishers(&self) -> bool {
        !self.wants_results.is_empty()
    }

    /// Ends all subscriptions, and publishers' threads once they have emptied their queues.
    pub(crate) fn close(&self) {
        let receivers = self.lock().take();
        // Without the lock: it may drop publishers that were never notified, whose code may panic.
        let _ = contain_panics(move || drop(receivers));
        let _ = contain_panics(|| self.wake_signal.send_replace(()));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Receivers>> {
        self.receivers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
