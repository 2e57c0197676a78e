//! Publishers' threads, each with a queue.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::mpsc;

use super::{Notification, Publisher};
use crate::panics::contain_panics;

/// The shortest time between two calls of [`Publisher::wake`], so that a publisher that always wants
/// to be woken does not keep a core busy.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// What a publisher's thread drops to confirm that it has handled everything queued before.
pub(super) type Confirmation = mpsc::Sender<Infallible>;

/// A message to a publisher's thread.
enum Message {
    Notification(Notification),
    Flush(Confirmation),
}

/// A publisher's thread, which is started by the first notification, or before that if the publisher
/// wants to be woken, and ends after this is dropped.
pub(crate) struct PublisherThread {
    queue: SyncSender<Message>,
    missed: Arc<AtomicU64>,
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
        let (queue, messages) = sync_channel(P::CAPACITY);
        let missed = Arc::new(AtomicU64::new(0));
        let missed_by_thread = Arc::clone(&missed);
        let wakes = wake_at(&publisher).is_some();
        // Taken by the thread once it runs, so that another thread can be tried if the operating
        // system refuses one.
        let work = Arc::new(Mutex::new(Some((publisher, messages, missed_by_thread))));
        let start = move || {
            let work = Arc::clone(&work);
            let run = move || {
                let taken = work.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some((publisher, messages, missed)) = taken {
                    publish(publisher, &messages, &missed);
                }
            };
            thread::Builder::new().name("panopticon-publisher".to_owned()).spawn(run).map(drop)
        };
        Self { queue, missed, start: Some(Box::new(start)), wakes, wants_results }
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
        let message = Message::Notification(notification);
        if let Err(TrySendError::Full(_)) = self.queue.try_send(message) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
        self.start();
    }

    /// Queues a request to confirm that everything queued before has been handled. A queue that is
    /// full drops it, which confirms at once, and so does a publisher that was never notified.
    pub(super) fn flush(&self, confirmation: Confirmation) {
        if self.start.is_none() {
            let _ = self.queue.try_send(Message::Flush(confirmation));
        }
    }
}

/// Calls the publisher until its queue is closed and empty. If it panics, which the panic hook has
/// already reported, it is called again regardless.
fn publish<P: Publisher>(mut publisher: P, messages: &Receiver<Message>, missed: &AtomicU64) {
    let publish_missed = |publisher: &mut P| match missed.swap(0, Ordering::Relaxed) {
        0 => {}
        count => drop(contain_panics(|| publisher.missed(count))),
    };
    while let Some(first) = next(&mut publisher, messages) {
        publish_missed(&mut publisher);
        let (batch, confirmation) = batch(first, messages, P::CAPACITY);
        if !batch.is_empty() {
            let _ = contain_panics(|| publisher.notifications(&batch));
        }
        drop(confirmation);
    }
    publish_missed(&mut publisher);
}

/// Waits for the next message, and wakes the publisher meanwhile. Returns `None` once the queue is
/// closed and empty.
fn next<P: Publisher>(publisher: &mut P, messages: &Receiver<Message>) -> Option<Message> {
    let mut shortest = Duration::ZERO;
    loop {
        let wake_at = wake_at(publisher);
        let wait = |at: Instant| at.saturating_duration_since(Instant::now()).max(shortest);
        match wake_at.map(wait) {
            None => return messages.recv().ok(),
            // Due, however many messages there are.
            Some(Duration::ZERO) => {}
            Some(wait) => match messages.recv_timeout(wait) {
                Ok(message) => return Some(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            },
        }
        let _ = contain_panics(|| publisher.wake());
        shortest = SHORTEST_SLEEP;
    }
}

fn wake_at<P: Publisher>(publisher: &P) -> Option<Instant> {
    contain_panics(|| publisher.wake_at()).ok().flatten()
}

/// Takes what else is in the queue, up to the next request to confirm.
fn batch(
    first: Message,
    messages: &Receiver<Message>,
    capacity: usize,
) -> (Vec<Notification>, Option<Confirmation>) {
    let mut batch = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Notification(notification) => batch.push(notification),
            Message::Flush(confirmation) => return (batch, Some(confirmation)),
        }
        next = if batch.len() < capacity { messages.try_recv().ok() } else { None };
    }
    (batch, None)
}
