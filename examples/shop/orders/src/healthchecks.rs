//! The health checks of orders.

use panopticon::{Health, healthcheck};
use sqlx::AnyPool;

use crate::order::unix_time;

/// The time within which an order should be billed, in seconds.
pub const BILLED_WITHIN: i64 = 60;

/// Checks that the database answers.
///
/// # Errors
///
/// If it does not: the error of the database or of the pool.
#[healthcheck]
pub async fn database(pool: &AnyPool) -> Result<Health, sqlx::Error> {
    sqlx::query("SELECT 1").execute(pool).await?;
    Ok(Health::healthy("database is available."))
}

/// Checks that the table of orders has the columns that this version needs.
/// [`connect`](crate::connect) creates a missing table, but does not change an existing one.
///
/// # Errors
///
/// If a column is missing.
#[healthcheck(readiness, startup, depends_on = [database])]
pub async fn schema(pool: &AnyPool) -> Result<Health, sqlx::Error> {
    let nothing = "SELECT id, item, quantity, accepted_at, billed_at FROM orders LIMIT 0";
    sqlx::query(nothing).execute(pool).await?;
    Ok(Health::healthy("all columns exist"))
}

/// Checks that no order has waited for its bill for more than [`BILLED_WITHIN`] seconds. The detail
/// `stuck_orders` is the number of those that have.
///
/// Degraded and not critical, since the shop still sells. Counting rows at each request would be
/// wasteful, hence the interval. An unavailable database is reported by [`database`].
///
/// # Errors
///
/// If the database cannot be queried.
#[healthcheck(interval = "15s", depends_on = [database], critical = false, tags = ["billing"])]
pub async fn stuck_orders(pool: &AnyPool) -> Result<Health, sqlx::Error> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM orders WHERE billed_at IS NULL AND accepted_at < $1")
            .bind(unix_time() - BILLED_WITHIN)
            .fetch_one(pool)
            .await?;
    let health = match count {
        0 => Health::healthy("all orders are billed in time"),
        _ => Health::degraded(format!("orders have waited over {BILLED_WITHIN} s to be billed")),
    };
    Ok(health.with("stuck_orders", count))
}
