//! `PostgreSQL` through sqlx: [`postgresql`], its [`migrations`], and how far a replica is behind.
//!
//! The database is critical and in readiness: a service that answers nothing without it should get no
//! requests until it is back. It is never in liveness, because a restart brings no database back. If
//! all connections are in use, the check is only degraded: taking a busy replica out of rotation
//! moves its load to the others.
//!
//! Two properties of sqlx's pool need care. While the database refuses connections, the pool keeps
//! trying until its time is over, and its error is then "pool timed out", without the reason. It also
//! counts the connections that it tries to open, so that the pool of a lost database looks exhausted
//! as soon as requests wait. When the pool does not answer, the check therefore opens a connection of
//! its own.

use panopticon::checks::{Level, Pool, ping};
use panopticon::{Health, healthcheck};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, Error, PgConnection, PgPool};

/// Creates a pool that connects when it is first used, so that the service starts, and reports what
/// is wrong, while the database is down.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<PgPool, Error> {
    PgPoolOptions::new().max_connections(5).connect_lazy(url)
}

/// Checks that the database answers. A busy one is degraded.
#[healthcheck]
pub async fn postgresql(pool: &PgPool) -> Health {
    let max = pool.options().get_max_connections() as usize;
    ping(sqlx::query("SELECT 1").execute(pool))
        .pool(|| Pool::of((pool.size() as usize).saturating_sub(pool.num_idle()), max, None))
        .busy_if(is_busy)
        .connect(async { PgConnection::connect_with(&pool.connect_options()).await?.close().await })
        .await
}

/// Whether the pool has given up waiting, or the database has no connection left for us: 53300 is
/// `too_many_connections`.
fn is_busy(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut => true,
        Error::Database(error) => error.code().is_some_and(|code| code == "53300"),
        _ => false,
    }
}

/// Checks that the newest migration that this version of the service needs has been applied.
///
/// In startup as well as in readiness: a new version waits until its migrations are done, however
/// they are run. A schema that is newer is healthy, because during a deployment the old version still
/// serves. The version of a schema seldom changes, hence the interval.
///
/// # Errors
///
/// If the database cannot say, for example because it was never migrated.
#[healthcheck(startup, readiness, interval = "30s", depends_on = [postgresql])]
pub async fn migrations(pool: &PgPool, migrator: &Migrator) -> Result<Health, Error> {
    let needed = migrator.iter().map(|migration| migration.version).max();
    let applied: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(pool)
            .await?;
    let health = if applied >= needed {
        Health::healthy("the schema is up to date")
    } else {
        Health::unhealthy("the schema is older than this version of the service")
    };
    Ok(health.with("applied_migration", applied).with("needed_migration", needed))
}

/// The pool of a replica, from which the service reads what may be a little old. A type of its own,
/// since each type has one resource.
#[derive(Debug, Clone)]
pub struct ReplicaPool(pub PgPool);

/// How old the data may be. Unhealthy is what the service's users would no longer accept.
static LAG: Level =
    Level::new("replication_lag").unit("s").degraded_above(5.0).unhealthy_above(60.0);

/// Checks how far the replica is behind its primary.
///
/// Not critical, since the service can read from the primary. The lag is zero if everything received
/// has been replayed, and otherwise, or if the replica is not connected to its primary, the time
/// since the last replayed transaction. While the primary is idle, this time is long for a moment
/// after each write, hence the two failures in a row.
///
/// # Errors
///
/// If the replica does not answer.
#[healthcheck(critical = false, interval = "5s", failure_threshold = 2)]
pub async fn replication(replica: &ReplicaPool) -> Result<Health, Error> {
    let lag: Option<f64> = sqlx::query_scalar(
        "SELECT CASE
            WHEN NOT pg_is_in_recovery() THEN 0
            WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()
                AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
        END::float8",
    )
    .fetch_one(&replica.0)
    .await?;
    Ok(match lag {
        Some(seconds) => LAG.health(seconds),
        None => Health::degraded("the replica has not replayed a transaction yet"),
    })
}
