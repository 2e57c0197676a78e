//! The queue of orders to be billed.

use std::error::Error;
use std::fmt;

use panopticon::datadog;
use sqlx::AnyPool;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::worker::Worker;

/// The number of jobs that can wait. More are refused, so that a worker that cannot keep up does
/// not fill the service's memory.
pub const CAPACITY: usize = 1000;

/// A queue of orders to be billed. Clones share the same queue.
#[derive(Debug, Clone)]
pub struct JobQueue {
    jobs: mpsc::Sender<i64>,
}

/// Creates a queue and the worker that empties it: a future to spawn, which ends once all clones of
/// the queue are dropped.
///
/// The worker first bills the orders that an earlier process left unbilled in the database.
pub fn queue(pool: AnyPool) -> (JobQueue, impl Future<Output = ()> + Send + 'static) {
    let (jobs, receiver) = mpsc::channel(CAPACITY);
    (JobQueue { jobs }, Worker::new(pool, receiver).run())
}

impl JobQueue {
    /// Reserves a slot in the queue for a later job.
    ///
    /// # Errors
    ///
    /// If all [`CAPACITY`] slots are taken, or the worker has ended.
    pub fn reserve(&self) -> Result<Slot<'_>, QueueError> {
        match self.jobs.try_reserve() {
            Ok(permit) => Ok(Slot { permit }),
            Err(TrySendError::Full(())) => Err(refused(QueueError::Full, "full")),
            Err(TrySendError::Closed(())) => Err(refused(QueueError::WorkerEnded, "worker_ended")),
        }
    }

    /// Returns the number of slots that are taken, without the job that the worker is working on.
    #[must_use]
    pub fn len(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Returns whether no slot is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the worker has ended, even by a panic: its end of the channel is then
    /// dropped.
    #[must_use]
    pub fn worker_has_ended(&self) -> bool {
        self.jobs.is_closed()
    }
}

fn refused(error: QueueError, reason: &str) -> QueueError {
    datadog::increment("billing.refused", 1, &[("reason", reason)]);
    error
}

/// A reserved slot in the queue. Dropping it frees the slot.
#[derive(Debug)]
#[must_use = "an unused slot is freed"]
pub struct Slot<'a> {
    permit: mpsc::Permit<'a, i64>,
}

impl Slot<'_> {
    /// Puts the order with this number into the slot.
    pub fn bill(self, order_id: i64) {
        self.permit.send(order_id);
    }
}

/// The reason why no slot can be reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueError {
    /// All slots are taken.
    Full,
    /// The worker has ended, so the queue is no longer emptied.
    WorkerEnded,
}

impl Error for QueueError {}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "too many orders await billing; try again later",
            Self::WorkerEnded => "orders are no longer billed; the service must be restarted",
        })
    }
}
