//! The health checks of billing.

use panopticon::{Health, healthcheck};

use crate::queue::{CAPACITY, JobQueue};

// Without this, the collection has the package's name and no defaults.
panopticon::collection!(name = "payments", timeout = "500ms", tags = ["queue"]);

/// The number of jobs above which the queue is long: half its capacity.
pub const LONG_QUEUE: usize = CAPACITY / 2;

/// Checks that the worker runs and keeps up: degraded with more than [`LONG_QUEUE`] jobs, unhealthy
/// if the worker has ended. The detail `queued_jobs` is the number of waiting jobs.
///
/// Critical, since no order is accepted without a worker. Not checked while the database is
/// unhealthy, because the worker then waits for it and the queue fills anyway.
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
