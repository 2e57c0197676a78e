//! An order, and the queries that store and find it.

use std::num::NonZeroU32;
use std::time::{SystemTime, UNIX_EPOCH};

use panopticon::{datadog, track_time};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::{AnyPool, Error};

/// An order as a customer sends it. It can only be deserialized, so each one is valid.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    #[serde(deserialize_with = "item")]
    item: String,
    quantity: NonZeroU32,
}

fn item<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let item = String::deserialize(deserializer)?;
    let length = item.chars().count();
    if (1..=100).contains(&length) && !item.contains(char::is_control) {
        Ok(item)
    } else {
        Err(D::Error::custom("an item must have 1 to 100 characters, and no control characters"))
    }
}

/// An accepted order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Order {
    /// The number of the order.
    pub id: i64,
    /// The ordered item.
    pub item: String,
    /// The ordered quantity.
    pub quantity: i64,
    /// Whether it has been billed.
    pub billed: bool,
}

/// Stores an order, not yet billed.
///
/// # Errors
///
/// If the database cannot store it.
#[track_time("orders.query", tags = [("query", "store")])]
pub async fn store(pool: &AnyPool, order: NewOrder) -> Result<Order, Error> {
    let quantity = i64::from(order.quantity.get());
    let (id,) = sqlx::query_as(
        "INSERT INTO orders (item, quantity, accepted_at) VALUES ($1, $2, $3) RETURNING id",
    )
    .bind(&order.item)
    .bind(quantity)
    .bind(unix_time())
    .fetch_one(pool)
    .await?;
    // Not tagged with the item: customers make them up, and Datadog bills each tag value as a
    // metric.
    datadog::increment("orders.placed", 1, &[]);
    datadog::distribution("orders.quantity", quantity, &[]);
    Ok(Order { id, item: order.item, quantity, billed: false })
}

/// Returns the order with this number, if it exists.
///
/// # Errors
///
/// If the database cannot be queried.
#[track_time("orders.query", tags = [("query", "find")])]
pub async fn find(pool: &AnyPool, id: i64) -> Result<Option<Order>, Error> {
    let row: Option<(String, i64, Option<i64>)> =
        sqlx::query_as("SELECT item, quantity, billed_at FROM orders WHERE id = $1")
            .bind(id)
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(item, quantity, billed_at)| {
        let billed = billed_at.is_some();
        Order { id, item, quantity, billed }
    }))
}

/// Returns the numbers of all orders that are not billed, oldest first.
///
/// # Errors
///
/// If the database cannot be queried.
pub async fn unbilled(pool: &AnyPool) -> Result<Vec<i64>, Error> {
    let rows: Vec<(i64,)> =
        sqlx::query_as("SELECT id FROM orders WHERE billed_at IS NULL ORDER BY id")
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Marks an order as billed. If it is already billed, nothing changes.
///
/// # Errors
///
/// If the database cannot store it.
pub async fn mark_billed(pool: &AnyPool, id: i64) -> Result<(), Error> {
    let updated =
        sqlx::query("UPDATE orders SET billed_at = $1 WHERE id = $2 AND billed_at IS NULL")
            .bind(unix_time())
            .bind(id)
            .execute(pool)
            .await?;
    // By zero if it was already billed.
    datadog::increment("orders.billed", updated.rows_affected(), &[]);
    Ok(())
}

/// Returns the seconds since 1970, or 0 if the clock is set to an earlier time.
pub(crate) fn unix_time() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_1970.as_secs().try_into().unwrap_or(i64::MAX)
}
