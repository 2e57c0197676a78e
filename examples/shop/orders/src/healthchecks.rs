//! What can be wrong with the orders.

use panopticon::{Health, healthcheck};
use sqlx::AnyPool;

use crate::order::unix_time;

/// How long an order may wait for its bill, in seconds.
pub const BILLED_WITHIN: i64 = 60;

/// Whether the database answers.
///
/// # Errors
///
/// What the database, or the pool in its place, said instead.
#[healthcheck]
pub async fn database(pool: &AnyPool) -> Result<Health, sqlx::Error> {
    sqlx::query("SELECT 1").execute(pool).await?;
    Ok(Health::healthy("database is available."))
}

/// Whether the table of orders is the one that this version needs: [`connect`](crate::connect)
/// creates it where there is none, but leaves one of another version as it is.
///
/// # Errors
///
/// What the database misses.
#[healthcheck(startup, depends_on = [database])]
pub async fn schema(pool: &AnyPool) -> Result<Health, sqlx::Error> {
    let nothing = "SELECT id, item, quantity, accepted_at, billed_at FROM orders LIMIT 0";
    sqlx::query(nothing).execute(pool).await?;
    Ok(Health::healthy("every column is there"))
}

/// Whether an order was accepted more than [`BILLED_WITHIN`] seconds ago and is still not billed:
/// degraded, since the shop sells all the same. The detail `stuck_orders` says how many.
///
/// Not critical, for the same reason. It counts rows, which nobody needs anew at each request: hence
/// the interval. That the database is gone, [`database`] reports.
///
/// # Errors
///
/// If the database does not say.
#[healthcheck(interval = "15s", depends_on = [database], critical = false, tags = ["billing"])]
pub async fn stuck_orders(pool: &AnyPool) -> Result<Health, sqlx::Error> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM orders WHERE billed_at IS NULL AND accepted_at < $1")
            .bind(unix_time() - BILLED_WITHIN)
            .fetch_one(pool)
            .await?;
    let health = match count {
        0 => Health::healthy("every order is billed in time"),
        _ => Health::degraded(format!("orders wait for their bill since over {BILLED_WITHIN} s")),
    };
    Ok(health.with("stuck_orders", count))
}
