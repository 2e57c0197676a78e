use std::num::NonZeroU32;
use std::time::{SystemTime, UNIX_EPOCH};

use panopticon::{datadog, track_time};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::{AnyPool, Error};

/// An order as a customer gives it. It comes from outside only, so all that exist are valid.
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
        Err(D::Error::custom("an item has 1 to 100 characters, none of them a control character"))
    }
}

/// An order that the shop has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Order {
    /// Its number.
    pub id: i64,
    /// What was ordered.
    pub item: String,
    /// How many of it.
    pub quantity: i64,
    /// Whether it has been billed.
    pub billed: bool,
}

/// Stores an order, not billed yet.
///
/// # Errors
///
/// If the database does not take it.
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
    // Not tagged with the item: customers make them up, and each tag is a metric to be paid for.
    datadog::increment("orders.placed", 1, &[]);
    datadog::distribution("orders.quantity", quantity, &[]);
    Ok(Order { id, item: order.item, quantity, billed: false })
}

/// The order of this number, if there is one.
///
/// # Errors
///
/// If the database does not say.
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

/// The numbers of all orders that are not billed, oldest first.
///
/// # Errors
///
/// If the database does not say.
pub async fn unbilled(pool: &AnyPool) -> Result<Vec<i64>, Error> {
    let rows: Vec<(i64,)> =
        sqlx::query_as("SELECT id FROM orders WHERE billed_at IS NULL ORDER BY id")
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Marks an order as billed; one that is stays as it is.
///
/// # Errors
///
/// If the database does not take it.
pub async fn mark_billed(pool: &AnyPool, id: i64) -> Result<(), Error> {
    let updated =
        sqlx::query("UPDATE orders SET billed_at = $1 WHERE id = $2 AND billed_at IS NULL")
            .bind(unix_time())
            .bind(id)
            .execute(pool)
            .await?;
    // By none, if it was billed before.
    datadog::increment("orders.billed", updated.rows_affected(), &[]);
    Ok(())
}

/// Seconds since 1970; 0 on a clock that stands before it.
pub(crate) fn unix_time() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_1970.as_secs().try_into().unwrap_or(i64::MAX)
}
