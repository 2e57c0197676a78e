//! The worker that bills the orders of the queue.

use std::time::Duration;

use panopticon::datadog::{self, AlertType, Event};
use panopticon::track_time;
use sqlx::AnyPool;
use tokio::sync::mpsc;

/// The delay before the database is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The worker that bills the orders of a queue.
pub(crate) struct Worker {
    pool: AnyPool,
    jobs: mpsc::Receiver<i64>,
}

impl Worker {
    pub(crate) fn new(pool: AnyPool, jobs: mpsc::Receiver<i64>) -> Self {
        Self { pool, jobs }
    }

    /// Bills one order after the other, until the queue is dropped. While the database is
    /// unavailable, the worker waits and the queue fills.
    pub(crate) async fn run(mut self) {
        let unbilled = self.unbilled_at_the_start().await;
        if !unbilled.is_empty() {
            datadog::event(
                Event::new("Unbilled orders at the start", format!("{} of them", unbilled.len()))
                    .alert_type(AlertType::Warning)
                    .aggregation_key("billing.unbilled"),
            );
        }
        for order_id in unbilled {
            self.bill(order_id).await;
        }
        while let Some(order_id) = self.jobs.recv().await {
            self.send_queue_length();
            self.bill(order_id).await;
        }
    }

    async fn unbilled_at_the_start(&self) -> Vec<i64> {
        loop {
            match orders::unbilled(&self.pool).await {
                Ok(unbilled) => return unbilled,
                Err(error) => self.wait_after("the unbilled orders cannot be listed", &error).await,
            }
        }
    }

    /// Marks an order as billed; a real shop would charge a card here. The time is in seconds,
    /// since it includes waiting for the database.
    #[track_time("billing.time", unit = "s", tags = [("by", "worker")])]
    async fn bill(&self, order_id: i64) {
        while let Err(error) = orders::mark_billed(&self.pool, order_id).await {
            self.wait_after(&format!("order {order_id} cannot be billed"), &error).await;
        }
    }

    async fn wait_after(&self, what: &str, error: &sqlx::Error) {
        eprintln!("billing: {what}, next try in {RETRY_AFTER:?}: {error}");
        datadog::increment("billing.retries", 1, &[]);
        self.send_queue_length();
        tokio::time::sleep(RETRY_AFTER).await;
    }

    /// Sends the length of the queue. Only the worker does: with two senders, the older length
    /// could arrive last.
    fn send_queue_length(&self) {
        datadog::gauge("billing.queue_length", self.jobs.len(), &[]);
    }
}
