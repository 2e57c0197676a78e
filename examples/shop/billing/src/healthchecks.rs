//! What can be wrong with the billing.

use panopticon::{Health, healthcheck};

use crate::queue::{CAPACITY, JobQueue};

// Without this, the collection would have the package's name and no defaults.
panopticon::collection!(name = "payments", timeout = "500ms", tags = ["queue"]);

/// The queue is long when it has more jobs than this: half of what it holds.
pub const LONG_QUEUE: usize = CAPACITY / 2;

/// Whether the worker lives and keeps up: degraded with more than [`LONG_QUEUE`] jobs, unhealthy
/// when the worker has ended. The detail `queued_jobs` says how many jobs wait.
///
/// Critical, since no order is accepted without a worker. While the database is gone the worker
/// stands still, so a long queue would be no news.
#[healthcheck(depends_on = [orders::healthchecks::database])]
pub fn background_jobs(queue: &JobQueue) -> Health {
    let queued_jobs = queue.len();
    let health = if queue.worker_has_ended() {
        Health::unhealthy("the worker has ended; restart the service")
    } else if queued_jobs > LONG_QUEUE {
        Health::degraded("orders come in faster than they are billed")
    } else {
        Health::healthy("keeping up")
    };
    health.with("queued_jobs", queued_jobs)
}
