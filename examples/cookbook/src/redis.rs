//! Redis, or Valkey, through deadpool-redis: [`redis`] as a cache, and the lag of the group
//! [`billing`], which reads a stream.
//!
//! A cache is not critical, since the service works without it, if slowly. Where Redis holds what
//! exists nowhere else, leave `critical = false` out. It is in readiness, as every check is unless it
//! says otherwise, but a check that is not critical only degrades it.
//!
//! A server that reads its data after a restart answers with an error, "Redis is loading the dataset in
//! memory", so it is not healthy before it can be used. If all connections are in use, a new one tells
//! a busy server from one that hangs.

use deadpool::managed::Manager as _;
use deadpool_redis::redis::streams::StreamInfoGroupsReply;
use deadpool_redis::redis::{AsyncCommands as _, cmd};
use deadpool_redis::{Manager, Pool as RedisPool, PoolError};
use panopticon::checks::{Level, Pool, ping};
use panopticon::{Health, healthcheck};

/// The stream of orders, which the group [`BILLING`] reads.
pub const ORDERS: &str = "orders";

/// The group of consumers that bills the orders.
pub const BILLING: &str = "billing";

/// Creates a pool, which connects when it is first used.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<RedisPool, Box<dyn std::error::Error>> {
    Ok(RedisPool::builder(Manager::new(url)?).max_size(5).build()?)
}

/// Checks that Redis answers. A busy server is degraded.
#[healthcheck(critical = false)]
pub async fn redis(pool: &RedisPool) -> Health {
    ping(async { Ok(cmd("PING").exec_async(&mut pool.get().await?).await?) })
        .pool(|| {
            let status = pool.status();
            let in_use = status.size.saturating_sub(status.available);
            Pool::of(in_use, status.max_size, status.waiting)
        })
        .connect(async { Ok::<_, PoolError>(pool.manager().create().await?) })
        .await
}

/// The number of orders that no consumer has read yet.
static UNREAD: Level =
    Level::new("unread_orders").degraded_above(1_000.0).unhealthy_above(100_000.0);

/// Checks that the consumers of the stream keep up.
///
/// A long stream is a reason to look at the consumers, not to take the service that fills it out of
/// rotation, so this is in the report and in alarms only.
///
/// # Errors
///
/// If Redis does not answer, or if there is no such stream.
#[healthcheck(no_probe, critical = false, interval = "5s", depends_on = [redis])]
pub async fn billing(pool: &RedisPool) -> Result<Health, PoolError> {
    let stream: StreamInfoGroupsReply = pool.get().await?.xinfo_groups(ORDERS).await?;
    let Some(group) = stream.groups.into_iter().find(|group| group.name == BILLING) else {
        return Ok(Health::unhealthy("the stream has no group of this name; no one bills orders"));
    };
    let health = match group.lag {
        Some(unread) => UNREAD.health(unread),
        // After entries that the group has not read were deleted, until it has read the rest.
        None => {
            Health::degraded("Redis cannot tell how much is unread, since entries were deleted")
        }
    };
    Ok(health.with("unacknowledged_orders", group.pending).with("consumers", group.consumers))
}
