//! Publishers, each on a thread of its own.

use std::any::type_name;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use tokio::sync::mpsc;

use super::Transition;
use crate::check::SourceLocation;
use crate::panics::contain_panics;
use crate::registry::{Problem, ProblemKind};
use crate::report::Component;

/// Something to notify of every result and every transition, such as a metrics recorder or a pager.
/// Pass it to [`Builder::publish`](crate::Builder::publish).
///
/// A publisher has its own thread, so it may block. If more than
/// [1,024 notifications](Self::CAPACITY) queue up, it misses the newest, and
/// [`missed`](Self::missed) is called with their number. If it panics, it is called again for the
/// next notification. No health check ever waits for it.
///
/// ```
/// use panopticon::{Publisher, Transition};
///
/// struct Pager;
///
/// impl Publisher for Pager {
///     fn transition(&mut self, transition: &Transition) {
///         if transition.critical() && !transition.to().is_healthy() {
///             eprintln!("wake somebody up: {transition}");
///         }
///     }
/// }
/// ```
pub trait Publisher: Send + 'static {
    /// The maximum number of notifications in its queue: 1 to 1,048,576, or `build()` fails. Room
    /// for all of them, about 24 bytes each, is reserved up front.
    const CAPACITY: usize = 1024;

    /// Handles a result. Called when a run ends or, if that is earlier, times out. While a run that
    /// has timed out goes on, also called once for each further timeout that passes, when the check
    /// is next requested. Also called once when a check is skipped because one that it depends on
    /// is unhealthy: [`Component::checked_at`] is then `None`.
    ///
    /// The component's status may not have changed with the result; see [`Component::damped`].
    /// While an operator overrides the component, its status is the
    /// [override's](Component::active_override).
    fn result(&mut self, name: &str, component: &Component) {
        let _ = (name, component);
    }

    /// Handles a change of a component's reported status. Called after the result that changed it,
    /// and when an operator's override was set or has ended; see
    /// [`Transition::active_override`] and [`Transition::ended_override`].
    fn transition(&mut self, transition: &Transition) {
        let _ = transition;
    }

    /// Handles the beginning of draining, when the service is about to stop, or the end of
    /// draining. Called once for each change, in order with transitions; see
    /// [`Panopticon::drain`](crate::Panopticon::drain).
    fn draining(&mut self, is_draining: bool) {
        let _ = is_draining;
    }

    /// Handles the loss of notifications: `count` of them were missed because this publisher was
    /// too slow.
    fn missed(&mut self, count: u64) {
        let _ = count;
    }
}

/// What a publisher's thread drops to confirm that it has handled everything queued before.
pub(super) type Confirmation = mpsc::Sender<Infallible>;

/// The largest [`Publisher::CAPACITY`].
const MAX_CAPACITY: usize = 1_048_576;

/// Returns the problem of a publisher, added at this place, whose capacity is not accepted.
pub(crate) fn invalid_capacity<P: Publisher>(location: SourceLocation) -> Option<Problem> {
    if (1..=MAX_CAPACITY).contains(&P::CAPACITY) {
        return None;
    }
    let message = format!(
        "publisher `{}` at {location} must not have a `CAPACITY` of {}; write 1 to {MAX_CAPACITY}",
        type_name::<P>(),
        P::CAPACITY,
    );
    Some(Problem::new(ProblemKind::InvalidPublisher, [location], message))
}

/// A message to a publisher's thread.
pub(super) enum Notification {
    Result(Arc<Component>),
    Transition(Arc<Transition>),
    Draining(bool),
    Flush(#[expect(dead_code, reason = "only its drop matters")] Confirmation),
}

/// A publisher's thread, which is started by the first notification, and ends after this is
/// dropped.
pub(crate) struct PublisherThread {
    queue: SyncSender<Notification>,
    missed: Arc<AtomicU64>,
    /// Starts the thread; `None` once it runs.
    start: Option<Box<dyn Fn() -> io::Result<()> + Send>>,
    /// Returns whether it does anything with a result at the moment.
    pub(super) wants_results: fn() -> bool,
}

/// A publisher whose queue is created when this is called, once everything is known to be valid.
pub(crate) type PendingPublisher = Box<dyn FnOnce() -> PublisherThread + Send>;

impl PublisherThread {
    /// Creates the queue of a publisher whose [capacity](invalid_capacity) is accepted. Its thread
    /// is not woken for a result while `wants_results` returns `false`.
    pub(crate) fn new<P: Publisher>(publisher: P, wants_results: fn() -> bool) -> Self {
        let (queue, notifications) = sync_channel(P::CAPACITY);
        let missed = Arc::new(AtomicU64::new(0));
        let missed_by_thread = Arc::clone(&missed);
        // Taken by the thread once it runs, so that another thread can be tried if the operating
        // system refuses one.
        let work = Arc::new(Mutex::new(Some((publisher, notifications, missed_by_thread))));
        let start = move || {
            let work = Arc::clone(&work);
            let run = move || {
                let taken = work.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some((publisher, notifications, missed)) = taken {
                    publish(publisher, &notifications, &missed);
                }
            };
            thread::Builder::new().name("panopticon-publisher".to_owned()).spawn(run).map(drop)
        };
        Self { queue, missed, start: Some(Box::new(start)), wants_results }
    }

    /// Queues a notification, without waiting.
    pub(super) fn notify(&mut self, notification: Notification) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(notification) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
        // If that fails, the next notification tries again.
        self.start.take_if(|start| start().is_ok());
    }

    /// Queues a request to confirm that everything queued before has been handled. A queue that is
    /// full drops it, which confirms at once, and so does a publisher that was never notified.
    pub(super) fn flush(&self, confirmation: Confirmation) {
        if self.start.is_none() {
            let _ = self.queue.try_send(Notification::Flush(confirmation));
        }
    }
}

fn publish<P: Publisher>(
    mut publisher: P,
    notifications: &Receiver<Notification>,
    missed: &AtomicU64,
) {
    // The panic hook has already reported a panic; the publisher is called again regardless.
    let publish_missed = |publisher: &mut P| match missed.swap(0, Ordering::Relaxed) {
        0 => {}
        count => drop(contain_panics(|| publisher.missed(count))),
    };
    for notification in notifications {
        publish_missed(&mut publisher);
        let _ = contain_panics(|| match &notification {
            Notification::Result(component) => publisher.result(component.name(), component),
            Notification::Transition(transition) => publisher.transition(transition),
            Notification::Draining(is_draining) => publisher.draining(*is_draining),
            Notification::Flush(_) => {}
        });
    }
    publish_missed(&mut publisher);
}
