//! Publishers' queues.

use std::convert::Infallible;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc;

use super::Notification;

/// What a publisher's thread drops to confirm that it has handled everything queued before.
pub(super) type Confirmation = mpsc::Sender<Infallible>;

/// A bounded queue, which is taken as a whole.
pub(super) struct PublisherQueue {
    capacity: usize,
    queued: Mutex<Queued>,
    has_changed: Condvar,
}

#[derive(Default)]
struct Queued {
    batch: Batch,
    is_closed: bool,
}

/// What has queued up.
#[derive(Default)]
pub(super) struct Batch {
    /// In order.
    pub(super) notifications: Vec<Notification>,
    /// The number of notifications that there was no room for, which came after all of these.
    pub(super) missed: u64,
    confirmations: Vec<Confirmation>,
}

/// How [`PublisherQueue::take`] ended.
pub(super) enum Taken {
    Batch,
    /// Nothing was queued in time.
    Nothing,
    /// The queue is closed and empty.
    Closed,
}

impl PublisherQueue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, queued: Mutex::default(), has_changed: Condvar::new() }
    }

    /// Adds a notification, or counts it as missed if the queue is full.
    pub(super) fn push(&self, notification: Notification) {
        let Batch { notifications, missed, .. } = &mut self.lock().batch;
        if notifications.len() < self.capacity {
            notifications.push(notification);
        } else {
            *missed += 1;
        }
        self.has_changed.notify_one();
    }

    /// Adds a request to confirm that everything queued before has been handled.
    pub(super) fn request(&self, confirmation: Confirmation) {
        self.lock().batch.confirmations.push(confirmation);
        self.has_changed.notify_one();
    }

    /// Lets the thread end once it has emptied the queue.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.has_changed.notify_one();
    }

    /// Waits until something is queued, and moves it into `batch`, whose old content is dropped.
    pub(super) fn take(&self, batch: &mut Batch, until: Option<Instant>) -> Taken {
        // Outside the lock. Keeps the memory for the next notifications.
        batch.notifications.clear();
        batch.confirmations.clear();
        batch.missed = 0;
        let mut queued = self.lock();
        loop {
            if !queued.batch.is_empty() {
                mem::swap(&mut queued.batch, batch);
                return Taken::Batch;
            }
            if queued.is_closed {
                return Taken::Closed;
            }
            queued = match until {
                None => self.has_changed.wait(queued).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Taken::Nothing;
                    }
                    let waited = self.has_changed.wait_timeout(queued, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queued> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    fn is_empty(&self) -> bool {
        let Self { notifications, missed, confirmations } = self;
        notifications.is_empty() && *missed == 0 && confirmations.is_empty()
    }
}
