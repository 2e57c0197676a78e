//! `MariaDB` through sqlx: [`mariadb`]. `MySQL` speaks the same protocol, but is not tested.
//!
//! Critical, in readiness and never in liveness, for the reasons in
//! [`sqlx_postgresql`](crate::sqlx_postgresql), which also says why the check opens a connection of
//! its own when the pool does not answer.
//!
//! Each handshake that is given up, by the pool or by the check, counts against the service's host.
//! After 100 without a success in between, which a server that hangs for some minutes has seen, it
//! refuses that host for good ("Host is blocked because of many connection errors"). Start it with
//! `--skip-name-resolve`, which turns this off, or with a very high `--max-connect-errors`.

use panopticon::checks::{Pool, ping};
use panopticon::{Health, healthcheck};
use sqlx::mysql::{MySqlDatabaseError, MySqlPoolOptions};
use sqlx::{Connection as _, Error, MySqlConnection, MySqlPool};

/// Creates a pool, which connects when it is first used.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<MySqlPool, Error> {
    MySqlPoolOptions::new().max_connections(5).connect_lazy(url)
}

/// Checks that the database answers. A busy one is degraded.
#[healthcheck]
pub async fn mariadb(pool: &MySqlPool) -> Health {
    let max = pool.options().get_max_connections() as usize;
    ping(sqlx::query("SELECT 1").execute(pool))
        .pool(|| Pool::of((pool.size() as usize).saturating_sub(pool.num_idle()), max, None))
        .busy_if(is_busy)
        .connect(async {
            MySqlConnection::connect_with(&pool.connect_options()).await?.close().await
        })
        .await
}

/// Whether the pool has given up waiting, or the database has no connection left for us: 1040 is "Too
/// many connections".
fn is_busy(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut => true,
        Error::Database(error) => error
            .try_downcast_ref::<MySqlDatabaseError>()
            .is_some_and(|error| error.number() == 1040),
        _ => false,
    }
}
