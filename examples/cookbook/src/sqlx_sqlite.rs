//! `SQLite` through sqlx: [`sqlite`].
//!
//! There is no server to lose, but a file that may be missing or read-only, and one lock for all
//! writers. `SELECT 1` would not read a byte of the file. This check writes in a transaction that it
//! rolls back, so it needs all that a write needs except space on the disk: add
//! `panopticon::checks::disk` for that.
//!
//! Critical and in readiness, if the service can do nothing without it. A database whose lock another
//! process keeps is busy, and so degraded.

use std::time::Duration;

use panopticon::checks::{Pool, ping};
use panopticon::{Health, healthcheck};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Error, SqlitePool};

/// Creates a pool, which opens the file when it is first used.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<SqlitePool, Error> {
    let options: SqliteConnectOptions = url.parse()?;
    // Less than the time limit of the ping, which is 1.5 s, so that the lock is what is reported.
    let options = options.journal_mode(SqliteJournalMode::Wal).busy_timeout(Duration::from_secs(1));
    Ok(SqlitePoolOptions::new().max_connections(5).connect_lazy_with(options))
}

/// Checks that the database can be written to. A busy one is degraded.
#[healthcheck]
pub async fn sqlite(pool: &SqlitePool) -> Health {
    let max = pool.options().get_max_connections() as usize;
    ping(write(pool))
        .pool(|| Pool::of((pool.size() as usize).saturating_sub(pool.num_idle()), max, None))
        .await
}

/// Writes something, and takes it back.
async fn write(pool: &SqlitePool) -> Result<(), Health> {
    match pool.begin_with("BEGIN IMMEDIATE").await {
        Ok(mut transaction) => {
            // It can still be written to when it has been removed.
            let options = pool.connect_options();
            if !tokio::fs::try_exists(options.get_filename()).await? {
                return Err(Health::unhealthy("the file is gone, so what is written is lost"));
            }
            // On a read-only database, `BEGIN IMMEDIATE` alone succeeds.
            sqlx::query("CREATE TABLE healthcheck (id)").execute(&mut *transaction).await?;
            Ok(transaction.rollback().await?)
        }
        // SQLITE_BUSY
        Err(Error::Database(error)) if error.code().is_some_and(|code| code == "5") => {
            Err(Health::degraded("another connection has kept the lock of writers for 1 s"))
        }
        Err(error) => Err(error.into()),
    }
}
