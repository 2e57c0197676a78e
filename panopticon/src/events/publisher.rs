//! The trait of publishers.

use std::any::type_name;
use std::time::Instant;

use super::{Notification, Transition};
use crate::check::SourceLocation;
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
/// | to handle | implement |
/// | --- | --- |
/// | each result | [`result`](Self::result) |
/// | each change of a status | [`transition`](Self::transition) |
/// | draining | [`draining`](Self::draining) |
/// | several of these at once | [`notifications`](Self::notifications) |
/// | what was missed | [`missed`](Self::missed) |
/// | the passing of time | [`wake_at`](Self::wake_at) and [`wake`](Self::wake) |
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
    /// The maximum number of notifications in its queue: 1 to 1,048,576, or `build()` fails. Those
    /// that the publisher is handling at the moment, at most as many, are no longer in the queue.
    const CAPACITY: usize = 1024;

    /// Handles a result. Called when a run ends or, if that is earlier, times out. While a run that
    /// has timed out goes on, also called once for each further timeout that passes, when the check
    /// is next requested. Also called once when a check is skipped because one that it depends on
    /// is unhealthy: [`Component::checked_at`] is then `None`. If its last result is still valid once
    /// that one has recovered, it is called with this result again.
    ///
    /// | the status | from |
    /// | --- | --- |
    /// | what the run found | [`Component::run_status`]; `None` if the check is skipped |
    /// | after [thresholds](Component::damped) | [`Component::check_status`] |
    /// | what is reported, also after an operator's [override](Component::active_override) | [`Component::status`] |
    ///
    /// If the check is skipped, [`Component::root_cause`] is the component to look at.
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

    /// Handles everything that has queued up since the last call, oldest first: at least one
    /// notification, and at most as many as fit into the [queue](Self::CAPACITY). By default, calls
    /// [`result`](Self::result), [`transition`](Self::transition) or [`draining`](Self::draining) for
    /// each.
    ///
    /// A publisher that implements this gets the notifications of a report together, unless a check
    /// takes so long that the earlier ones are handled meanwhile: nothing is held back for it. While
    /// it is busy, such as with a request over the network, the next ones gather, so the batches are
    /// larger the slower it is.
    ///
    /// ```
    /// use panopticon::{Notification, Publisher};
    ///
    /// struct Table;
    ///
    /// impl Publisher for Table {
    ///     fn notifications(&mut self, batch: &[Notification]) {
    ///         let rows = batch.iter().filter_map(|notification| match notification {
    ///             Notification::CheckResult(component) => {
    ///                 Some((component.name(), component.run_status(), component.status()))
    ///             }
    ///             _ => None,
    ///         });
    ///         insert(&rows.collect::<Vec<_>>()); // one statement for all of them
    ///     }
    /// }
    /// # fn insert<T>(_: &[T]) {}
    /// ```
    fn notifications(&mut self, batch: &[Notification]) {
        for notification in batch {
            notification.pass_on(self);
        }
    }

    /// Handles the loss of notifications: `count` of them were missed because this publisher was
    /// too slow. Called after everything that came before them, so what is read now, such as
    /// [the last results](crate::WeakPanopticon::latest_report), is newer than all of it.
    fn missed(&mut self, count: u64) {
        let _ = count;
    }

    /// Returns when to call [`wake`](Self::wake), even if there is nothing to be notified of; `None`,
    /// the default, for never. Called after each call of another method. If it returns `Some` when
    /// the publisher is given to the builder, its thread starts with `build()`.
    ///
    /// For retries, for example, or to act on a status only once it has lasted for a while. The clock
    /// is the real one even if tokio's is paused.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// Handles that the time of [`wake_at`](Self::wake_at) has come, at most once in a millisecond.
    fn wake(&mut self) {}
}

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
