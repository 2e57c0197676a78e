use std::error::Error;
use std::fmt;

use panopticon::datadog;
use sqlx::AnyPool;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::worker::Worker;

/// How many jobs can wait. One more is refused, so that a worker which cannot keep up is felt by
/// those who order, not by the service's memory.
pub const CAPACITY: usize = 1000;

/// The queue of orders to be billed. Clones put into the same one.
#[derive(Debug, Clone)]
pub struct JobQueue {
    jobs: mpsc::Sender<i64>,
}

/// A queue, and the worker that empties it: a future to be spawned, which ends once all clones of
/// the queue are dropped.
///
/// The worker bills first what an earlier process left unbilled in the database.
pub fn queue(pool: AnyPool) -> (JobQueue, impl Future<Output = ()> + Send + 'static) {
    let (jobs, receiver) = mpsc::channel(CAPACITY);
    (JobQueue { jobs }, Worker::new(pool, receiver).run())
}

impl JobQueue {
    /// Takes a place in the queue, before there is a job for it.
    ///
    /// # Errors
    ///
    /// If all [`CAPACITY`] places are taken, or the worker has ended.
    pub fn reserve(&self) -> Result<Slot<'_>, QueueError> {
        match self.jobs.try_reserve() {
            Ok(permit) => Ok(Slot { permit }),
            Err(TrySendError::Full(())) => Err(refused(QueueError::Full, "full")),
            Err(TrySendError::Closed(())) => Err(refused(QueueError::WorkerEnded, "worker_ended")),
        }
    }

    /// How many places are taken; the job that the worker is at is not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Whether no place is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the worker has ended, in whatever way: its end of the channel was dropped then.
    #[must_use]
    pub fn worker_has_ended(&self) -> bool {
        self.jobs.is_closed()
    }
}

fn refused(error: QueueError, reason: &str) -> QueueError {
    datadog::increment("billing.refused", 1, &[("reason", reason)]);
    error
}

/// A place in the queue; dropped, it is free again.
#[derive(Debug)]
#[must_use = "a place that nothing is put in is given back"]
pub struct Slot<'a> {
    permit: mpsc::Permit<'a, i64>,
}

impl Slot<'_> {
    /// Has the order of this number billed.
    pub fn bill(self, order_id: i64) {
        self.permit.send(order_id);
    }
}

/// Why there is no place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueError {
    /// All places are taken.
    Full,
    /// Nobody would take a job out again.
    WorkerEnded,
}

impl Error for QueueError {}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "too many orders wait to be billed; try again later",
            Self::WorkerEnded => "no orders are billed any more; the service must be restarted",
        })
    }
}
