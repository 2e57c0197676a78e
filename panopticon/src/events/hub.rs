//! Where results and transitions go: to subscribers and publishers, none of whom is waited for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::task::spawn_blocking;

use super::publisher::{Notice, Outlet};
use super::transition::{Transition, Transitions};
use crate::report::Component;

/// How long the end of a service waits for its publishers.
const PATIENCE: Duration = Duration::from_secs(1);

/// The ways out. Closed, it tells nobody any more.
pub(crate) struct News {
    channels: Mutex<Option<Channels>>,
    /// Without one a result is nobody's news, and runs that end together do not meet at the lock.
    takers: Vec<fn() -> bool>,
    /// What subscribers sleep on. It is not the channel of the transitions, which are sent while a
    /// component is locked: that would call wakers, which are anybody's code, under the lock.
    alarm: watch::Sender<()>,
    is_alarm_due: AtomicBool,
    changes: AtomicU64,
}

struct Channels {
    /// None before the first has subscribed, for the channel takes up the room of all that may wait
    /// in it.
    subscribers: Option<broadcast::Sender<Arc<Transition>>>,
    publishers: Vec<Outlet>,
}

impl News {
    pub(crate) fn new(publishers: Vec<Outlet>) -> Self {
        Self {
            takers: publishers.iter().map(|publisher| publisher.takes_results).collect(),
            channels: Mutex::new(Some(Channels { subscribers: None, publishers })),
            alarm: watch::Sender::new(()),
            is_alarm_due: AtomicBool::new(false),
            changes: AtomicU64::new(0),
        }
    }

    /// Says that a component may have another answer from now on. To be called while it is locked:
    /// who has counted the changes before it asked the component for its answer then sees either
    /// the new one or another count.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// How often a component's answer may have changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    pub(crate) fn subscribe(&self) -> Transitions {
        let receiver = match &mut *self.lock() {
            Some(Channels { subscribers, .. }) => subscribers
                .get_or_insert_with(|| broadcast::Sender::new(Transitions::CAPACITY))
                .subscribe(),
            // One whose sender is gone.
            None => broadcast::channel(1).1,
        };
        Transitions::new(receiver, self.alarm.subscribe())
    }

    pub(crate) fn result(&self, name: &Arc<str>, component: &Arc<Component>) {
        if !self.takers.iter().any(|takes_results| takes_results()) {
            return;
        }
        if let Some(channels) = &*self.lock() {
            for publisher in channels.publishers.iter().filter(|it| (it.takes_results)()) {
                publisher.send(Notice::Result(Arc::clone(name), Arc::clone(component)));
            }
        }
    }

    /// Subscribers find it when they are [woken](Self::wake_subscribers).
    pub(crate) fn transition(&self, transition: Transition) {
        if let Some(channels) = &*self.lock() {
            let transition = Arc::new(transition);
            for publisher in &channels.publishers {
                publisher.send(Notice::Transition(Arc::clone(&transition)));
            }
            if let Some(subscribers) = &channels.subscribers {
                // An error says that nobody subscribes any more.
                let _ = subscribers.send(transition);
            }
            self.is_alarm_due.store(true, Ordering::Release);
        }
    }

    /// To be called where no lock is held, after whatever may have sent a transition.
    pub(crate) fn wake_subscribers(&self) {
        if self.is_alarm_due.load(Ordering::Acquire)
            && self.is_alarm_due.swap(false, Ordering::AcqRel)
        {
            self.alarm.send_replace(());
        }
    }

    /// Waits until publishers have been told of all before, at most [`PATIENCE`]. One whose queue is
    /// full is not waited for.
    pub(crate) async fn told(&self) {
        if self.takers.is_empty() {
            return;
        }
        let (sender, receiver) = mpsc::channel();
        if let Some(channels) = &*self.lock() {
            for publisher in &channels.publishers {
                publisher.send(Notice::Told(sender.clone()));
            }
        }
        drop(sender);
        // On a thread that may block: publishers go by no clock of tokio's, which a test may have
        // stopped. Nothing is ever received; it ends when each of them has dropped its sender.
        let _ = spawn_blocking(move || receiver.recv_timeout(PATIENCE)).await;
    }

    /// Ends the subscriptions, and the publishers' threads once they have read what they were told.
    pub(crate) fn close(&self) {
        drop(self.lock().take());
        self.alarm.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Channels>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
