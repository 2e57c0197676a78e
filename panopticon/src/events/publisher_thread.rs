//! Publishers' threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use super::publisher_queue::{Batch, Confirmation, PublisherQueue, Taken};
use super::{Notification, Publisher};
use crate::panics::contain_panics;

/// The shortest time between two calls of [`Publisher::wake`], so that a publisher that always wants
/// to be woken does not keep a core busy.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// A publisher's thread, which is started by the first notification, or before that if the publisher
/// wants to be woken, and ends after this is dropped.
pub(crate) struct PublisherThread {
    queue: Arc<PublisherQueue>,
    /// Starts the thread; `None` once it runs.
    start: Option<Box<dyn Fn() -> io::Result<()> + Send>>,
    /// Whether the publisher wants to be woken before anything has happened.
    wakes: bool,
    /// Returns whether it does anything with a result at the moment.
    pub(super) wants_results: fn() -> bool,
}

impl PublisherThread {
    /// Creates the queue of a publisher whose capacity is [accepted](super::invalid_capacity). Its
    /// thread is not woken for a result while `wants_results` returns `false`.
    pub(crate) fn new<P: Publisher>(publisher: P, wants_results: fn() -> bool) -> Self {
        let queue = Arc::new(PublisherQueue::new(P::CAPACITY));
        let queue_of_thread = Arc::clone(&queue);
        let wakes = wake_at(&publisher).is_some();
        // Taken by the thread once it runs, so that another thread can be tried if the operating
        // system refuses one.
        let work = Arc::new(Mutex::new(Some((publisher, queue_of_thread))));
        let start = move || {
            let work = Arc::clone(&work);
            let run = move || {
                let taken = work.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some((publisher, queue)) = taken {
                    publish(publisher, &queue);
                }
            };
            thread::Builder::new().name("panopticon-publisher".to_owned()).spawn(run).map(drop)
        };
        Self { queue, start: Some(Box::new(start)), wakes, wants_results }
    }

    /// Starts the thread if the publisher wants to be woken, whatever happens.
    pub(super) fn start_if_it_wakes(&mut self) {
        if self.wakes {
            self.start();
        }
    }

    /// Starts the thread, unless it runs. If that fails, the next notification tries again.
    fn start(&mut self) {
        self.start.take_if(|start| start().is_ok());
    }

    /// Queues a notification, without waiting.
    pub(super) fn notify(&mut self, notification: Notification) {
        self.queue.push(notification);
        self.start();
    }

    /// Queues a request to confirm that everything queued before has been handled. A publisher that
    /// was never notified drops it, which confirms at once.
    pub(super) fn flush(&self, confirmation: Confirmation) {
        if self.start.is_none() {
            self.queue.request(confirmation);
        }
    }
}

impl Drop for PublisherThread {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Calls the publisher until its queue is closed and empty. If it panics, which the panic hook has
/// already reported, it is called again regardless.
fn publish<P: Publisher>(mut publisher: P, queue: &PublisherQueue) {
    let mut batch = Batch::default();
    // Set once it has been woken.
    let mut earliest: Option<Instant> = None;
    loop {
        let wake_at =
            wake_at(&publisher).map(|at| earliest.map_or(at, |earliest| at.max(earliest)));
        // Once it is due, however many notifications there are.
        if wake_at.is_some_and(|at| at <= Instant::now()) {
            let _ = contain_panics(|| publisher.wake());
            earliest = Some(Instant::now() + SHORTEST_SLEEP);
            continue;
        }
        match queue.take(&mut batch, wake_at) {
            Taken::Batch => handle(&mut publisher, &batch),
            Taken::Nothing => {}
            Taken::Closed => return,
        }
    }
}

fn handle<P: Publisher>(publisher: &mut P, batch: &Batch) {
    if !batch.notifications.is_empty() {
        let _ = contain_panics(|| publisher.notifications(&batch.notifications));
    }
    // Afterwards, since what was missed is newer.
    if batch.missed > 0 {
        let _ = contain_panics(|| publisher.missed(batch.missed));
    }
}

fn wake_at<P: Publisher>(publisher: &P) -> Option<Instant> {
    contain_panics(|| publisher.wake_at()).ok().flatten()
}
