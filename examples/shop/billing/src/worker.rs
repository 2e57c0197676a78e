use std::time::Duration;

use sqlx::AnyPool;
use tokio::sync::mpsc;

/// How long to wait before the database is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Bills one order after the other, until there is no queue any more. While the database is gone
/// the worker waits for it, and the queue fills.
pub(crate) async fn bill_orders(pool: AnyPool, mut jobs: mpsc::Receiver<i64>) {
    for order_id in left_by_an_earlier_process(&pool).await {
        bill(&pool, order_id).await;
    }
    while let Some(order_id) = jobs.recv().await {
        bill(&pool, order_id).await;
    }
}

async fn left_by_an_earlier_process(pool: &AnyPool) -> Vec<i64> {
    loop {
        match orders::unbilled(pool).await {
            Ok(unbilled) => return unbilled,
            Err(error) => wait_after("the unbilled orders cannot be listed", &error).await,
        }
    }
}

/// Where a real shop would charge a card.
async fn bill(pool: &AnyPool, order_id: i64) {
    while let Err(error) = orders::mark_billed(pool, order_id).await {
        wait_after(&format!("order {order_id} cannot be billed"), &error).await;
    }
}

async fn wait_after(what: &str, error: &sqlx::Error) {
    eprintln!("billing: {what}, next try in {RETRY_AFTER:?}: {error}");
    tokio::time::sleep(RETRY_AFTER).await;
}
