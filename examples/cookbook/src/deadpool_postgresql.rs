//! `PostgreSQL` through deadpool-postgres: [`accounts`].
//!
//! As in [`sqlx_postgresql`](crate::sqlx_postgresql), the database is critical and in readiness.
//! deadpool says why it cannot open a connection, and counts the tasks that wait for one. It waits for
//! as long as it takes unless it is configured otherwise, so the ping limits the time.
//!
//! A database that hangs looks busy as soon as requests that wait for it hold all connections. Here, a
//! pulse limits how long that is only degraded. A new connection, as in the other recipes, finds out at
//! once, but costs the database one more connection while it is busy.

use std::error::Error;

use deadpool_postgres::tokio_postgres::NoTls;
use deadpool_postgres::{Manager, Pool as PgPool, PoolError};
use panopticon::checks::{Pool, Pulse, ping};
use panopticon::{Health, healthcheck};

/// The time after which a database that has not answered is down, however busy it looks.
static ANSWERS: Pulse = Pulse::new("10s");

/// Creates a pool, which connects when it is first used.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<PgPool, Box<dyn Error>> {
    let manager = Manager::new(url.parse()?, NoTls);
    Ok(PgPool::builder(manager).max_size(5).build()?)
}

/// Checks that the database of accounts answers. A busy one is degraded.
#[healthcheck]
pub async fn accounts(pool: &PgPool) -> Health {
    ping(async { pool.get().await?.simple_query("SELECT 1").await.map_err(PoolError::Backend) })
        .pool(|| {
            let status = pool.status();
            let in_use = status.size.saturating_sub(status.available);
            Pool::of(in_use, status.max_size, status.waiting)
        })
        .answers_within(&ANSWERS)
        .await
}
