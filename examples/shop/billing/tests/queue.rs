//! The queue and its health check.

use billing::healthchecks::{LONG_QUEUE, background_jobs};
use billing::{CAPACITY, QueueError};
use panopticon::Health;
use sqlx::any::AnyPoolOptions;

#[tokio::test]
async fn a_queue_that_is_not_emptied_is_long_then_full_then_given_up() -> Result<(), sqlx::Error> {
    sqlx::any::install_default_drivers();
    // It never connects, because the worker is not spawned.
    let pool = AnyPoolOptions::new().connect_lazy("sqlite::memory:")?;
    let (queue, worker) = billing::queue(pool);

    for order_id in 0..LONG_QUEUE {
        queue.reserve().expect("there is room").bill(order_id.try_into().expect("a small number"));
    }
    let health = Health::healthy("keeping up").with("queued_jobs", LONG_QUEUE);
    assert_eq!(background_jobs(&queue), health);

    let mut slots = Vec::new();
    while let Ok(slot) = queue.reserve() {
        slots.push(slot);
    }
    assert_eq!(queue.reserve().unwrap_err(), QueueError::Full);
    let health = Health::degraded("orders come in faster than they are billed");
    assert_eq!(background_jobs(&queue), health.with("queued_jobs", CAPACITY));

    drop(slots);
    assert_eq!(queue.len(), LONG_QUEUE, "an unused slot is freed");

    drop(worker);
    assert_eq!(queue.reserve().unwrap_err(), QueueError::WorkerEnded);
    let health = Health::unhealthy("the worker has ended; restart the service");
    assert_eq!(background_jobs(&queue), health.with("queued_jobs", queue.len()));
    Ok(())
}
